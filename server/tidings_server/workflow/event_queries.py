"""Queries for workflow events and their audit records: one by id, and by search."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import SYSTEM_ACTOR, Scope
from tidings_server.platform.turns import Turn
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.storage.log.shards import shard_of_tenant
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.audits import AuditCategory, EventStatus, packed_audits, unpack_one
from tidings_server.workflow.engine.actions import EVENT_ID
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.entity_names import complete_names
from tidings_server.workflow.event_codec import ORCHESTRATION, ORCHESTRATION_AUDIT, decode_body
from tidings_server.workflow.event_lookup import find_event, find_scheduled_event
from tidings_server.workflow.search_projection import RecordReader
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store import search as table
from tidings_server.workflow.store.outcomes import EventOutcome
from tidings_server.workflow.store.search import ProjectionCursor, RecordFilter, RecordPosition

CATCH_UP_S: Final = 0.5
"""Longest wait of a search for events that were stored before it began."""
MAX_SOURCES: Final = 20
MAX_PAGE_BYTES: Final = 4 << 20
"""Bodies of the events of one page, about; more than one answer holds."""
READ_AT_ONCE: Final = 16
"""Positions whose events are read together: each event may have 256 KiB."""


class WorkflowRecord(NamedTuple):
    """An event, or the audit record of one step of its run. Instants are microseconds since 1970; None is unknown.

    `source_events` are ids of the events that caused it; `by` is the user or application that caused it, `recorded_by`
    the one that stored it.
    """

    id: str
    name: str
    type: str
    retailer_id: str
    category: str
    source_events: tuple[str, ...]
    entity: Reference
    root: Reference | None
    status: EventStatus
    attributes: tuple[Attribute, ...]
    source: str | None
    by: str
    at_us: int
    recorded_by: str
    recorded_at_us: int
    body_size: int = 0
    """Bytes of the event's body; 0 of an audit record."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records, newest first, and whether more are behind them. `is_cut`: fewer than asked for, since they are large."""

    records: Sequence[WorkflowRecord]
    has_more: bool
    is_cut: bool = False


