"""Consumer of workflow events: runs each on its workflow, in the order of the log, exactly once.

A batch of events runs in memory, each on the entities as those before have left them, and is written in one
transaction: entities, outcomes with their audits, and the events that the runs send. So all of a run is stored or none
of it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.identity.quotas import Quotas
from tidings_server.identity.store import tenants as identity
from tidings_server.platform.clock import Clock
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.platform.worker_threads import WorkerThreads
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.workflow import entity_store
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.audit_subscriptions import AuditCategories, AuditSubscriptions
from tidings_server.workflow.audits import pack
from tidings_server.workflow.engine.actions import EventScheduled, EventSent, TopicEmitted, WebhookRequested
from tidings_server.workflow.engine.engine import Engine, EngineResult, RunTooLong
from tidings_server.workflow.engine.matching import ActiveWorkflows, ExecutableWorkflow
from tidings_server.workflow.entities import Entity
from tidings_server.workflow.entity_store import EntityOwner, EntityStore
from tidings_server.workflow.event_codec import FollowUpEvents, decode_event, is_workflow_event
from tidings_server.workflow.store import outcomes, scheduled_events
from tidings_server.workflow.store import workflows as table
from tidings_server.workflow.store.outcomes import EventOutcome
from tidings_server.workflow.store.scheduled_events import DueEvent
from tidings_server.workflow.submission import CompletionWaiters, WaiterKey
from tidings_server.workflow.workflow_event import CONSUMER, WorkflowEvent
from tidings_server.workflow.workflows import WorkflowCache

MAX_ROWS: Final = 500
"""Rows of one transaction; those of one event are never split."""
MAX_KEY: Final = 1_200
MAX_BYTES: Final = 4 << 20
"""Bodies and audits of one transaction, likewise."""
INLINE_EVENTS: Final = 32
"""Events of a batch whose entities are read on the event loop's own thread: most likely a caller waits for them."""
INLINE_ATTRIBUTES: Final = 200
"""Attributes of an event whose run begins on the event loop: one expression may go over all of them."""


class WorkflowPlan:
    """Effects of the runs of a batch of events."""

    def __init__(self, on_written: Callable[[Mapping[WaiterKey, EventOutcome]], None]) -> None:
        self._on_written = on_written
        self._bytes = 0
        self.covered = 0
        self.entities = EntityStore()
        self.outcomes: dict[WaiterKey, EventOutcome] = {}
        self.records: list[EventRecord] = []
        self.scheduled: list[DueEvent] = []

    @property
    def is_full(self) -> bool:
        rows = len(self.entities.changed) + len(self.outcomes) + len(self.records) + len(self.scheduled)
        return rows >= MAX_ROWS or self._bytes >= MAX_BYTES

    @property
    def is_empty(self) -> bool:
        return not (self.entities.changed or self.outcomes or self.records or self.scheduled)

    def add_outcome(self, event: WaiterKey, outcome: EventOutcome) -> None:
        self.outcomes[event] = outcome
        self._bytes += len(outcome.audits)

    def send(self, record: EventRecord) -> None:
        """Append an event to the log with the other effects."""
        self.records.append(record)
        self._bytes += len(record.body)

    def schedule(self, event: DueEvent) -> None:
        self.scheduled.append(event)
        self._bytes += len(event.record.body)

    async def apply(self, conn: AsyncConnection) -> None:
        """Raises LostRace when an entity has changed since it was read."""
        await entity_store.write(conn, self.entities.changed)
        if self.outcomes:
            await outcomes.add(conn, list(self.outcomes.values()))
        if self.scheduled:
            await scheduled_events.add(conn, self.scheduled)
        if self.records:
            await log.append_in(conn, self.records)
        self._on_written(self.outcomes)


