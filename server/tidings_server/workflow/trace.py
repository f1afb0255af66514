"""Traces: the tree of runs, changes, deliveries and sent events that follow from one event."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.deliveries import STATUSES, DeliveryStatus
from tidings_server.delivery.requested_deliveries import GENERAL, WEBHOOK
from tidings_server.delivery.store import redeliveries
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_pages import all_of
from tidings_server.log.store import failed_events
from tidings_server.platform.errors import NotFound
from tidings_server.platform.json_type import Json
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.storage.log.shards import in_shard, shard_of
from tidings_server.workflow.attributes import attributes, by_name
from tidings_server.workflow.audits import Audit, AuditCategory, EventStatus
from tidings_server.workflow.engine.actions import EventScheduled, TopicEmitted
from tidings_server.workflow.engine.simulation import SimulatedEvent
from tidings_server.workflow.event_codec import ORCHESTRATION, ORCHESTRATION_AUDIT
from tidings_server.workflow.event_lookup import find_event, find_scheduled_event
from tidings_server.workflow.event_queries import (
    RecordQueries,
    WorkflowRecord,
    of_event,
    of_scheduled,
    sees,
    sent_ids,
)
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.outcomes import EventOutcome
from tidings_server.workflow.workflow_event import CONSUMER, OutgoingEvent

MAX_EVENTS: Final = 500
BEHIND: Final = "an earlier event of its root entity waits to be tried again"
STATUS: Final = "status"
ATTRIBUTE: Final = "attributes."


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow; instants in µs."""

    workflow: str
    version: int
    ruleset: str | None
    started_at: int
    finished_at: int


@dataclass(frozen=True, slots=True)
class EntityChange:
    """One change of an entity: `status`, or `attributes.` and a name; None is no value."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class TracedDelivery:
    """The delivery of an event to one receiver. `subscription_id` is None for a webhook that a rule requested."""

    subscription_id: str | None
    destination: str
    status: DeliveryStatus
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class TracedWait:
    """Wait of an event whose run failed for a fault of the server, or that comes after one.

    `next_attempt_at` (µs) is None while it waits for an earlier event, and once it is a dead letter.
    """

    attempts: int
    reason: str
    next_attempt_at: int | None
    is_given_up: bool


@dataclass(slots=True)
class Trace:
    """One event and what followed from it.

    `place` is its place among what its cause sent, from 1. `is_cut`: the tree is larger than 500 events, and what the
    event sent behind the place `next` was left out.
    """

    event: WorkflowRecord
    run: WorkflowRun | None = None
    audits: Sequence[WorkflowRecord] = ()
    changes: Sequence[EntityChange] = ()
    deliveries: Sequence[TracedDelivery] = ()
    sent: list["Trace"] = field(default_factory=list)
    is_cut: bool = False
    wait: TracedWait | None = None
    place: int = 0
    next: int = 0


class Traces:
    """Builds the traces of stored events."""

    def __init__(self, database: Database, records: RecordQueries) -> None:
        self._database = database
        self._records = records

    async def of(self, scope: Scope, event_id: str, *, after: int = 0) -> Trace:
        """The tree of one event; of what it sent itself only what comes behind the place `after`.

        Raises NotFound as for the event itself; an audit record has no tree.
        """
        subscriptions = {each.key: each for each in await all_of(self._database, scope.tenant)}
        top = await self._node(scope, event_id.lower(), subscriptions)
        if top is None or not sees(scope, top.event):
            raise NotFound(f"Cannot find an event with id: {event_id}")
        waiting, count = deque([(top, after)]), 1
        while waiting:
            cause, passed = waiting.popleft()
            ids = sent_ids(cause.audits)[passed:]
            taken = ids[: MAX_EVENTS - count]
            count += len(taken)
            cause.is_cut, cause.next = len(taken) < len(ids), passed + len(taken)
            nodes = [
                node
                for place, each in enumerate(taken, passed + 1)
                if (node := await self._node(scope, each, subscriptions, place=place)) is not None
            ]
            cause.sent = [node for node in nodes if node.event.category != WEBHOOK]
            webhooks = [node.deliveries for node in nodes if node.event.category == WEBHOOK]
            cause.deliveries = [*cause.deliveries, *chain.from_iterable(webhooks)]
            waiting.extend((node, 0) for node in cause.sent)
        return top

    async def _node(
        self, scope: Scope, event_id: str, subscriptions: Mapping[int, Subscription], *, place: int = 0
    ) -> Trace | None:
        """One event without those that it sent. A short transaction for each: a tree may have 500."""
        async with self._database.read() as conn:
            event = await find_event(conn, scope.tenant, event_id)
            if event is None or event.type == ORCHESTRATION_AUDIT:
                scheduled = await find_scheduled_event(conn, scope.tenant, event_id)
                return Trace(of_scheduled(scheduled), place=place) if scheduled else None
            outcome = (await outcomes.with_audits(conn, [event.seq])).get(event.seq)
            deliveries = await _deliveries(conn, event, subscriptions)
            wait = None if outcome else await _wait(conn, event)
        audits = self._records.audits(event, outcome) if outcome else []
        changes = list(_changes(audits))
        return Trace(of_event(event, outcome), _run(outcome), audits, changes, deliveries, wait=wait, place=place)


async def _wait(conn: AsyncConnection, event: StoredEvent) -> TracedWait | None:
    """The reason is the kind of the error, not its text, which is the operator's to read."""
    failed = await failed_events.find(conn, in_shard(CONSUMER, shard_of(event.seq)), event.seq, tenant=event.tenant_id)
    if failed is None:
        return None
    is_behind = failed.due_at == failed_events.BEHIND
    return TracedWait(
        attempts=failed.attempts,
        reason=f"the server could not run it: {failed.error.partition(':')[0]}" if failed.error else BEHIND,
        next_attempt_at=None if is_behind else failed.due_at,
        is_given_up=failed.state == failed_events.DEAD,
    )


