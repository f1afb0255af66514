"""Point-in-time customer states, rebuilt from the events of the log.

Counters and spend are those of the time. Profile, segments and points, which no event holds, are today's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.customer_state import CustomerState, new_customer
from tidings_server.loyalty.assessment.order_facts import OrderFacts
from tidings_server.loyalty.events import EventKind, LoyaltyEvent
from tidings_server.loyalty.store import customers as customer_store
from tidings_server.loyalty.store.customers import SegmentMembership, StoredCustomer
from tidings_server.platform.errors import LimitExceeded

MAX_ORDERS: Final = 500_000
"""Orders that one backtest holds in memory, about half a kilobyte each."""
MAX_CUSTOMERS: Final = 100_000
"""Customers that one backtest holds in memory, about a kilobyte each."""


@dataclass(slots=True)
class PastOrder:
    """An order as the events so far have left it.

    `points` are those of the rule, None where it does not match; they count on `day`, in days since 1970.
    """

    stated_at: int = -1
    placed_at: int = 0
    is_standing: bool = False
    is_final: bool = False
    spend: int = 0
    currency: str = ""
    points: int | None = None
    day: int = 0
    facts: OrderFacts | None = None


class PointInTimeStates:
    """States of a tenant's customers while its events are replayed, in order."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._states: dict[str, CustomerState] = {}
        self._orders: dict[tuple[str, str], dict[str, PastOrder]] = {}
        self._order_count = 0

    async def load_customers(self, conn: AsyncConnection, customers: Collection[str], *, at_us: int) -> None:
        """Read the customers of a chunk of events. Raises LimitExceeded beyond MAX_CUSTOMERS."""
        unknown = [customer_id for customer_id in customers if customer_id not in self._states]
        if len(self._states) + len(unknown) > MAX_CUSTOMERS:
            raise LimitExceeded(f"Looking back over more than {MAX_CUSTOMERS:,} customers; name a shorter range.")
        stored = {row.id: row for row in await customer_store.find(conn, self._tenant, unknown)}
        for customer_id in unknown:
            row = stored.get(customer_id) or new_customer(self._tenant, customer_id, key=0, at_us=at_us)
            state = CustomerState(row._replace(lifetime_spend=0, annual_spend=0, spend_year=0, currency=None))
            state.spend_days = {}
            self._states[customer_id] = state
        await self._load_segments(conn, stored.values())

    def state(self, customer_id: str) -> CustomerState:
        """A customer's state before the next event."""
        return self._states[customer_id]

    def order(self, event: LoyaltyEvent) -> "PastOrder":
        """State of an event's order after the events before. Raises LimitExceeded beyond MAX_ORDERS."""
        same_id = self._orders.setdefault((event.customer_id, event.order_id), {})
        if event.name_space not in same_id:
            self._order_count += 1
            if self._order_count > MAX_ORDERS:
                raise LimitExceeded(f"Looking back over more than {MAX_ORDERS:,} orders; name a shorter range.")
            same_id[event.name_space] = PastOrder()
        return same_id[event.name_space]

    def reverse(self, event: LoyaltyEvent) -> list["PastOrder"]:
        """The orders that a reversal by the call takes back: those of its namespace, or all of its id."""
        same_id = self._orders.get((event.customer_id, event.order_id), {})
        return [order for name_space, order in same_id.items() if event.name_space in ("", name_space)]

    def take_out(self, order: "PastOrder", state: CustomerState, name_space: str) -> None:
        """Take an order out of the spend and the counters."""
        if order.is_standing:
            at_us, currency = order.placed_at, order.currency
            state.count(EventKind.ORDER, name_space, value=-order.spend, at_us=at_us, currency=currency, events=-1)
        order.is_standing, order.spend = False, 0

    async def _load_segments(self, conn: AsyncConnection, rows: Collection[StoredCustomer]) -> None:
        by_key = {row.key: row.id for row in rows}
        memberships: Sequence[SegmentMembership] = await customer_store.segments(conn, list(by_key))
        for membership in memberships:
            state = self._states[by_key[membership.customer_key]]
            state.segments[membership.segment] = membership
