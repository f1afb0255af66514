"""Customers as they stood in the past, made again from the events of the log alone.

Counters and spend are those of the time. What no event tells, profile, segments and points, is what it is today.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.assessment.customer_state import Standing, new_customer
from tidings_server.loyalty.events import ASSESSED, Kind, LoyaltyEvent
from tidings_server.loyalty.money import scaled
from tidings_server.loyalty.store import customers as loyalty_accounts
from tidings_server.platform.errors import LimitExceeded

MAX_CUSTOMERS: Final = 100_000
"""Customers that one look back holds in memory, about a kilobyte each."""


class Hindsight:
    """The standings of a tenant's customers while its events are read again, in order."""

    def __init__(self, tenant: int) -> None:
        self._tenant = tenant
        self._standings: dict[str, Standing] = {}
        self._spent: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._reversed: set[tuple[str, str]] = set()

    async def meet(self, conn: AsyncConnection, customers: Collection[str], *, at_us: int) -> None:
        """Get to know the customers of a page of events. Raises LimitExceeded beyond MAX_CUSTOMERS."""
        strangers = [customer_id for customer_id in customers if customer_id not in self._standings]
        if len(self._standings) + len(strangers) > MAX_CUSTOMERS:
            raise LimitExceeded(f"Looking back over more than {MAX_CUSTOMERS:,} customers; name a shorter range.")
        known = {row.id: row for row in await loyalty_accounts.find(conn, self._tenant, strangers)}
        for customer_id in strangers:
            row = known.get(customer_id) or new_customer(self._tenant, customer_id, key=0, at_us=at_us)
            unspent = row._replace(lifetime_spend=0, annual_spend=0, spend_year=0)
            self._standings[customer_id] = Standing(unspent)
        await self._join(conn, known.values())

    def standing(self, customer_id: str) -> Standing:
        """How a customer stood before the next event."""
        return self._standings[customer_id]

    def admits(self, event: LoyaltyEvent, at_us: int) -> bool:
        """Whether an event is one that is assessed: no reversal, and of no order that was reversed before.

        Remembers what orders came to, and takes it back where one is reversed: once, as it was done. Ask once an event.
        """
        if event.is_reversal:
            self._reverse(event)
            return False
        if event.order_id:
            order = event.customer_id, event.order_id
            if order in self._reversed:
                return False
            if event.customer_id in self._standings:
                self._spent.setdefault(order, []).append((scaled(event.amount), at_us))
        return event.kind in ASSESSED or event.kind is Kind.BASKET

    def live(self, event: LoyaltyEvent, at_us: int) -> None:
        """Count an event that is admitted and that nobody asks about."""
        if event.kind in ASSESSED:
            standing = self.standing(event.customer_id)
            standing.turn_year(at_us)
            standing.count(event.kind, event.name_space, value=scaled(event.amount), at_us=at_us)

    def _reverse(self, event: LoyaltyEvent) -> None:
        order = event.customer_id, event.order_id
        self._reversed.add(order)
        for spend, spent_at_us in self._spent.pop(order, ()):
            self._standings[event.customer_id].unspend(spend, spent_at_us=spent_at_us)

    async def _join(self, conn: AsyncConnection, rows: Collection[loyalty_accounts.StoredCustomer]) -> None:
        by_key = {row.key: row.id for row in rows}
        memberships: Sequence[loyalty_accounts.Membership] = await loyalty_accounts.segments(conn, list(by_key))
        for membership in memberships:
            standing = self._standings[by_key[membership.customer_key]]
            standing.segments[membership.segment] = membership
