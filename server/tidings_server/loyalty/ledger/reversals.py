"""Reversals: taking an order back by a call. The reactor does it, in the customer's turn."""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from tidings_server.log.events import EventLog
from tidings_server.log.store import consumers
from tidings_server.loyalty import derived_events
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import Kind
from tidings_server.loyalty.ledger.queries import Ledger
from tidings_server.loyalty.read_your_writes import Freshness
from tidings_server.loyalty.store import customers, orders
from tidings_server.loyalty.store.orders import StoredOrder, StoredReversal
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import NotFound, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

LOOKS: Final = 40
"""How often an order that is not there yet is looked for, 0.05 s apart, while the reactor is behind."""
RETRY_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What a reversal did. `balance` can be spent now; `is_existing`: the order had been reversed before."""

    order_id: str
    customer_id: str
    taken_back: int
    debt: int
    returned: int
    balance: int
    is_existing: bool


class Reversals:
    """The use case."""

    def __init__(
        self,
        database: Database,
        events: EventLog,
        bodies: LoyaltyBodies,
        freshness: Freshness,
        *,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._database = database
        self._events = events
        self._bodies = bodies
        self._freshness = freshness
        self._ledger = ledger
        self._clock = clock

    async def reverse(self, scope: Scope, order_id: str) -> Reversal:
        """Takes back what an order brought, once; a repeat answers what the first time did.

        Raises NotFound for an order that nobody had, Unavailable when it was stored but has not taken effect in time.
        """
        before = await self._done(scope, order_id)
        if before is not None:
            return await self._told(scope, before, is_existing=True)
        order = await self._order(scope, order_id)
        async with self._database.read() as conn:
            [customer] = (await customers.by_keys(conn, [order.customer_key])).values()
        await self._append(scope, order_id, customer.id)
        await self._freshness.wait(scope.tenant, customer.id)
        done = await self._done(scope, order_id)
        if done is None:
            message = "The reversal is stored and will take effect; ask again."
            raise Unavailable(message, retry_after_s=RETRY_AFTER_S)
        return await self._told(scope, done, is_existing=False)

    async def _order(self, scope: Scope, order_id: str) -> StoredOrder:
        """An order's first event, which may only just have been stored."""
        head = self._database.head.seq
        for _ in range(LOOKS):
            async with self._database.read() as conn:
                found = await orders.orders(conn, scope.tenant, order_id)
                position = await consumers.position(conn, LoyaltyConsumer.name) or 0
            if found:
                return found[0]
            if position >= head:
                break
            with self._freshness.waiting():
                await self._freshness.progress()
        raise NotFound(f"There is no order {order_id}.")

    async def _append(self, scope: Scope, order_id: str, customer_id: str) -> None:
        """Store the event that asks for it; its id is made of the order's, so that it is stored once."""
        now_us = self._clock.now_us()
        event_id = str(uuid5(NAMESPACE_URL, f"tidings:{scope.tenant_id}:{customer_id}:order:{order_id}:reversed"))
        body = self._bodies.reversal(event_id=event_id, customer_id=customer_id, order_id=order_id, at_us=now_us)
        record = derived_events.record(
            derived_events.REVERSED,
            Kind.REVERSAL,
            body,
            event_id=event_id,
            tenant=scope.tenant,
            customer_id=customer_id,
            at_us=now_us,
            entity_type=Kind.ORDER.value,
            entity_id=order_id,
            actor=scope.actor,
        )
        await self._events.append([record], first_wins=True)

    async def _done(self, scope: Scope, order_id: str) -> StoredReversal | None:
        async with self._database.read() as conn:
            found = await orders.reversals(conn, scope.tenant, [order_id])
        return min(found, key=lambda reversal: reversal.at, default=None)

    async def _told(self, scope: Scope, done: StoredReversal, *, is_existing: bool) -> Reversal:
        async with self._database.read() as conn:
            [customer] = (await customers.by_keys(conn, [done.customer_key])).values()
        account = await self._ledger.account(scope, customer.id)
        return Reversal(
            order_id=done.order_id,
            customer_id=customer.id,
            taken_back=done.taken_back,
            debt=done.debt,
            returned=done.returned,
            balance=account.balance,
            is_existing=is_existing,
        )
