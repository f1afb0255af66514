"""EventService of document 003: five calls, in the document's order."""

from decimal import Decimal
from typing import Final

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import events_pb2_grpc
from tidings_server.api import loyalty_events
from tidings_server.api.loyalty_events import Block
from tidings_server.api.metadata import Context, scope_of
from tidings_server.clock import Clock
from tidings_server.core.events import EventLog
from tidings_server.core.loyalty.baskets import BasketOutcome, Baskets
from tidings_server.core.loyalty.failures import Failures
from tidings_server.core.loyalty.redemptions import Redemptions
from tidings_server.store.records import EventRecord

OUTCOMES: Final = {
    "POINTS_FLAT": "PointsPotential",
    "POINTS_PER_UNIT": "PointsPotential",
    "VOUCHER": "Voucher",
    "BASKET_DISCOUNT_PERCENT": "BasketDiscountPercent",
    "BASKET_DISCOUNT_AMOUNT": "BasketDiscountAmount",
    "DELIVERY_DISCOUNT_PERCENT": "DeliveryDiscountPercent",
    "DELIVERY_DISCOUNT_AMOUNT": "DeliveryDiscountAmount",
    "PRODUCT_DISCOUNT_PERCENT": "ProductDiscountPercent",
    "PRODUCT_DISCOUNT_AMOUNT": "ProductDiscountAmount",
}
"""What each fulfilment is as an outcome. Source: WIRE.md 003 (c)."""


class EventService(events_pb2_grpc.EventServiceServicer):
    """Events of the caller's customers."""

    def __init__(
        self, events: EventLog, baskets: Baskets, redemptions: Redemptions, failures: Failures, *, clock: Clock
    ) -> None:
        self._events = events
        self._baskets = baskets
        self._redemptions = redemptions
        self._failures = failures
        self._clock = clock

    async def CreateAction(self, request: pb.CreateActionRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, loyalty_events.ACTION, context)

    async def AssessBasket(self, request: pb.AssessBasketRequest, context: Context) -> pb.BasketResult:
        scope = scope_of(context)
        record = self._load(request.event, loyalty_events.BASKET, context)
        answer = await self._baskets.assess(scope, record)
        return pb.BasketResult(
            event_id=answer.event_id,
            customer_id=answer.customer_id,
            tenant_id=scope.tenant_id,
            is_existing=answer.is_existing,
            outcomes=map(_dump_outcome, answer.outcomes),
        )

    async def CreateOrder(self, request: pb.CreateOrderRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, loyalty_events.ORDER, context)

    async def CreateTransaction(self, request: pb.CreateTransactionRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, loyalty_events.TRANSACTION, context)

    async def CreateRedemption(self, request: pb.CreateRedemptionRequest, context: Context) -> pb.RedemptionResult:
        scope, redemption = scope_of(context), request.event.redemption
        record = self._load(request.event, loyalty_events.REDEMPTION, context)
        answer = await self._redemptions.redeem(
            scope,
            record,
            customer_id=request.event.customer_id,
            quantity=redemption.quantity,
            is_hold=redemption.hold,
            external_reference=redemption.external_reference,
        )
        return pb.RedemptionResult(
            starting_balance=answer.starting_balance,
            pending_balance=answer.pending_balance,
            event_id=answer.event_id,
            customer_id=answer.customer_id,
            tenant_id=scope.tenant_id,
            is_existing=answer.is_existing,
        )

    async def _store(self, event: pb.NewEvent, block: Block, context: Context) -> pb.EventResult:
        """Stores an event to be assessed in its turn. A repeat resumes what failed of it, and does nothing twice."""
        scope = scope_of(context)
        record = self._load(event, block, context)
        [appended] = await self._events.append([record], first_wins=True)
        first = appended.existing
        if first is not None:
            await self._failures.resume(scope, first.event_id)
        return pb.EventResult(
            event_id=record.event_id,
            customer_id=(first or record).root_id or "",
            tenant_id=scope.tenant_id,
            is_existing=first is not None,
        )

    def _load(self, event: pb.NewEvent, block: Block, context: Context) -> EventRecord:
        return loyalty_events.load(event, block, scope_of(context), now_us=self._clock.now_us())


def _dump_outcome(outcome: BasketOutcome) -> pb.Outcome:
    message = pb.Outcome(
        rule_id=outcome.rule_id,
        rule_name=outcome.rule_name,
        type=OUTCOMES[outcome.type],
        value=float(outcome.value or Decimal(0)),
    )
    if outcome.code:
        message.code = outcome.code
    if outcome.items is not None:
        message.items.basket_item_ids.extend(outcome.items)
    return message
