"""The port to the event codec: decoding loyalty events, and encoding the bodies of those that Tidings creates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tidings_server.loyalty.events import BasketLine, LoyaltyEvent
from tidings_server.storage.log.records import StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsMoved:
    """Body of points.earned, .redeemed, .expired, .reversed (taken back) and .returned (redeemed ones that come back).

    `points` is their number, `by_rule` the points of each rule by its id, `balance` the points remaining in all lots
    without those held. `cause` is the id of the causing event, empty for points that expired.
    """

    event_id: str
    customer_id: str
    at_us: int
    points: int
    balance: int
    cause: str = ""
    by_rule: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentFailed:
    """Body of an errorAction event: the rule that failed for the event `source`, and the reason."""

    event_id: str
    customer_id: str
    rule_id: str
    rule_name: str
    reason: str
    at_us: int
    source: StoredEvent


class LoyaltyEventCodec(Protocol):
    """Decodes and encodes event bodies. `api` implements it, the only floor that knows protobuf."""

    def decode(self, event: StoredEvent) -> LoyaltyEvent:
        """The event in a row of the log."""
        ...

    def basket_lines(self, event: LoyaltyEvent) -> tuple[BasketLine, ...]:
        """The lines of a basket."""
        ...

    def encode_points(self, moved: PointsMoved) -> bytes: ...

    def encode_error_action(self, failed: FulfilmentFailed) -> bytes: ...

    def encode_reversal(
        self, *, event_id: str, customer_id: str, name_space: str, order_id: str, at_us: int
    ) -> bytes: ...

    def encode_retry(self, *, event_id: str, customer_id: str, retried_event_id: str, at_us: int) -> bytes: ...

    def as_json(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event as REST prints it, for templates and webhooks."""
        ...
