"""Reversals of orders by a call, which stores an event: the consumer reverses the order in the customer's turn."""

from dataclasses import dataclass
from typing import Final, NamedTuple
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
from tidings_server.loyalty.store.orders import StoredOrder
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, NotFound, Unavailable
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import shard_of_tenant

MAX_POLLS: Final = 40
"""Lookups of an unknown order, 0.05 s apart, while the consumer is behind the log."""
RETRY_AFTER_S: Final = 1.0
SEVERAL: Final = "Several orders have this id: name the customerId and the nameSpace of the one that is meant."


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

    async def reverse(self, scope: Scope, order_id: str, *, customer_id: str = "", name_space: str = "") -> Reversal:
        """Take back an order for good; a repeat returns the result of the first time.

        Raises NotFound for an unknown order, Conflict where the id names several and neither a customer nor a namespace
        chooses one, Unavailable when the event is stored but has not taken effect in time.
        """
        named = _OrderChoice(order_id, customer_id.lower(), name_space)
        order = await self._find(scope, named)
        if order.row.is_final:
            return await self._result(scope, order, is_existing=True)
        await self._append(scope, order)
        await self._read_your_writes.wait(scope.tenant, order.customer_id)
        order = await self._find(scope, named)
        if not order.row.is_final:
            message = "The reversal is stored and will take effect; ask again."
            raise Unavailable(message, retry_after_s=RETRY_AFTER_S)
        return await self._result(scope, order, is_existing=False)

    async def _find(self, scope: Scope, named: "_OrderChoice") -> "_NamedOrder":
        """The order. Waits while its event may not have been processed. Raises NotFound, Conflict for several."""
        head, shard = self._database.heads.of_tenant(scope.tenant).seq, shard_of_tenant(scope.tenant)
        for _ in range(MAX_POLLS):
            async with self._database.read() as conn:
                rows = await orders.find(conn, scope.tenant, [named.order_id])
                position = await consumers.position_in(conn, LoyaltyConsumer.name, shard)
                owners = await customers.by_keys(conn, {row.customer_key for row in rows}) if rows else {}
            found = [_NamedOrder(row, owners[row.customer_key].id) for row in rows]
            found = [order for order in found if named.includes(order)]
            if len(found) > 1:
                raise Conflict(SEVERAL)
            if found:
                return found[0]
            if position >= head:
                break
            with self._read_your_writes.waiter():
                await self._read_your_writes.wait_for_progress()
        raise NotFound("There is no such order.")

    async def _append(self, scope: Scope, order: "_NamedOrder") -> None:
        """Store the reversal event. Its id is derived from the order's, so that a repeat stores no second one."""
        now_us, row = self._clock.now_us(), order.row
        name = f"tidings:{scope.tenant_id}:{order.customer_id}:{row.name_space}:order:{row.order_id}:reversed"
        event_id = str(uuid5(NAMESPACE_URL, name))
        body = self._codec.encode_reversal(
            event_id=event_id,
            customer_id=order.customer_id,
            name_space=row.name_space,
            order_id=row.order_id,
            at_us=now_us,
        )
        record = derived_events.record(
            derived_events.ORDER_REVERSED,
            EventKind.REVERSAL,
            body,
            event_id=event_id,
            tenant=scope.tenant,
            customer_id=order.customer_id,
            at_us=now_us,
            actor=scope.actor,
        )
        record = record._replace(entity_type=EventKind.ORDER.value, entity_id=row.order_id)
        await self._events.append([record], first_wins=True)

    async def _result(self, scope: Scope, order: "_NamedOrder", *, is_existing: bool) -> Reversal:
        account = await self._ledger.account(scope, order.customer_id)
        return Reversal(
            order_id=order.row.order_id,
            customer_id=order.customer_id,
            points_taken=order.row.points_taken,
            debt_incurred=order.row.debt_incurred,
            points_returned=order.row.points_returned,
            balance=account.balance,
            is_existing=is_existing,
        )


class _NamedOrder(NamedTuple):
    """An order and the id of its customer."""

    row: StoredOrder
    customer_id: str


class _OrderChoice(NamedTuple):
    """Names of an order in a call; an empty customer or namespace is any."""

    order_id: str
    customer_id: str
    name_space: str

    def includes(self, order: _NamedOrder) -> bool:
        """Whether the names are those of an order."""
        is_customers = self.customer_id in ("", order.customer_id)
        return is_customers and self.name_space in ("", order.row.name_space)
