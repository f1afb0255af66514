"""Retries of failed fulfilments, in their customer's order. Fulfilments that succeeded are not repeated."""

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.accrual import Accrual
from tidings_server.loyalty.assessment.assessor import RuleMatch, rule_points
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.fulfilment.causes import load_cause
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.store import fulfilment_failures, lots, orders


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
    """Retry the failure that the event `request` names. An order that was reversed since earns nothing."""
    tenant = request.stored.tenant_id
    failure = await fulfilment_failures.find(conn, tenant, request.event.retried_event_id)
    if failure is None or failure.customer_key != state.key:
        return
    loaded = await load_cause(conn, codec, tenant=tenant, event_seq=failure.event_seq, rule_key=failure.rule_key)
    if loaded is None:
        return
    cause, rule, seq = CausingEvent(loaded.stored, loaded.event, state.key), loaded.rule, loaded.stored.seq
    order_id = cause.event.order_id
    if order_id and await orders.is_reversed(conn, tenant, order_id, customer_key=state.key):
        return
    if seq not in batch.lot_counts:
        batch.lot_counts[seq] = await lots.count(conn, seq)
    accrual.retry(
        batch,
        cause,
        RuleMatch(rule, rule_points(rule, cause.event), is_test=False),
        state=state,
        economy=index.economy(cause.stored.recorded_at),
        indexes=json.loads(failure.fulfilments),
        retry_seq=request.stored.seq,
    )
    batch.mark_changed(state)
