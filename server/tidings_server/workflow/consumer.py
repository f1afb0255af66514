"""The reactor: runs the events of the log on their workflows, in its order, each exactly once.

A batch is worked out in memory, on the entities as the events before have left them, and written as one unit: entities,
outcomes with their records, and what the runs send. So a run takes no transaction of its own, and all of a run happens
or none of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.identity.store import tenants as identity
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.workflow import entity_store
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.audit_subscriptions import AuditCategories, AuditSubscriptions
from tidings_server.workflow.audits import pack
from tidings_server.workflow.engine.actions import EventScheduled, EventSent, TopicEmitted, WebhookRequested
from tidings_server.workflow.engine.engine import Engine, RunResult
from tidings_server.workflow.engine.matching import ActiveWorkflows, ExecutableWorkflow
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.entity_store import EntityOwner, EntityStore
from tidings_server.workflow.event_codec import FollowUpEvents, decode_event, is_workflow_event
from tidings_server.workflow.store import outcomes, scheduled_events
from tidings_server.workflow.store import workflows as table
from tidings_server.workflow.store.outcomes import RunOutcome
from tidings_server.workflow.store.scheduled_events import DueEvent
from tidings_server.workflow.submission import CompletionWaiters, EventKey
from tidings_server.workflow.workflow_event import WorkflowEvent
from tidings_server.workflow.workflows import WorkflowCache

MAX_ROWS: Final = 500
"""Rows of one unit; one event's are never parted."""
MAX_KEY: Final = 1_200
MAX_BYTES: Final = 4 << 20
"""Bodies and records of one unit, likewise."""
FEW: Final = 32
"""Events of a page whose entities are read on the event loop's own thread: somebody waits for them, most likely."""
BREATHER_S: Final = 0.005
"""How long runs go on before others get a turn."""


class WorkflowPlan:
    """The plan of some events: what they have come to."""

    def __init__(self, on_written: Callable[[Mapping[EventKey, RunOutcome]], None], *, now_us: int) -> None:
        self._on_written = on_written
        self._now_us = now_us
        self._bytes = 0
        self.covered = 0
        self.entities = EntityStore()
        self.outcomes: dict[EventKey, RunOutcome] = {}
        self.records: list[EventRecord] = []
        self.scheduled: list[DueEvent] = []

    @property
    def is_full(self) -> bool:
        rows = len(self.entities.changed) + len(self.outcomes) + len(self.records) + len(self.scheduled)
        return rows >= MAX_ROWS or self._bytes >= MAX_BYTES

    @property
    def is_empty(self) -> bool:
        return not (self.entities.changed or self.outcomes or self.records or self.scheduled)

    def end(self, event: EventKey, outcome: RunOutcome) -> None:
        """Note what an event has come to."""
        self.outcomes[event] = outcome
        self._bytes += len(outcome.audits)

    def send(self, record: EventRecord) -> None:
        """Note an event that a run sends."""
        self.records.append(record)
        self._bytes += len(record.body)

    def postpone(self, event: DueEvent) -> None:
        """Note an event that a run schedules."""
        self.scheduled.append(event)
        self._bytes += len(event.record.body)

    async def apply(self, conn: AsyncConnection) -> None:
        """LostRace when an entity has changed since the plan was made."""
        await entity_store.write(conn, self.entities.changed)
        if self.outcomes:
            await outcomes.add(conn, list(self.outcomes.values()))
        if self.scheduled:
            await scheduled_events.add(conn, self.scheduled)
        if self.records:
            await log.append_in(conn, self.records)
        self._on_written(self.outcomes)