class WorkflowConsumer:
    """Consumer of the log. Events of one root entity run in their order, also when one of them fails."""

    name = CONSUMER

    def __init__(
        self,
        database: Database,
        engine: Engine,
        matcher: SubscriptionMatcher,
        *,
        waiters: CompletionWaiters,
        audit_ids: AuditIds,
        clock: Clock,
        quotas: Quotas | None = None,
    ) -> None:
        """`quotas` are charged for the events that runs send; without them no tenant has a quota."""
        self._quotas = quotas
        self._database = database
        self._engine = engine
        self._audit_subscriptions = AuditSubscriptions(matcher)
        self._waiters = waiters
        self._audit_ids = audit_ids
        self._clock = clock
        self._workflows = WorkflowCache()
        self._threads = WorkerThreads()
        self._account_ids: dict[int, str] = {}
        self._written: Mapping[WaiterKey, EventOutcome] = {}

    def concerns(self, event: StoredEvent) -> bool:
        return is_workflow_event(event)

    def key(self, event: StoredEvent) -> str:
        of_root = (event.root_type, event.root_ref or event.root_id)
        kind, name = of_root if event.root_type else (event.entity_type, event.entity_ref or event.entity_id)
        return f"{event.tenant_id}/{event.retailer_id}/{kind}:{name}"[:MAX_KEY]

    async def plan(self, events: Sequence[StoredEvent]) -> WorkflowPlan:
        plan = WorkflowPlan(self._note_written)
        decoded = {event.seq: decode_event(event) for event in events}
        workflows, audited = await self._preload(plan, events, decoded)
        turn = Turn(BACKGROUND_S)
        for stored in events:
            if plan.is_full:
                break
            plan.covered += 1
            await turn.give()
            event, tenant = decoded[stored.seq], stored.tenant_id
            await self._run(plan, stored, event=event, workflows=workflows[tenant], audited=audited[tenant])
        return plan

    def committed(self) -> None:
        """Wake the callers that wait for events of the last transaction, which is durable."""
        written, self._written = self._written, {}
        self._waiters.complete(written)

    def _note_written(self, written: Mapping[WaiterKey, EventOutcome]) -> None:
        self._written = written

    async def _preload(
        self, plan: WorkflowPlan, events: Sequence[StoredEvent], decoded: Mapping[int, WorkflowEvent]
    ) -> tuple[Mapping[int, ActiveWorkflows], Mapping[int, AuditCategories]]:
        """Read entities, names of tenants, and by tenant the workflows and the audits that subscriptions name."""
        tenants = {event.tenant_id for event in events}
        by_owner: dict[EntityOwner, list[WorkflowEvent]] = {}
        for event in events:
            by_owner.setdefault((event.tenant_id, event.retailer_id or ""), []).append(decoded[event.seq])
        async with self._database.read_inline() if len(events) <= INLINE_EVENTS else self._database.read() as conn:
            if missing := tenants - self._account_ids.keys():
                self._account_ids.update(await identity.tenant_names(conn, missing))
            for owner, owned in by_owner.items():
                await plan.entities.preload(conn, owner, owned)
            versions = await table.current_versions(conn)
            workflows = await self._workflows.at(conn, tenants, version=versions.workflows)
        return workflows, await self._audit_subscriptions.of(tenants, version=versions.subscriptions)

    async def _run(
        self,
        plan: WorkflowPlan,
        stored: StoredEvent,
        *,
        event: WorkflowEvent,
        workflows: ActiveWorkflows,
        audited: AuditCategories,
    ) -> None:
        owner = (stored.tenant_id, event.retailer_id)
        index = plan.entities.index(owner)
        workflow = workflows.for_event(event, index)
        result = await self._result(event, index.find(event.entity), workflow, tenant=stored.tenant_id)
        key = None
        if result.entity is not None:
            key = plan.entities.put(owner, result.entity, seq=stored.seq, at_us=result.finished_at_us).key
        plan.add_outcome((stored.tenant_id, stored.event_id), _outcome(stored, result, workflow, entity_key=key))
        before = len(plan.records) + len(plan.scheduled)
        self._add_follow_ups(plan, stored, event=event, result=result, audited=audited)

        if self._quotas:
            self._quotas.charge(stored.tenant_id, len(plan.records) + len(plan.scheduled) - before)

    async def _result(
        self, event: WorkflowEvent, entity: Entity | None, workflow: ExecutableWorkflow | None, *, tenant: int
    ) -> EngineResult:
        """The result of the run; one that takes long is on a thread, which no other work takes."""
        shortage = self._quotas.shortage(tenant) if self._quotas else None
        if len(event.attributes) <= INLINE_ATTRIBUTES:
            with suppress(RunTooLong):
                return self._engine.run(event, entity, workflow, shortage=shortage, is_on_loop=True)
        return await self._threads.run(
            lambda: self._engine.run(event, entity, workflow, shortage=shortage), tenant=tenant
        )

    def _add_follow_ups(
        self,
        plan: WorkflowPlan,
        stored: StoredEvent,
        *,
        event: WorkflowEvent,
        result: EngineResult,
        audited: AuditCategories,
    ) -> None:
        """Add the events that the actions send, and the audits that subscriptions name as events of their own."""
        follow_ups = FollowUpEvents(stored, event, result.entity, at_us=result.finished_at_us)
        for action in result.actions:
            match action:
                case EventSent():
                    plan.send(follow_ups.sent(action.event))
                case EventScheduled():
                    plan.schedule(DueEvent(follow_ups.sent(action.event), action.due_at_us, stored.seq))
                case TopicEmitted():
                    plan.send(follow_ups.emitted(action))
                case WebhookRequested():
                    account_id = self._account_ids.get(stored.tenant_id, "")
                    plan.send(follow_ups.webhook(action, account_id=account_id))
        for index, audit in enumerate(result.audits if audited else ()):
            if audit.category in audited:
                plan.send(follow_ups.audit(audit, event_id=self._audit_ids.make(stored.seq, index)))


def _outcome(
    stored: StoredEvent, result: EngineResult, workflow: ExecutableWorkflow | None, *, entity_key: int | None
) -> EventOutcome:
    return EventOutcome(
        number=0,
        seq=stored.seq,
        tenant_id=stored.tenant_id,
        status=result.status.value,
        workflow=workflow.workflow.name if workflow else None,
        version=workflow.number if workflow else None,
        ruleset=result.ruleset,
        entity_key=entity_key,
        entity_id=result.entity.id if result.entity else None,
        started_at=result.started_at_us,
        finished_at=result.finished_at_us,
        audits=pack(result.audits),
    )
