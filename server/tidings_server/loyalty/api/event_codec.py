"""What core asks this dialect for: events opened, what conditions see, and the bodies of events that Tidings makes."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tidings.loyalty.v1 import events_pb2 as pb
from tidings.loyalty.v1 import rules_pb2
from tidings_server.loyalty.api import event_messages
from tidings_server.loyalty.api.numbers import decimal
from tidings_server.loyalty.assessment.condition_context import Counters, CustomerFacts
from tidings_server.loyalty.event_codec import FulfilmentFailed, PointsMoved
from tidings_server.loyalty.events import KINDS, Kind, Line, LoyaltyEvent
from tidings_server.loyalty.rules.language import Language
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.storage.log.records import StoredEvent


def loyalty_language() -> Language:
    """The language of conditions, which are typed by the contract's messages."""
    return Language(pb.Event.DESCRIPTOR.file.pool)


class LoyaltyMessages:
    """The ports `LoyaltyBodies`, `FactsAsMessages` and `PastBodies` of core."""

    def read(self, event: StoredEvent) -> LoyaltyEvent:
        """What a loyalty event says."""
        return self.past(event.type or "", event.body)

    def past(self, kind: str, body: bytes) -> LoyaltyEvent:
        """The same by what the log holds in `type` and `body`."""
        message = pb.Event.FromString(body)
        read = _READERS.get(kind)
        told = read(message) if read else {}
        return LoyaltyEvent(KINDS[kind], message.customer_id, message.name_space, message, **told)

    def lines(self, event: LoyaltyEvent) -> tuple[Line, ...]:
        """The lines of a basket."""
        message = cast("pb.Event", event.message)
        return tuple(map(_line, message.basket.basket_items))

    def customer(self, facts: CustomerFacts) -> Message:
        """The variable `customer` of conditions."""
        seconds, micros = divmod(facts.created_at_us, 1_000_000)
        return rules_pb2.CustomerFacts(
            id=facts.id,
            external_reference=facts.external_reference,
            email_address=facts.email_address,
            years_since_joining=facts.years_since_joining,
            lifetime_spend=facts.lifetime_spend,
            annual_spend=facts.annual_spend,
            balance=facts.balance,
            segments=facts.segments,
            attributes=facts.attributes,
            is_locked=facts.is_locked,
            created_at=Timestamp(seconds=seconds, nanos=micros * 1_000),
        )

    def counters(self, counters: Counters) -> Message:
        """The variable `counters` of conditions."""
        return rules_pb2.Counters(
            nth=counters.nth,
            within=counters.within,
            since=counters.since,
            lifetime_value=counters.lifetime_value,
            lifetime_value_before=counters.lifetime_value_before,
            lifetime_spend=counters.lifetime_spend,
            lifetime_spend_before=counters.lifetime_spend_before,
        )

    def points(self, moved: PointsMoved) -> bytes:
        """The body of points.earned, points.redeemed and points.expired."""
        message = _made(moved.event_id, moved.customer_id, moved.at_us)
        message.points.quantity = moved.points
        message.points.source_event_id = moved.cause
        message.points.by_rule.update(moved.by_rule)
        message.points.balance = moved.balance
        return message.SerializeToString(deterministic=True)

    def error_action(self, failed: FulfilmentFailed) -> bytes:
        """The body of an event that tells of failed fulfilments."""
        source = failed.source
        message = _made(failed.event_id, source.root_id or "", failed.at_us)
        message.name_space = source.name or ""
        message.error_action.event.ParseFromString(source.body)
        message.error_action.rule_id = failed.rule_id
        message.error_action.rule_name = failed.rule_name
        message.error_action.message = failed.reason
        return message.SerializeToString(deterministic=True)

    def reversal(self, *, event_id: str, customer_id: str, order_id: str, at_us: int) -> bytes:
        """The body of an event that takes an order back."""
        message = _made(event_id, customer_id, at_us)
        message.reversal.order_id = order_id
        return message.SerializeToString(deterministic=True)

    def retry(self, *, event_id: str, customer_id: str, retried_event_id: str, at_us: int) -> bytes:
        """The body of an event that has failed fulfilments tried again."""
        message = _made(event_id, customer_id, at_us)
        message.retry.event_id = retried_event_id
        return message.SerializeToString(deterministic=True)

    def as_json(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event as REST prints it."""
        return event_messages.body_of(event)


def _made(event_id: str, customer_id: str, at_us: int) -> pb.Event:
    return pb.Event(event_id=event_id, customer_id=customer_id, created_at=rfc3339_ms(at_us))


def _action(message: pb.Event) -> dict[str, Any]:
    return {"amount": decimal(message.action.amount)}


def _order(message: pb.Event) -> dict[str, Any]:
    order = message.order
    return {
        "amount": decimal(order.total),
        "eligible": decimal(order.rewards_eligible_total),
        "order_id": order.order_id,
        "order_status": order.order_status,
    }


def _transaction(message: pb.Event) -> dict[str, Any]:
    return {"amount": decimal(message.transaction.total)}


def _basket(message: pb.Event) -> dict[str, Any]:
    return {
        "amount": decimal(message.basket.basket_total),
        "eligible": decimal(message.basket.rewards_eligible_total),
    }


def _line(item: pb.BasketItem) -> Line:
    """A line of a basket; its number stands for an id that it does not have."""
    named = item.basket_item_id or (str(item.order_line_id) if item.HasField("order_line_id") else "")
    return Line(named, item.sku, item.product_id, item.vendor, tuple(item.tags))


def _reversal(message: pb.Event) -> dict[str, Any]:
    return {"order_id": message.reversal.order_id}


def _retry(message: pb.Event) -> dict[str, Any]:
    return {"retried_event_id": message.retry.event_id}


_READERS: Final[Mapping[str, Callable[[pb.Event], dict[str, Any]]]] = {
    Kind.ACTION: _action,
    Kind.BASKET: _basket,
    Kind.ORDER: _order,
    Kind.TRANSACTION: _transaction,
    Kind.REVERSAL: _reversal,
    Kind.RETRY: _retry,
}
"""What core needs to know of each kind of event."""
