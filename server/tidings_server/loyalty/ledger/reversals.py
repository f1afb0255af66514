"""Reversals of orders by a call, which stores an event: the consumer reverses the order in the customer's turn."""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from tidings_server.log.events import EventLog
from tidings_server.log.store import consumers
from tidings_server.loyalty import derived_events
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.ledger.queries import Ledger
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.loyalty.store import customers, orders
from tidings_server.loyalty.store.orders import StoredReversal
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import NotFound, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

MAX_POLLS: Final = 40
"""Lookups of an unknown order, 0.05 s apart, while the consumer is behind the log."""
RETRY_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Result of a reversal. `balance` can be spent now; `is_existing`: the order had been reversed before."""

    order_id: str
    customer_id: str
    points_taken: int
    debt_incurred: int
    points_returned: int
    balance: int
    is_existing: bool


class Reversals:
    """Reverses orders of a tenant."""

    def __init__(
        self,
        database: Database,
        events: EventLog,
        codec: LoyaltyEventCodec,
        *,
        read_your_writes: ReadYourWrites,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._database = database
        self._events = events
        self._codec = codec
        self._read_your_writes = read_your_writes
        self._ledger = ledger
        self._clock = clock

    async def reverse(self, scope: Scope, order_id: str) -> Reversal:
        """Take back the points of an order, once; a repeat returns the result of the first time.

        Raises NotFound for an unknown order, Unavailable when the event is stored but has not taken effect in time.
        """
        before = await self._find(scope, order_id)
        if before is not None:
            return await self._result(scope, before, is_existing=True)
        customer_id = await self._customer_of(scope, order_id)
        await self._append(scope, order_id, customer_id)
        await self._read_your_writes.wait(scope.tenant, customer_id)
        reversal = await self._find(scope, order_id)
        if reversal is None:
            message = "The reversal is stored and will take effect; ask again."
            raise Unavailable(message, retry_after_s=RETRY_AFTER_S)
        return await self._result(scope, reversal, is_existing=False)

    async def _customer_of(self, scope: Scope, order_id: str) -> str:
        """The id of an order's customer. Waits while the order's event may not have been processed. Raises NotFound."""
        head = self._database.head.seq
        for _ in range(MAX_POLLS):
            async with self._database.read() as conn:
                found = await orders.find(conn, scope.tenant, order_id)
                position = await consumers.position(conn, LoyaltyConsumer.name) or 0
                if found:
                    [customer] = (await customers.by_keys(conn, [found[0].customer_key])).values()
                    return customer.id
            if position >= head:
                break
            with self._read_your_writes.waiter():
                await self._read_your_writes.wait_for_progress()
        raise NotFound("There is no such order.")

    async def _append(self, scope: Scope, order_id: str, customer_id: str) -> None:
        """Store the reversal event. Its id is derived from the order's, so that a repeat stores no second one."""
        now_us = self._clock.now_us()
        event_id = str(uuid5(NAMESPACE_URL, f"tidings:{scope.tenant_id}:{customer_id}:order:{order_id}:reversed"))
        body = self._codec.encode_reversal(event_id=event_id, customer_id=customer_id, order_id=order_id, at_us=now_us)
        record = derived_events.record(
            derived_events.ORDER_REVERSED,
            EventKind.REVERSAL,
            body,
            event_id=event_id,
            tenant=scope.tenant,
            customer_id=customer_id,
            at_us=now_us,
            actor=scope.actor,
        )
        record = record._replace(entity_type=EventKind.ORDER.value, entity_id=order_id)
        await self._events.append([record], first_wins=True)

    async def _find(self, scope: Scope, order_id: str) -> StoredReversal | None:
        async with self._database.read() as conn:
            found = await orders.reversals(conn, scope.tenant, [order_id])
        return min(found, key=lambda reversal: reversal.reversed_at, default=None)

    async def _result(self, scope: Scope, stored: StoredReversal, *, is_existing: bool) -> Reversal:
        async with self._database.read() as conn:
            [customer] = (await customers.by_keys(conn, [stored.customer_key])).values()
        account = await self._ledger.account(scope, customer.id)
        return Reversal(
            order_id=stored.order_id,
            customer_id=customer.id,
            points_taken=stored.points_taken,
            debt_incurred=stored.debt_incurred,
            points_returned=stored.points_returned,
            balance=account.balance,
            is_existing=is_existing,
        )
