"""Orders: what one has been given, however many events tell of it, and what a later event tells of it.

Source: WIRE.md 003 (c), orders that come again; docs/loyalty-orders.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.order_facts import OrderFacts, order_facts
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.store.orders import StoredOrder

NO_MATCH: Final = -1
"""In place of points: the rule has matched the order once, and does so no longer."""


class OrderName(NamedTuple):
    """Name of an order: its customer, namespace and id."""

    customer_key: int
    name_space: str
    order_id: str


class ReceivedState(NamedTuple):
    """News of an order in an event: a newer state, an earlier time of the order itself, both or neither."""

    is_newer: bool
    is_earlier: bool


@dataclass(slots=True)
class Order:
    """An order while a batch is planned. `booked` are the points by the key of each rule that has ever matched it."""

    row: StoredOrder
    is_new: bool = False
    booked: dict[int, int] = field(default_factory=dict)
    facts: OrderFacts = field(default_factory=OrderFacts)

    @property
    def name(self) -> OrderName:
        """Name of the order."""
        return OrderName(self.row.customer_key, self.row.name_space, self.row.order_id)

    @property
    def packed(self) -> StoredOrder:
        """The row to be stored."""
        return self.row._replace(facts=None if self.row.assessed_at is None else self.facts.packed())

    def receive(self, cause: CausingEvent) -> ReceivedState:
        """Take notice of an event, which comes after all that were received before."""
        stated_at = _stated_at(cause)
        is_newer = self.is_new or stated_at >= self.row.stated_at
        is_earlier = cause.at_us < self.row.placed_at
        if is_newer:
            self.row = self.row._replace(newest_seq=cause.stored.seq, stated_at=stated_at)
        if is_earlier:
            self.facts.forget_times()
        self.is_new = False
        return ReceivedState(is_newer, is_earlier)

    def take_out(self, state: CustomerState) -> None:
        """Take the order out of its customer's spend and counters."""
        if self.row.is_standing:
            row = self.row
            at_us, currency = row.placed_at, row.currency or ""
            state.count(EventKind.ORDER, row.name_space, value=-row.spend, at_us=at_us, currency=currency, events=-1)
        self.row = self.row._replace(is_standing=False, spend=0)


def stored_order(row: StoredOrder, booked: Mapping[int, int]) -> Order:
    """An order as it was read."""
    facts = OrderFacts() if row.assessed_at is None else order_facts(row.facts)
    return Order(row, booked=dict(booked), facts=facts)


def new_order(cause: CausingEvent) -> Order:
    """The order that an event begins."""
    seq, name = cause.stored.seq, order_name(cause)
    return Order(StoredOrder(seq, cause.stored.tenant_id, *name, seq, _stated_at(cause), cause.at_us), is_new=True)


def order_name(cause: CausingEvent) -> OrderName:
    """Name of the order of an event."""
    return OrderName(cause.customer_key, cause.event.name_space, cause.event.order_id)


def _stated_at(cause: CausingEvent) -> int:
    """Instant at which the order came to be in the state that an event tells: never in the future."""
    stated_at = cause.event.stated_at
    return cause.at_us if stated_at is None else min(stated_at, cause.stored.recorded_at)
