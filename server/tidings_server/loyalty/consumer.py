"""The loyalty consumer: assesses the events of the log, each exactly once and in its customer's order.

A batch of events is assessed in memory, each with the customer's state after the events before it, and written in one
transaction: customers, counters, points, and derived events. Conditions are evaluated before the write transaction;
points move inside it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Accrual, assessment_row
from tidings_server.loyalty.assessment.assessor import Assessment, Assessor
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.order_assessment import OrderAssessment
from tidings_server.loyalty.assessment.preload import Preloaded, preload
from tidings_server.loyalty.assessment.rule_cache import RuleCache
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import EARNING_KINDS, EventKind, kind_of, ordering_key
from tidings_server.loyalty.fulfilment import delivery_failures
from tidings_server.loyalty.fulfilment.executor import FulfilmentExecutor
from tidings_server.loyalty.fulfilment.retry import retry
from tidings_server.loyalty.ledger.commands import CausingEvent, RecordActivity
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent


class LoyaltyConsumer:
    """A consumer of the log. Events of one customer take effect in order, whatever fails."""

    name: Final = "loyalty"

    def __init__(
        self, database: Database, codec: LoyaltyEventCodec, assessor: Assessor, *, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._codec = codec
        self._assessor = assessor
        self._clock = clock
        self._new_id: Callable[[], str] = ids.uuid7
        self._rule_cache = RuleCache()
        self._accrual = Accrual(FulfilmentExecutor(codec))
        self._orders = OrderAssessment(codec, assessor, self._accrual)

    def concerns(self, event: StoredEvent) -> bool:
        return kind_of(event) is not None or delivery_failures.is_delivery_failure(event)

    def key(self, event: StoredEvent) -> str:
        if kind_of(event) is None:
            return f"{event.tenant_id}/{event.seq}"
        return ordering_key(event.tenant_id, event.root_id or "")

    async def plan(self, events: Sequence[StoredEvent]) -> AssessmentBatch:
        batch = AssessmentBatch(self._codec, new_id=self._new_id, now_us=self._clock.now_us())
        async with self._database.read() as conn:
            preloaded = await preload(conn, self._codec, self._rule_cache, stored=events)
            turn = Turn(BACKGROUND_S)
            for event in events:
                if batch.is_full:
                    break
                batch.covered += 1
                await turn.give()
                if event.seq in preloaded.events:
                    await self._process(conn, batch, preloaded, stored=event)
                elif delivery_failures.is_delivery_failure(event):
                    await delivery_failures.record_failure(conn, batch, event, codec=self._codec)
        return batch

    async def _process(
        self, conn: AsyncConnection, batch: AssessmentBatch, preloaded: Preloaded, *, stored: StoredEvent
    ) -> None:
        state = preloaded.states.get((stored.tenant_id, str(stored.root_id)))
        if state is None:
            return  # retention has removed the event that created the customer, or a reversal came before it
        event = preloaded.events[stored.seq]
        cause = CausingEvent(stored, event, state.key)
        if state.is_new:
            batch.new_customers[state.key] = state
        batch.events.append((state.key, stored.seq))
        if event.kind in EARNING_KINDS:
            state.admit(cause.at_us)
        if event.kind is EventKind.REVERSAL:
            await self._orders.reverse(conn, batch, preloaded, cause=cause, state=state)
        elif event.kind is EventKind.RETRY:
            indexes = await self._rule_cache.of(conn, {stored.tenant_id})
            index = indexes[stored.tenant_id]
            await retry(conn, batch, cause, state=state, codec=self._codec, index=index, accrual=self._accrual)
        elif event.kind is EventKind.BASKET:
            await self._assess_in_test(batch, preloaded, cause, state=state)
        elif event.order_id:
            await self._orders.process(conn, batch, preloaded, cause=cause, state=state)
        elif event.is_standing:
            await self._assess(batch, preloaded, cause, state=state)

    async def _assess(
        self, batch: AssessmentBatch, preloaded: Preloaded, cause: CausingEvent, *, state: CustomerState
    ) -> None:
        stored, event = cause.stored, cause.event
        index = preloaded.indexes[stored.tenant_id]
        assessment = await self._assessment(cause, state, index)
        batch.mark_changed(state)
        if event.kind is not EventKind.ACTION:
            batch.commands.append(RecordActivity(cause))
        for key, error in assessment.errors:
            batch.condition_errors.setdefault(key, error)
        self._accrual.accrue(batch, cause, state, assessment=assessment)

    async def _assessment(self, cause: CausingEvent, state: CustomerState, index: RuleIndex) -> Assessment:
        stored, size = cause.stored, len(cause.stored.body)
        return await self._assessor.assess_off_loop(
            cause.event, cause.at_us, state, index=index, tenant=stored.tenant_id, event_bytes=size
        )

    async def _assess_in_test(
        self, batch: AssessmentBatch, preloaded: Preloaded, cause: CausingEvent, *, state: CustomerState
    ) -> None:
        """Record the rules in TEST that a basket matches; the other rules have answered its caller."""
        stored, event = cause.stored, cause.event
        index = preloaded.indexes[stored.tenant_id]
        if index.has_test_rules(event.kind, event.name_space, cause.at_us):
            assessment = await self._assessment(cause, state, index)
            batch.assessments += [assessment_row(batch, cause, match) for match in assessment.matches if match.is_test]