class RecordQueries:
    """Reads records of the caller's tenant and, where the caller belongs to a retailer, of that alone."""

    def __init__(self, database: Database, projection: RecordReader, audit_ids: AuditIds) -> None:
        self._database = database
        self._projection = projection
        self._audit_ids = audit_ids

    async def get(self, scope: Scope, event_id: str) -> WorkflowRecord:
        """One event or audit record. Raises NotFound, for another retailer's or tenant's too."""
        position = self._audit_ids.read(event_id)
        async with self._database.read() as conn:
            if position is None:
                record = await self._event(conn, scope.tenant, event_id.lower())
            else:
                record = await self._record(conn, scope.tenant, *position)
        if record is None or not sees(scope, record):
            raise NotFound(f"Cannot find an event with id: {event_id}")
        return record

    async def find(
        self, scope: Scope, criteria: RecordFilter, *, start: int, count: int, sources: Sequence[str] = ()
    ) -> RecordPage:
        """One page of the records that match, newest first; with `sources` only those that these events caused.

        Records stored before the call are found unless the projection is more than half a second behind. A page ends
        early where its events are over `MAX_PAGE_BYTES` together.
        """
        if scope.retailer_id is not None:
            if criteria.retailer not in (None, scope.retailer_id):
                return RecordPage([], has_more=False)
            criteria = criteria._replace(retailer=scope.retailer_id)
        if sources:
            return await self._caused(criteria, sources, start=start, count=count)
        async with self._database.read() as conn:
            end = ProjectionCursor(*await outcomes.ends(conn, shard_of_tenant(scope.tenant)))
        await self._projection.reach(end, CATCH_UP_S)
        async with self._database.read_search() as conn:
            positions = await table.find(conn, criteria, offset=start, limit=count + 1)
        records: list[WorkflowRecord] = []
        taken = size = 0
        while taken < min(len(positions), count) and size < MAX_PAGE_BYTES:
            read = await self.at(positions[taken : min(taken + READ_AT_ONCE, count)])
            size += sum(each.body_size for each in read)
            records += [each for each in read if matches(criteria, each)]
            taken = min(taken + READ_AT_ONCE, count)
        is_cut = taken < min(len(positions), count)
        return RecordPage(records, has_more=len(positions) > taken, is_cut=is_cut)

    async def _caused(self, criteria: RecordFilter, sources: Sequence[str], *, start: int, count: int) -> RecordPage:
        """Records that events have caused: audits, and the events that these name; few enough to filter in memory."""
        records: list[WorkflowRecord] = []
        async with self._database.read() as conn:
            for source in sources[:MAX_SOURCES]:
                event = await find_event(conn, criteria.tenant, source.lower())
                outcome = (await outcomes.with_audits(conn, [event.seq])).get(event.seq) if event else None
                if event is None or outcome is None:
                    continue
                audits = self.audits(event, outcome)
                sent = [await self._event(conn, criteria.tenant, each) for each in sent_ids(audits)]
                records += [*audits, *(each for each in sent if each is not None)]
        states = criteria.statuses
        matching = [each for each in records if matches(criteria, each) and (not states or each.status in states)]
        matching.sort(key=lambda each: (each.at_us, each.id), reverse=True)
        return RecordPage(matching[start : start + count], has_more=len(matching) > start + count)

    async def at(self, positions: Sequence[RecordPosition]) -> list[WorkflowRecord]:
        """The records at these positions, in their order; those that retention has removed are left out."""
        if not positions:
            return []
        seqs = {position.seq for position in positions}
        with_steps = {position.seq for position in positions if position.step is not None}
        async with self._database.read() as conn:
            events = await _events(conn, seqs)
            outcome_by_seq = await outcomes.with_audits(conn, with_steps) if with_steps else {}
            if others := seqs - with_steps:
                outcome_by_seq |= await outcomes.of(conn, others)
        runs = {
            seq: await off_loop(
                partial(_RunRecords, event, outcome_by_seq.get(seq), self._audit_ids),
                tenant=event.tenant_id,
                size=len(event.body),
            )
            for seq, event in events.items()
        }
        records, turn = [], Turn()
        for position in positions:
            if position.seq in runs:
                records.append(runs[position.seq].record(position.step))
            await turn.give()
        return records

    def audits(self, event: StoredEvent, outcome: EventOutcome) -> list[WorkflowRecord]:
        """The audit records of one run, in order."""
        run = _RunRecords(event, outcome, self._audit_ids)
        return [run.record(index) for index in range(len(run.audits))]

    async def _event(self, conn: AsyncConnection, tenant: int, event_id: str) -> WorkflowRecord | None:
        event = await find_event(conn, tenant, event_id)
        if event is not None:
            return of_event(event, (await outcomes.of(conn, [event.seq])).get(event.seq))
        scheduled = await find_scheduled_event(conn, tenant, event_id)
        return of_scheduled(scheduled) if scheduled else None

    async def _record(self, conn: AsyncConnection, tenant: int, seq: int, index: int) -> WorkflowRecord | None:
        events = await complete_names(conn, await log.at(conn, [seq]))
        outcome = (await outcomes.with_audits(conn, [seq])).get(seq)
        if not events or events[0].tenant_id != tenant or outcome is None:
            return None
        run = _RunRecords(events[0], outcome, self._audit_ids)
        return run.record(index) if index < len(run.audits) else None


