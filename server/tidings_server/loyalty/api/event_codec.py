"""The event codec over protobuf: decoding events, encoding derived ones, and the variables of conditions."""

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import rules_pb2
from tidings_server.loyalty.api import event_messages
from tidings_server.loyalty.api.numbers import decimal
from tidings_server.loyalty.assessment.condition_context import CountersContext, CustomerContext
from tidings_server.loyalty.event_codec import FulfilmentFailed, PointsMoved
from tidings_server.loyalty.events import EVENT_KINDS, BasketLine, EventKind, LoyaltyEvent
from tidings_server.loyalty.money import SCALE
from tidings_server.loyalty.rules.condition_language import ConditionLanguage
from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.rpc.whole_numbers import int32
from tidings_server.storage.log.records import StoredEvent


def condition_language() -> ConditionLanguage:
    """The condition language, typed by the contract's messages."""
    return ConditionLanguage(pb.Event.DESCRIPTOR.file.pool)


class ProtobufEventCodec:
    """Implements the ports `LoyaltyEventCodec`, `ConditionMessages` and `PastEventDecoder`."""

    def decode(self, event: StoredEvent) -> LoyaltyEvent:
        """The event in a row of the log."""
        return self.decode_body(event.type or "", event.body)

    def decode_body(self, kind: str, body: bytes) -> LoyaltyEvent:
        """The event with this `type` and `body` in the log."""
        message = pb.Event.FromString(body)
        read = _READERS.get(kind)
        fields = {"name_space": message.name_space, **(read(message) if read else {})}
        return LoyaltyEvent(EVENT_KINDS[kind], message.customer_id, message=message, **fields)

    def basket_lines(self, event: LoyaltyEvent) -> tuple[BasketLine, ...]:
        """The lines of a basket."""
        message = cast("pb.Event", event.message)
        return tuple(map(_line, message.basket.basket_items))

    def customer(self, context: CustomerContext) -> Message:
        """The variable `customer` of conditions."""
        seconds, micros = divmod(context.created_at_us, 1_000_000)
        return rules_pb2.CustomerFacts(
            id=context.id,
            external_reference=context.external_reference,
            email_address=context.email_address,
            years_since_joining=context.years_since_joining,
            lifetime_spend=context.lifetime_spend,
            annual_spend=context.annual_spend,
            balance=context.balance,
            segments=context.segments,
            attributes=context.attributes,
            is_locked=context.is_locked,
            created_at=Timestamp(seconds=seconds, nanos=micros * 1_000),
        )

    def counters(self, context: CountersContext) -> Message:
        """The variable `counters` of conditions."""
        return rules_pb2.Counters(
            nth=context.nth,
            within=context.within,
            since=context.since,
            lifetime_value=context.lifetime_value,
            lifetime_value_before=context.lifetime_value_before,
            lifetime_spend=context.lifetime_spend,
            lifetime_spend_before=context.lifetime_spend_before,
        )

    def encode_points(self, moved: PointsMoved) -> bytes:
        """The body of an event of `points.*`: sums that a row makes too large are the nearest that it holds."""
        message = _event(moved.event_id, moved.customer_id, moved.at_us)
        message.points.quantity = int32(moved.points)
        message.points.source_event_id = moved.cause
        message.points.by_rule.update({rule: int32(points) for rule, points in moved.by_rule.items()})
        message.points.balance = int32(moved.balance)
        return message.SerializeToString(deterministic=True)

    def encode_error_action(self, failed: FulfilmentFailed) -> bytes:
        """The body of an errorAction event."""
        source = failed.source
        message = _event(failed.event_id, source.root_id or "", failed.at_us)
        message.name_space = source.name or ""
        message.error_action.event.ParseFromString(source.body)
        message.error_action.rule_id = failed.rule_id
        message.error_action.rule_name = failed.rule_name
        message.error_action.message = failed.reason
        return message.SerializeToString(deterministic=True)

    def encode_reversal(self, *, event_id: str, customer_id: str, name_space: str, order_id: str, at_us: int) -> bytes:
        """The body of an event that reverses an order."""
        message = _event(event_id, customer_id, at_us)
        message.reversal.order_id = order_id
        message.reversal.name_space = name_space
        return message.SerializeToString(deterministic=True)

    def encode_retry(self, *, event_id: str, customer_id: str, retried_event_id: str, at_us: int) -> bytes:
        """The body of an event that retries failed fulfilments."""
        message = _event(event_id, customer_id, at_us)
        message.retry.event_id = retried_event_id
        return message.SerializeToString(deterministic=True)

    def as_json(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event as REST prints it."""
        return event_messages.body_of(event)


def _event(event_id: str, customer_id: str, at_us: int) -> pb.Event:
    return pb.Event(event_id=event_id, customer_id=customer_id, created_at=rfc3339_ms(at_us))


def _action(message: pb.Event) -> dict[str, Any]:
    return {"amount": decimal(message.action.amount)}


def _order(message: pb.Event) -> dict[str, Any]:
    order = message.order
    if order.refunded_total:
        _subtract_refund(order)
    return {
        "amount": decimal(order.total),
        "eligible": decimal(order.rewards_eligible_total),
        "currency": order.currency_code,
        "order_id": order.order_id,
        "order_status": order.order_status,
        "financial_status": order.financial_status,
        "stated_at": parse_rfc3339(message.updated_at) if message.updated_at else None,
    }


def _subtract_refund(order: pb.Order) -> None:
    """Reduce the totals to what is left of the order; the part that counts for points in proportion."""
    total, refunded = decimal(order.total), decimal(order.refunded_total)
    left = max(Decimal(0), total - refunded)
    order.total = float(left)
    if order.rewards_eligible_total and total:
        eligible = decimal(order.rewards_eligible_total) * left / total
        order.rewards_eligible_total = float(eligible.quantize(Decimal(1) / SCALE, rounding=ROUND_FLOOR))


def _transaction(message: pb.Event) -> dict[str, Any]:
    return {"amount": decimal(message.transaction.total), "currency": message.transaction.currency_code}


def _basket(message: pb.Event) -> dict[str, Any]:
    return {
        "amount": decimal(message.basket.basket_total),
        "eligible": decimal(message.basket.rewards_eligible_total),
        "currency": message.basket.currency_code,
    }


def _line(item: pb.BasketItem) -> BasketLine:
    """A line of a basket; one without an id is named by its number."""
    named = item.basket_item_id or (str(item.order_line_id) if item.HasField("order_line_id") else "")
    return BasketLine(named, item.sku, item.product_id, item.vendor, tuple(item.tags))


def _reversal(message: pb.Event) -> dict[str, Any]:
    return {"order_id": message.reversal.order_id, "name_space": message.reversal.name_space}


def _retry(message: pb.Event) -> dict[str, Any]:
    return {"retried_event_id": message.retry.event_id}


_READERS: Final[Mapping[str, Callable[[pb.Event], dict[str, Any]]]] = {
    EventKind.ACTION: _action,
    EventKind.BASKET: _basket,
    EventKind.ORDER: _order,
    EventKind.TRANSACTION: _transaction,
    EventKind.REVERSAL: _reversal,
    EventKind.RETRY: _retry,
}
"""Readers of the fields that the domain needs, by kind."""
