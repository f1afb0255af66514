"""Retries of failed fulfilments, in their customer's order. Fulfilments that succeeded are not repeated."""

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Accrual, assessment_row
from tidings_server.loyalty.assessment.assessor import RuleMatch, rule_points
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.orders import order_name
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.fulfilment.causes import load_cause
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.store import assessments, fulfilment_failures, lots, orders
from tidings_server.loyalty.store.orders import StoredOrder


async def retry(
    conn: AsyncConnection,
    batch: AssessmentBatch,
    request: CausingEvent,
    *,
    state: CustomerState,
    codec: LoyaltyEventCodec,
    index: RuleIndex,
    accrual: Accrual,
) -> None:
    """Retry the failure that the event `request` names. An order that stands at nothing earns nothing.

    Points of an order are retried only while it is in the state of the failed event: a later one has booked them.
    """
    tenant = request.stored.tenant_id
    failure = await fulfilment_failures.find(conn, tenant, request.event.retried_event_id)
    if failure is None or failure.customer_key != state.key:
        return
    loaded = await load_cause(conn, codec, tenant=tenant, event_seq=failure.event_seq, rule_key=failure.rule_key)
    if loaded is None:
        return
    cause, rule, seq = CausingEvent(loaded.stored, loaded.event, state.key), loaded.rule, loaded.stored.seq
    points, order = rule_points(rule, cause.event), None
    if cause.event.order_id:
        order = await _order(conn, batch, cause)
        if order is None or not order.is_standing:
            return
        points = await _missing_points(conn, batch, cause, rule, order=order)
    if seq not in batch.lot_counts:
        batch.lot_counts[seq] = await lots.count(conn, seq)
    accrual.retry(
        batch,
        cause,
        RuleMatch(rule, points, is_test=False),
        state=state,
        economy=index.economy(order.placed_at if order else cause.at_us, cause.event.currency),
        indexes=json.loads(failure.fulfilments),
        retry_seq=request.stored.seq,
        order=order,
    )
    batch.mark_changed(state)


async def _order(conn: AsyncConnection, batch: AssessmentBatch, cause: CausingEvent) -> StoredOrder | None:
    """The order of an event, as the batch leaves it."""
    name = order_name(cause)
    for row in await orders.find(conn, cause.stored.tenant_id, [name.order_id]):
        if (row.customer_key, row.name_space) == (name.customer_key, name.name_space):
            return batch.orders.get(row.key, row)
    return next((row for row in batch.orders.values() if row[2:5] == tuple(name)), None)


async def _missing_points(
    conn: AsyncConnection, batch: AssessmentBatch, cause: CausingEvent, rule: LoyaltyRule, *, order: StoredOrder
) -> int:
    """Points that a rule still owes an order; stored with it as given."""
    if order.newest_seq != cause.stored.seq:
        return 0
    points, name = rule_points(rule, cause.event), (order.key, rule.key)
    stored = (await assessments.points_of(conn, [order.key])).get(order.key, {})
    booked = batch.changed_assessments[name].points if name in batch.changed_assessments else stored.get(rule.key, 0)
    match = RuleMatch(rule, points, is_test=False)
    batch.changed_assessments[name] = assessment_row(batch, cause, match, event_seq=order.key)
    return max(0, points - max(0, booked))