class _RunRecords:
    """Records of one event and of the audits of its run, which have most of their context in common."""

    def __init__(self, event: StoredEvent, outcome: EventOutcome | None, audit_ids: AuditIds) -> None:
        self.audits = packed_audits(outcome.audits) if outcome and outcome.audits else []
        self._seq = event.seq
        self._audit_ids = audit_ids
        self._of_event = of_event(event, outcome)
        self._of_audit = self._of_event
        if outcome is not None:
            self._of_audit = self._of_event._replace(
                type=ORCHESTRATION_AUDIT,
                source_events=(event.event_id,),
                recorded_by=SYSTEM_ACTOR,
                body_size=0,
                recorded_at_us=outcome.finished_at,
            )

    def record(self, step: int | None) -> WorkflowRecord:
        """The record at `step`; None is the event itself."""
        if step is None:
            return self._of_event
        audit = unpack_one(self.audits[step])
        return self._of_audit._replace(
            id=self._audit_ids.make(self._seq, step),
            name=audit.name,
            category=audit.category.value,
            status=audit.status,
            attributes=audit.attributes,
            at_us=audit.at_us,
        )


def sees(scope: Scope, record: WorkflowRecord) -> bool:
    """Whether the caller may see a record of its tenant."""
    return scope.retailer_id in (None, record.retailer_id)


def matches(criteria: RecordFilter, record: WorkflowRecord) -> bool:
    """Whether a record matches a filter exactly: the search compares hashes only."""
    root = record.root or Reference("")
    single = (
        (criteria.retailer, record.retailer_id),
        (criteria.entity_type, record.entity.type),
        (criteria.entity_id, record.entity.id),
        (criteria.entity_ref, record.entity.ref),
        (criteria.root_type, root.type),
        (criteria.root_id, root.id),
        (criteria.root_ref, root.ref),
    )
    several = (
        (criteria.types, record.type),
        (criteria.categories, record.category),
        (criteria.names, record.name),
    )
    return (
        criteria.since <= record.at_us <= criteria.until
        and all(one in (None, value) for one, value in single)
        and all(not values or value in values for values, value in several)
    )


def sent_ids(audits: Sequence[WorkflowRecord]) -> list[str]:
    """Ids of the events that a run has sent or scheduled, from its audits."""
    details = [each for audit in audits if audit.category == AuditCategory.ACTION.value for each in audit.attributes]
    return [each.value for each in details if each.name == EVENT_ID and isinstance(each.value, str)]


def of_event(event: StoredEvent | EventRecord, outcome: EventOutcome | None) -> WorkflowRecord:
    """The record of an event with its outcome; events that no workflow runs are finished when they are stored."""
    body = decode_body(event.body)
    pending = EventStatus.PENDING if event.type == ORCHESTRATION else EventStatus.SUCCESS
    return WorkflowRecord(
        id=event.event_id,
        name=event.name or "",
        type=event.type or "",
        retailer_id=event.retailer_id or "",
        category=event.category or "",
        source_events=(event.correlation_id,) if event.correlation_id else (),
        entity=Reference(
            event.entity_type or "", event.entity_id or (outcome.entity_id if outcome else None), event.entity_ref
        ),
        root=Reference(event.root_type, event.root_id, event.root_ref) if event.root_type else None,
        status=EventStatus(outcome.status) if outcome else pending,
        attributes=body.attributes,
        source=event.source,
        by=body.by,
        at_us=event.occurred_at,
        recorded_by=event.actor or SYSTEM_ACTOR,
        recorded_at_us=event.recorded_at,
        body_size=len(event.body),
    )


def of_scheduled(event: EventRecord) -> WorkflowRecord:
    """The record of a scheduled event that is not due yet."""
    return of_event(event, None)._replace(status=EventStatus.SCHEDULED)


async def _events(conn: AsyncConnection, seqs: Collection[int]) -> Mapping[int, StoredEvent]:
    """Events at these positions."""
    events: dict[int, StoredEvent] = {}
    waiting = sorted(seqs)
    while waiting:
        read = await log.at(conn, waiting)
        if not read:
            break
        events.update((event.seq, event) for event in await complete_names(conn, read))
        waiting = [seq for seq in waiting if seq > read[-1].seq]
    return events
