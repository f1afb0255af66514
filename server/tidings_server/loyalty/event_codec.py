"""What loyalty asks its dialect for: events opened, and the bodies of the events that Tidings makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tidings_server.loyalty.events import Line, LoyaltyEvent
from tidings_server.storage.log.records import StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsMoved:
    """The body of points.earned, points.redeemed and points.expired.

    `points` is how many; `by_rule` how many each rule gave, by its id; `balance` what is left of all
    lots after it, without what is held. `cause` is the id of the event that moved them, empty for points that expired.
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
    """The body of an errorAction event: which rule failed for which event, and why."""

    event_id: str
    customer_id: str
    rule_id: str
    rule_name: str
    reason: str
    at_us: int
    source: StoredEvent


class LoyaltyBodies(Protocol):
    """The port; `api/` implements it, since only it knows protobuf."""

    def read(self, event: StoredEvent) -> LoyaltyEvent:
        """What a loyalty event says."""
        ...

    def lines(self, event: LoyaltyEvent) -> tuple[Line, ...]:
        """The lines of a basket."""
        ...

    def points(self, moved: PointsMoved) -> bytes: ...

    def error_action(self, failed: FulfilmentFailed) -> bytes: ...

    def reversal(self, *, event_id: str, customer_id: str, order_id: str, at_us: int) -> bytes: ...

    def retry(self, *, event_id: str, customer_id: str, retried_event_id: str, at_us: int) -> bytes: ...

    def as_json(self, event: StoredEvent) -> Mapping[str, Any]:
        """The event as its REST answer spells it: what a webhook is sent."""
        ...
