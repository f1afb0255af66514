"""Consumer of the log for EVENT triggers: creates one run for each event and each trigger that it fires."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.matching import EventShaper, variables_of
from tidings_server.delivery.router import triggers
from tidings_server.expressions.conditions import ConditionFailed, Conditions
from tidings_server.log import topics
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace
from tidings_server.platform.telemetry.metrics import CONDITION_ERRORS
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.scheduling.scheduled_events.chains import MAX_RUNS, EventChain, chain_of
from tidings_server.scheduling.scheduled_events.triggers import read_event
from tidings_server.scheduling.schedules.misfires import run_id
from tidings_server.scheduling.store import runs as schedule_runs
from tidings_server.scheduling.store import scheduled_events
from tidings_server.scheduling.store.runs import NewRun, RunCause, RunState
from tidings_server.scheduling.store.scheduled_events import StoredScheduledEvent
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

MAX_ROWS: Final = 500
"""Runs of one transaction; the runs of one event are never split."""
MAX_TENANTS: Final = 10_000
"""Tenants whose triggers are cached in memory."""

logger = structlog.get_logger(__name__)


class ArmedTrigger(NamedTuple):
    """An EVENT trigger for events after `after_seq`. `subject` is the entity id in the events of its runs."""

    schedule_key: int
    subject: str
    topic: str
    condition: str
    after_seq: int


class TriggerPlan:
    """Runs to create for a batch of events."""

    def __init__(self, version: int, armed: Mapping[int, Sequence[ArmedTrigger]]) -> None:
        """`armed` are all triggers of the events' tenants, at a version."""
        self._version = version
        self._armed = armed
        self._upto = 0
        self.covered = 0
        self.runs: list[NewRun] = []
        self.counted: dict[tuple[int, str], int] = {}
        """Runs of chains, by tenant and the id of the first event."""

    @property
    def is_empty(self) -> bool:
        return not self.runs

    def add(self, event: StoredEvent, runs: Sequence[NewRun] = ()) -> None:
        """Add the runs of one more event."""
        self.covered += 1
        self._upto = event.seq
        self.runs += runs

    async def apply(self, conn: AsyncConnection) -> None:
        """Create the runs of triggers that are still there. Raises LostRace where a trigger is missing."""
        if await scheduled_events.lock_version_shared(conn) != self._version:
            known = [each.schedule_key for triggers in self._armed.values() for each in triggers]
            if await scheduled_events.has_other_triggers(conn, self._armed.keys(), known, upto=self._upto):
                raise LostRace
            fired = {run.schedule_key for run in self.runs}
            gone = await scheduled_events.without_trigger(conn, self._armed.keys(), fired)
            self.runs = [run for run in self.runs if run.schedule_key not in gone]
        await schedule_runs.add(conn, self.runs)


class EventTriggerConsumer:
    """Fires EVENT triggers. Every event has a key of its own, since runs of events have no order."""

    name = "event_triggers"

    def __init__(self, database: Database, conditions: Conditions, bodies: EventShaper, clock: Clock) -> None:
        self._database = database
        self._conditions = conditions
        self._bodies = bodies
        self._clock = clock
        self._version = -1
        self._armed: dict[int, list[ArmedTrigger]] = {}

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        return f"{event.tenant_id}/{event.seq}"

    async def plan(self, events: Sequence[StoredEvent]) -> TriggerPlan:
        version, armed = await self._triggers_of({event.tenant_id for event in events})
        plan, turn = TriggerPlan(version, armed), Turn(BACKGROUND_S)
        for event in events:
            if not armed[event.tenant_id]:
                plan.add(event)
                continue
            await turn.give()
            fired = await self._fired(armed[event.tenant_id], event, turn)
            runs = await self._allowed(plan, fired, event) if fired else []
            if plan.covered and len(plan.runs) + len(runs) > MAX_ROWS:
                break
            plan.add(event, runs)
        return plan

    async def _triggers_of(self, tenants: Collection[int]) -> tuple[int, Mapping[int, list[ArmedTrigger]]]:
        """The triggers of these tenants and their version, read before them: `apply` notices later changes."""
        async with self._database.read_inline() as conn:
            version = await scheduled_events.version(conn)
        if version != self._version or len(self._armed) > MAX_TENANTS:
            self._armed.clear()
            self._version = version
        if missing := [tenant for tenant in tenants if tenant not in self._armed]:
            async with self._database.read() as conn:
                stored = await scheduled_events.triggers(conn, missing)
            for tenant in missing:
                self._armed[tenant] = [_armed(each) for each in stored if each.tenant_id == tenant]
        return version, {tenant: self._armed[tenant] for tenant in tenants}

    async def _fired(self, armed: Sequence[ArmedTrigger], event: StoredEvent, turn: Turn) -> list[ArmedTrigger]:
        """The triggers whose topic and condition an event has."""
        matching = [each for each in armed if event.seq > each.after_seq and topics.matches(each.topic, event.topic)]
        if not matching or not triggers(event):
            return []
        activation = None
        holding = []
        for each in matching:
            if each.condition and activation is None:
                activation = await variables_of(event, self._conditions, self._bodies)
            await turn.give()
            if not each.condition or self._holds(each, activation):
                holding.append(each)
        return holding

    def _holds(self, armed: ArmedTrigger, activation: Any) -> bool:
        holds = self._conditions.evaluate(armed.condition, activation)
        if isinstance(holds, ConditionFailed):
            CONDITION_ERRORS.inc()
            logger.warning("trigger_condition_failed", scheduled_event=armed.subject, error=holds.error)
            return False
        return holds

    async def _allowed(self, plan: "TriggerPlan", fired: Sequence[ArmedTrigger], event: StoredEvent) -> list[NewRun]:
        """The runs of these triggers, except those that have fired in the chain, and within the chain's allowance."""
        if not event.hops and event.api is not Api.OPERATION:
            return [self._run(each, event, EventChain(event.event_id)) for each in fired]
        async with self._database.read() as conn:
            chain = await chain_of(conn, event)
            name = event.tenant_id, chain.root_id
            if name not in plan.counted:
                plan.counted[name] = await schedule_runs.count_of_chain(conn, *name)
        new = [each for each in fired if each.schedule_key not in chain.fired]
        allowed = new[: max(0, MAX_RUNS - plan.counted[name])]
        plan.counted[name] += len(allowed)
        if len(allowed) < len(fired):
            refused = {"repeated": len(fired) - len(new), "past_allowance": len(new) - len(allowed)}
            logger.warning("trigger_chain_ended", tenant=event.tenant_id, root=chain.root_id, **refused)
        return [self._run(each, event, chain) for each in allowed]

    def _run(self, armed: ArmedTrigger, event: StoredEvent, chain: EventChain) -> NewRun:
        return NewRun(
            id=run_id(armed.schedule_key, RunCause.EVENT, event.seq),
            tenant_id=event.tenant_id,
            schedule_key=armed.schedule_key,
            cause=RunCause.EVENT.value,
            cause_number=event.seq,
            scheduled_at=event.recorded_at,
            state=RunState.WAITING.value,
            due_at=self._clock.now_us(),
            cause_id=event.event_id,
            hops=event.hops + 1,
            root_id=chain.root_id,
            chain=json.dumps(sorted(chain.fired)) if chain.fired else None,
        )


def _armed(stored: StoredScheduledEvent) -> ArmedTrigger:
    read = read_event(stored.trigger)
    subject = f"{stored.store_id}/{stored.id}"
    return ArmedTrigger(stored.schedule_key, subject, read.topic, read.condition, stored.after_seq)
