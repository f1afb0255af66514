"""Point-in-time customer states, rebuilt from the events of the log.

Counters and spend are those of the time. Profile, segments and points, which no event holds, are today's.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.customer_state import CustomerState, new_customer
from tidings_server.loyalty.events import EARNING_KINDS, EventKind, LoyaltyEvent
from tidings_server.loyalty.money import scaled
from tidings_server.loyalty.store import customers as customer_store
from tidings_server.loyalty.store.customers import SegmentMembership, StoredCustomer
from tidings_server.platform.errors import LimitExceeded

MAX_CUSTOMERS: Final = 100_000
"""Customers that one backtest holds in memory, about a kilobyte each."""


class PointInTimeStates:
    """States of a tenant's customers while its events are replayed, in order."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._states: dict[str, CustomerState] = {}
        self._spend: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._reversed: set[tuple[str, str]] = set()

    async def load_customers(self, conn: AsyncConnection, customers: Collection[str], *, at_us: int) -> None:
        """Read the customers of a chunk of events. Raises LimitExceeded beyond MAX_CUSTOMERS."""
        unknown = [customer_id for customer_id in customers if customer_id not in self._states]
        if len(self._states) + len(unknown) > MAX_CUSTOMERS:
            raise LimitExceeded(f"Looking back over more than {MAX_CUSTOMERS:,} customers; name a shorter range.")
        stored = {row.id: row for row in await customer_store.find(conn, self._tenant, unknown)}
        for customer_id in unknown:
            row = stored.get(customer_id) or new_customer(self._tenant, customer_id, key=0, at_us=at_us)
            self._states[customer_id] = CustomerState(row._replace(lifetime_spend=0, annual_spend=0, spend_year=0))
        await self._load_segments(conn, stored.values())

    def state(self, customer_id: str) -> CustomerState:
        """A customer's state before the next event."""
        return self._states[customer_id]

    def admit(self, event: LoyaltyEvent, at_us: int) -> bool:
        """Whether the next event is assessed: it is no reversal, and its order was not reversed before.

        Remembers the spend of orders, and subtracts it once where one is reversed. To be called once an event.
        """
        if event.is_reversal:
            self._reverse(event)
            return False
        if event.order_id:
            order = event.customer_id, event.order_id
            if order in self._reversed:
                return False
            if event.customer_id in self._states:
                self._spend.setdefault(order, []).append((scaled(event.amount), at_us))
        return event.kind in EARNING_KINDS or event.kind is EventKind.BASKET

    def count(self, event: LoyaltyEvent, at_us: int) -> None:
        """Count an admitted event that the backtest does not assess."""
        if event.kind in EARNING_KINDS:
            state = self.state(event.customer_id)
            state.roll_spend_year(at_us)
            state.count(event.kind, event.name_space, value=scaled(event.amount), at_us=at_us)

    def _reverse(self, event: LoyaltyEvent) -> None:
        order = event.customer_id, event.order_id
        self._reversed.add(order)
        for spend, spent_at_us in self._spend.pop(order, ()):
            self._states[event.customer_id].subtract_spend(spend, spent_at_us=spent_at_us)

    async def _load_segments(self, conn: AsyncConnection, rows: Collection[StoredCustomer]) -> None:
        by_key = {row.key: row.id for row in rows}
        memberships: Sequence[SegmentMembership] = await customer_store.segments(conn, list(by_key))
        for membership in memberships:
            state = self._states[by_key[membership.customer_key]]
            state.segments[membership.segment] = membership
