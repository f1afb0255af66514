"""Order assessment: each event of an order is assessed as the order's first one was, by the rules of that time."""

from dataclasses import replace
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Accrual
from tidings_server.loyalty.assessment.assessor import Assessor
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.order_booking import OrderBooking
from tidings_server.loyalty.assessment.orders import Order, new_order, order_name
from tidings_server.loyalty.assessment.preload import Preloaded
from tidings_server.loyalty.assessment.rule_cache import RULE_BYTES
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.ledger.commands import CausingEvent, RecordActivity
from tidings_server.loyalty.rules.economy import economy_of
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.rules.rule import rule_of
from tidings_server.loyalty.store import rules as rule_store
from tidings_server.platform.worker_threads import off_loop
from tidings_server.storage.log import events as log


class OrderAssessment:
    """Assesses orders, and adds the differences to a batch."""

    def __init__(self, codec: LoyaltyEventCodec, assessor: Assessor, accrual: Accrual) -> None:
        self._codec = codec
        self._assessor = assessor
        self._accrual = accrual

    async def process(
        self,
        conn: AsyncConnection,
        batch: AssessmentBatch,
        preloaded: Preloaded,
        *,
        cause: CausingEvent,
        state: CustomerState,
    ) -> None:
        """One event of an order, in the order of the log. After the reversal by the call nothing happens any more."""
        order = preloaded.orders.setdefault(order_name(cause), new_order(cause))
        if order.row.is_final:
            return
        received = order.receive(cause)
        if cause.event.is_standing:
            batch.commands.append(RecordActivity(cause))
        current = cause if received.is_newer else None
        if received.is_earlier and current is None:
            current = await self._newest(conn, preloaded, cause, order)
        if current is not None:
            order.take_out(state)
            if order.row.currency not in (None, current.event.currency):
                order.facts.forget_spend()
            if received.is_earlier:
                order.row = order.row._replace(placed_at=cause.at_us)
            booking = OrderBooking(batch, cause, current=current, state=state, order=order)
            if current.event.is_standing:
                await self._stand(conn, batch, preloaded, booking, current=current, state=state, order=order)
            else:
                await booking.fall(conn, returns_redemptions=not preloaded.has_other(order))
        batch.mark_changed(state)
        batch.orders[order.row.key] = order.packed

    async def reverse(
        self,
        conn: AsyncConnection,
        batch: AssessmentBatch,
        preloaded: Preloaded,
        *,
        cause: CausingEvent,
        state: CustomerState,
    ) -> None:
        """Take orders back for good: those of the event's namespace, or all of its id where it names none."""
        name = order_name(cause)
        for order in preloaded.orders_of(state.key, name.order_id):
            if order.row.is_final or (name.name_space and order.row.name_space != name.name_space):
                continue
            order.take_out(state)
            booking = OrderBooking(batch, cause, current=cause, state=state, order=order)
            await booking.fall(conn, returns_redemptions=not preloaded.has_other(order))
            order.row = order.row._replace(is_final=True)
            batch.mark_changed(state)
            batch.orders[order.row.key] = order.packed

    async def _stand(
        self,
        conn: AsyncConnection,
        batch: AssessmentBatch,
        preloaded: Preloaded,
        booking: OrderBooking,
        *,
        current: CausingEvent,
        state: CustomerState,
        order: Order,
    ) -> None:
        tenant, is_moved = current.stored.tenant_id, order.facts.annual_spend is None
        index = await _rules_of(conn, preloaded.indexes[tenant], order, current=current, is_moved=is_moved)
        assessment = await self._assessor.assess_off_loop(
            current.event,
            order.row.placed_at,
            state,
            index=index,
            tenant=tenant,
            event_bytes=len(current.stored.body),
            facts=order.facts,
        )
        for key, error in assessment.errors:
            batch.condition_errors.setdefault(key, error)
        await booking.stand(conn, assessment, self._accrual, is_moved=is_moved)

    async def _newest(
        self, conn: AsyncConnection, preloaded: Preloaded, cause: CausingEvent, order: Order
    ) -> CausingEvent | None:
        """The event that tells the order's newest state; None where retention has removed it."""
        seq = order.row.newest_seq
        for stored in [preloaded.stored[seq]] if seq in preloaded.stored else await log.at(conn, [seq]):
            return CausingEvent(stored, self._codec.decode(stored), cause.customer_key)
        return None


async def _rules_of(
    conn: AsyncConnection, index: RuleIndex, order: Order, *, current: CausingEvent, is_moved: bool
) -> RuleIndex:
    """The rules for an event of an order: those that were active when it was assessed first.

    A rule that was activated since does not count. One that was deactivated counts if it has matched the order before.
    """
    row = order.row
    if row.assessed_at is None:
        return index
    economy = index.economy(row.placed_at, current.event.currency)
    is_same = is_moved or (economy.key if economy else None) == row.economy_key
    later = {key for key in index.changed_after(row.assessed_at) if key not in order.booked}
    gone = order.booked.keys() - index.rules.keys()
    if is_same and not later and not gone:
        return index
    wanted = gone if is_same or row.economy_key is None else gone | {row.economy_key}
    stored = (await rule_store.by_keys(conn, wanted)).values()
    rules = [rule for key, rule in index.rules.items() if key not in later]
    rules += [replace(rule_of(each), status=RuleStatus.ACTIVE) for each in stored if each.kind == "RULE"]
    economies = [replace(economy_of(each), status=RuleStatus.ACTIVE) for each in stored if each.kind == "ECONOMY"]
    build = partial(RuleIndex, rules, index.economies if is_same else economies)
    return await off_loop(build, tenant=row.tenant_id, size=RULE_BYTES * len(rules))
