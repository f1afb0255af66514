"""The event service of document 003: five calls, in the document's order."""

from typing import Final

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import events_pb2_grpc
from tidings_server.log.events import EventLog
from tidings_server.loyalty.api import event_messages
from tidings_server.loyalty.api.event_messages import EventBlock
from tidings_server.loyalty.assessment.baskets import BasketOutcome, Baskets
from tidings_server.loyalty.fulfilment.failures import FulfilmentFailures
from tidings_server.loyalty.ledger.redemptions import Redemptions
from tidings_server.loyalty.rules.fulfilments import PRODUCT_DISCOUNTS, FulfilmentType
from tidings_server.platform.clock import Clock
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.rpc.whole_numbers import int32
from tidings_server.storage.log.records import EventRecord

OUTCOMES: Final = {
    FulfilmentType.POINTS_FLAT: "PointsPotential",
    FulfilmentType.VOUCHER: "Voucher",
    FulfilmentType.BASKET_DISCOUNT_PERCENT: "BasketDiscountPercent",
    FulfilmentType.BASKET_DISCOUNT_AMOUNT: "BasketDiscountAmount",
    FulfilmentType.DELIVERY_DISCOUNT_PERCENT: "DeliveryDiscountPercent",
    FulfilmentType.DELIVERY_DISCOUNT_AMOUNT: "DeliveryDiscountAmount",
    FulfilmentType.PRODUCT_DISCOUNT_PERCENT: "ProductDiscountPercent",
    FulfilmentType.PRODUCT_DISCOUNT_AMOUNT: "ProductDiscountAmount",
}
"""Outcome types of fulfilments; all points of a rule are one outcome. Source: WIRE.md 003 (c)."""


class LoyaltyEventService(events_pb2_grpc.EventServiceServicer):
    """Events of the customers of the caller's tenant."""

    def __init__(
        self,
        events: EventLog,
        *,
        baskets: Baskets,
        redemptions: Redemptions,
        failures: FulfilmentFailures,
        clock: Clock,
    ) -> None:
        self._events = events
        self._baskets = baskets
        self._redemptions = redemptions
        self._failures = failures
        self._clock = clock

    async def CreateAction(self, request: pb.CreateActionRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, event_messages.ACTION, context)

    async def AssessBasket(self, request: pb.AssessBasketRequest, context: Context) -> pb.BasketResult:
        result = await self._baskets.assess(await self._load(request.event, event_messages.BASKET, context))
        return pb.BasketResult(
            event_id=result.event_id,
            customer_id=result.customer_id,
            tenant_id=scope_of(context).tenant_id,
            is_existing=result.is_existing,
            outcomes=map(dump_outcome, result.outcomes.listed),
            has_more=result.outcomes.has_more or None,
        )

    async def CreateOrder(self, request: pb.CreateOrderRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, event_messages.ORDER, context)

    async def CreateTransaction(self, request: pb.CreateTransactionRequest, context: Context) -> pb.EventResult:
        return await self._store(request.event, event_messages.TRANSACTION, context)

    async def CreateRedemption(self, request: pb.CreateRedemptionRequest, context: Context) -> pb.RedemptionResult:
        record = await self._load(request.event, event_messages.REDEMPTION, context)
        redemption = request.event.redemption
        result = await self._redemptions.redeem(
            record,
            customer_id=request.event.customer_id,
            quantity=redemption.quantity,
            is_hold=redemption.hold,
            reference=redemption.external_reference,
        )
        return pb.RedemptionResult(
            starting_balance=int32(result.starting_balance),
            pending_balance=int32(result.pending_balance),
            event_id=result.event_id,
            customer_id=result.customer_id,
            tenant_id=scope_of(context).tenant_id,
            is_existing=result.is_existing,
        )

    async def _store(self, event: pb.NewEvent, block: EventBlock, context: Context) -> pb.EventResult:
        """Store an event for the consumer. A repeat retries its failed fulfilments, and does nothing twice."""
        scope = scope_of(context)
        record = await self._load(event, block, context)
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

    async def _load(self, event: pb.NewEvent, block: EventBlock, context: Context) -> EventRecord:
        scope, now_us = scope_of(context), self._clock.now_us()
        return await off_loop(
            lambda: event_messages.load(event, block, scope, now_us=now_us), tenant=scope.tenant, size=event.ByteSize()
        )


def dump_outcome(outcome: BasketOutcome) -> pb.Outcome:
    """The outcome as a message."""
    has_items = outcome.type in PRODUCT_DISCOUNTS
    return pb.Outcome(
        rule_id=outcome.rule_id,
        rule_name=outcome.rule_name,
        type=OUTCOMES[outcome.type],
        value=float(outcome.value),
        code=outcome.code or None,
        items=pb.DiscountedItems(basket_item_ids=outcome.item_ids) if has_items else None,
    )