class WorkflowConsumer:
    """A reactor. Events of one root entity run in their order, whatever fails."""

    name = "workflow"

    def __init__(
        self,
        database: Database,
        engine: Engine,
        audiences: SubscriptionMatcher,
        *,
        waiters: CompletionWaiters,
        audit_ids: AuditIds,
        clock: Clock,
    ) -> None:
        self._database = database
        self._engine = engine
        self._askers = AuditSubscriptions(audiences)
        self._waiters = waiters
        self._audit_ids = audit_ids
        self._clock = clock
        self._directory = WorkflowCache()
        self._account_ids: dict[int, str] = {}
        self._written: Mapping[EventKey, RunOutcome] = {}

    def key(self, event: StoredEvent) -> str:
        if not is_workflow_event(event):
            return f"{event.tenant_id}/{event.seq}"
        of_root = (event.root_type, event.root_ref or event.root_id)
        kind, name = of_root if event.root_type else (event.entity_type, event.entity_ref or event.entity_id)
        return f"{event.tenant_id}/{event.retailer_id}/{kind}:{name}"[:MAX_KEY]

    async def plan(self, events: Sequence[StoredEvent]) -> WorkflowPlan:
        running = WorkflowPlan(self._note_written, now_us=self._clock.now_us())
        ours = {event.seq: decode_event(event) for event in events if is_workflow_event(event)}
        if not ours:
            running.covered = len(events)
            return running
        workflows, asked = await self._load(running, [event for event in events if event.seq in ours], ours)
        breath = self._clock.monotonic()
        for event in events:
            if running.is_full:
                break
            running.covered += 1
            if self._clock.monotonic() - breath > BREATHER_S:
                await asyncio.sleep(0)
                breath = self._clock.monotonic()
            if event.seq in ours:
                self._run(running, event, ours[event.seq], workflows[event.tenant_id], asked[event.tenant_id])
        return running

    def committed(self) -> None:
        """The last unit is durable: tell those who wait for it."""
        written, self._written = self._written, {}
        self._waiters.complete(written)

    def _note_written(self, written: Mapping[EventKey, RunOutcome]) -> None:
        self._written = written

    async def _load(
        self, running: WorkflowPlan, events: Sequence[StoredEvent], ours: Mapping[int, WorkflowEvent]
    ) -> tuple[Mapping[int, ActiveWorkflows], Mapping[int, AuditCategories]]:
        """Read what the events need: workflows, entities and their roots, who asks for audits, names of tenants."""
        tenants = {event.tenant_id for event in events}
        by_owner: dict[EntityOwner, list[WorkflowEvent]] = {}
        for event in events:
            by_owner.setdefault((event.tenant_id, event.retailer_id or ""), []).append(ours[event.seq])
        async with self._database.read_inline() if len(events) <= FEW else self._database.read() as conn:
            if missing := tenants - self._account_ids.keys():
                self._account_ids.update(await identity.tenant_names(conn, missing))
            for owner, occurrences in by_owner.items():
                await _load_entities(conn, running.entities, owner, occurrences)
            versions = await table.current_versions(conn)
            workflows = await self._directory.at(conn, tenants, version=versions.workflows)
        return workflows, await self._askers.of(tenants, version=versions.subscriptions)

    def _run(
        self,
        running: WorkflowPlan,
        stored: StoredEvent,
        event: WorkflowEvent,
        workflows: ActiveWorkflows,
        asked: AuditCategories,
    ) -> None:
        owner = (stored.tenant_id, event.retailer_id)
        version = _version(event, running.entities, owner, workflows)
        result = self._engine.run(event, running.entities.roster(owner).find(event.entity), version)
        key = None
        if result.entity is not None:
            key = running.entities.put(owner, result.entity, seq=stored.seq, at_us=result.finished_at_us).key
        outcome = _outcome(stored, result, version, entity_key=key)
        running.end((stored.tenant_id, stored.event_id), outcome)
        self._follow(running, stored, event, result)
        self._tell_audits(running, stored, event, result, asked)

    def _follow(self, running: WorkflowPlan, stored: StoredEvent, event: WorkflowEvent, result: RunResult) -> None:
        """Note what the actions of a run send."""
        rows = FollowUpEvents(stored, event, result.entity, at_us=result.finished_at_us)
        for action in result.actions:
            match action:
                case EventSent():
                    running.send(rows.sent(action.event))
                case EventScheduled():
                    running.postpone(DueEvent(rows.sent(action.event), action.due_at_us, stored.seq))
                case TopicEmitted():
                    running.send(rows.emitted(action))
                case WebhookRequested():
                    account_id = self._account_ids.get(stored.tenant_id, "")
                    running.send(rows.webhook(action, account_id=account_id))

    def _tell_audits(
        self,
        running: WorkflowPlan,
        stored: StoredEvent,
        event: WorkflowEvent,
        result: RunResult,
        asked: AuditCategories,
    ) -> None:
        """Note the records that subscriptions ask for; all others are only kept with the outcome."""
        rows = None
        for index, audit in enumerate(result.audits if asked else ()):
            if audit.category in asked:
                rows = rows or FollowUpEvents(stored, event, result.entity, at_us=result.finished_at_us)
                running.send(rows.audit(audit, event_id=self._audit_ids.make(stored.seq, index)))


async def _load_entities(
    conn: AsyncConnection, entities: EntityStore, owner: EntityOwner, events: Sequence[WorkflowEvent]
) -> None:
    """Read what the events name, then the roots of entities whose events name none."""
    names = [event.entity for event in events] + [event.root for event in events if event.root]
    await entities.load(conn, owner, names)
    roster = entities.roster(owner)
    found = (roster.find(event.entity) for event in events if event.root is None)
    roots = [entity.root for entity in found if entity is not None and entity.root is not None]
    if roots:
        await entities.load(conn, owner, roots)


def _version(
    event: WorkflowEvent, entities: EntityStore, owner: EntityOwner, workflows: ActiveWorkflows
) -> ExecutableWorkflow | None:
    """The workflow of the root entity."""
    roster = entities.roster(owner)
    entity = roster.find(event.entity)
    root = event.root or (entity.root if entity else None) or event.entity
    known = roster.find(root)
    if known is not None:
        return workflows.find(known.type, known.subtype)
    return workflows.find(root.type, event.subtype if _is_same(root, event.entity) else "")


def _is_same(one: Reference, other: Reference) -> bool:
    if one.type != other.type:
        return False
    return (one.id is not None and one.id == other.id) or (one.ref is not None and one.ref == other.ref)


def _outcome(
    stored: StoredEvent, result: RunResult, version: ExecutableWorkflow | None, *, entity_key: int | None
) -> RunOutcome:
    return RunOutcome(
        number=0,
        seq=stored.seq,
        tenant_id=stored.tenant_id,
        status=result.status.value,
        workflow=version.workflow.name if version else None,
        version=version.number if version else None,
        ruleset=result.ruleset,
        entity_key=entity_key,
        entity_id=result.entity.id if result.entity else None,
        started_at=result.started_at_us,
        finished_at=result.finished_at_us,
        audits=pack(result.audits),
    )