def trace_of(simulated: SimulatedEvent) -> Trace:
    """The trace of a simulation; events that would be scheduled or emitted are in it without a run."""
    result, event = simulated.result, simulated.event
    root = event.root or (result.entity.root if result.entity else None)
    record = WorkflowRecord(
        id=event.id,
        name=event.name,
        type=ORCHESTRATION,
        retailer_id=event.retailer_id,
        category=f"{(root or event.entity).type}_WORKFLOW",
        source_events=(),
        entity=event.entity,
        root=root,
        status=result.status,
        attributes=attributes(event.attributes),
        source=None,
        by="simulation",
        at_us=event.recorded_at_us,
        recorded_by="simulation",
        recorded_at_us=event.recorded_at_us,
    )
    audits = [_simulated_audit(record, audit) for audit in result.audits]
    sent = [_with_source(trace_of(each), event.id) for each in simulated.sent]
    not_run = [
        Trace(_not_run(record, action.event, EventStatus.SCHEDULED))
        if isinstance(action, EventScheduled)
        else Trace(record._replace(id=action.id, name=action.topic, type=GENERAL, category="topic", attributes=()))
        for action in result.actions
        if isinstance(action, EventScheduled | TopicEmitted)
    ]
    return Trace(record, None, audits, list(_changes(audits)), (), sent + not_run, simulated.is_cut)


def _with_source(trace: Trace, cause: str) -> Trace:
    """The trace of an event that another event caused."""
    trace.event = trace.event._replace(source_events=(cause,))
    return trace


def _simulated_audit(event: WorkflowRecord, audit: Audit) -> WorkflowRecord:
    return event._replace(
        id="",
        name=audit.name,
        type=ORCHESTRATION_AUDIT,
        category=audit.category.value,
        source_events=(event.id,),
        status=audit.status,
        attributes=audit.attributes,
        at_us=audit.at_us,
        recorded_at_us=audit.at_us,
    )


def _not_run(cause: WorkflowRecord, outgoing: OutgoingEvent, status: EventStatus) -> WorkflowRecord:
    return cause._replace(
        id=outgoing.id,
        name=outgoing.name,
        source_events=(cause.id,),
        entity=outgoing.entity,
        root=outgoing.root,
        status=status,
        attributes=attributes(outgoing.attributes),
    )


def _run(outcome: EventOutcome | None) -> WorkflowRun | None:
    if outcome is None or outcome.workflow is None:
        return None
    return WorkflowRun(outcome.workflow, outcome.version or 0, outcome.ruleset, outcome.started_at, outcome.finished_at)


def _changes(audits: Sequence[WorkflowRecord]) -> Iterator[EntityChange]:
    """Changes of the entity in order, from the audits of actions."""
    for audit in audits:
        if audit.category == AuditCategory.ACTION.value:
            details = by_name(audit.attributes)
            if details.keys() == {"from", "to"}:
                yield EntityChange(STATUS, details["from"] or None, details["to"])
            elif details.keys() == {"name", "from", "to"}:
                yield EntityChange(f"{ATTRIBUTE}{details['name']}", details["from"], details["to"])


async def _deliveries(
    conn: AsyncConnection, event: StoredEvent, subscriptions: Mapping[int, Subscription]
) -> list[TracedDelivery]:
    """Deliveries of the event to its receivers; `subscriptions` are the tenant's, by key."""
    fates = await redeliveries.delivery_states(conn, subscription_keys=list(subscriptions), seq=event.seq)
    return [
        TracedDelivery(
            _named(subscriptions[fate.subscription_key]),
            _destination(subscriptions[fate.subscription_key], event),
            STATUSES[fate.state],
            fate.attempts,
            fate.reason,
        )
        for fate in fates
    ]


def _named(subscription: Subscription) -> str | None:
    return None if subscription.api == Api.ORCHESTRATION else subscription.id


def _destination(subscription: Subscription, event: StoredEvent) -> str:
    """The URL or address; the subscription of a webhook names its server, the event the URL."""
    if subscription.api != Api.ORCHESTRATION:
        return subscription.endpoint
    details = by_name(of_event(event, None).attributes)
    return str(details.get("url", subscription.endpoint))
