"""Redemption batches: concurrent redemptions checked and carried out in one write transaction.

Each is decided inside the transaction, with the customers' rows locked, in the order of its arrival: two redemptions
can never spend the same points. The event and the movement of points are stored together, or neither is.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import CustomerRef
from tidings_server.loyalty.ledger.transaction import LedgerTransaction
from tidings_server.loyalty.read_your_writes import pending_customers
from tidings_server.loyalty.store import customers, orders, redemptions
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.redemptions import CONFIRMED, HELD, StoredRedemption
from tidings_server.platform import failpoints
from tidings_server.platform.errors import AccountLocked, InsufficientBalance, WrongState
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord, StoredEvent

FALLEN: Final = "The order of externalReference is cancelled or refunded: nothing can be redeemed for it."
INSUFFICIENT: Final = "The customer has {balance:,} points, {quantity:,} were asked for."


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    """Answer to a redemption: balances before and after it; a repeat has those of the first time."""

    event_id: str
    customer_id: str
    starting_balance: int
    pending_balance: int
    is_existing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRequest:
    """A redemption to decide. `ignores_pending`: it is decided even while the customer has pending events."""

    record: EventRecord
    customer_id: str
    quantity: int
    is_hold: bool
    external_reference: str
    ignores_pending: bool = False

    @property
    def customer(self) -> CustomerRef:
        """Tenant number and customer id."""
        return self.record.tenant_id, self.customer_id


class EventsPending(Exception):
    """Earlier events of the customer have not taken effect."""


RedemptionOutcome = RedemptionResult | Exception
"""Result of one redemption; an exception is raised to its caller alone."""


async def decide(
    conn: AsyncConnection,
    requests: Sequence[RedemptionRequest],
    *,
    codec: LoyaltyEventCodec,
    new_id: Callable[[], str],
    now_us: int,
) -> list[RedemptionOutcome]:
    """Decide redemptions inside a write transaction; one outcome for each, in order."""
    rows = await customers.lock_named(conn, {request.customer for request in requests})
    batch = _RedemptionBatch(conn, LedgerTransaction(conn, rows, codec=codec, new_id=new_id, now_us=now_us))
    await batch.load(requests)
    outcomes = [await batch.decide(request) for request in requests]
    failpoints.hit("redemption.decided")
    await batch.write()
    return outcomes


class _RedemptionBatch:
    """The redemptions of one write transaction, whose customers are locked."""

    def __init__(self, conn: AsyncConnection, transaction: LedgerTransaction) -> None:
        self._conn = conn
        self._transaction = transaction
        self._customers = {(row.tenant_id, row.id): row for row in transaction.customers.values()}
        self._pending: set[CustomerRef] = set()
        self._events: dict[tuple[int, str], StoredEvent | EventRecord] = {}
        self._redemptions: dict[tuple[int, str], StoredRedemption] = {}
        self._new: list[StoredRedemption] = []
        self._fallen: set[tuple[int, str]] = set()
        """Orders that stand at nothing, by the customer's key and the order's id."""

    async def load(self, requests: Sequence[RedemptionRequest]) -> None:
        """Read pending events, repeated events and open lots."""
        checked = {request.customer for request in requests if not request.ignores_pending}
        self._pending = await pending_customers(self._conn, checked)
        for tenant in sorted({request.record.tenant_id for request in requests}):
            await self._load_repeats(tenant, [each.record for each in requests if each.record.tenant_id == tenant])
            await self._load_orders(tenant, [each for each in requests if each.record.tenant_id == tenant])
        await self._transaction.load_open_lots(self._transaction.customers)

    async def decide(self, request: RedemptionRequest) -> RedemptionOutcome:
        """Spend or hold the points of one request, or refuse it."""
        name = request.record.tenant_id, request.record.event_id
        if name in self._events:
            return await self._repeat(request)
        if request.customer in self._pending:
            return EventsPending()
        row = self._customers.get(request.customer)
        if row is None:
            return _insufficient(0, request)
        if row.is_locked or (row.key, request.external_reference) in self._fallen:
            return AccountLocked() if row.is_locked else WrongState(FALLEN)
        account, now_us = await self._transaction.account(row.key), self._transaction.now_us
        balance = account.balance(now_us)
        if balance < request.quantity:
            return _insufficient(balance, request)
        record = request.record._replace(recorded_at=now_us)
        draws = account.reserve(request.quantity, event_id=record.event_id, at_us=now_us)
        self._transaction.record_activity(row.key, now_us)
        self._transaction.append(record, row.key)
        if not request.is_hold:
            self._transaction.spend(row.key, draws, cause=record)
        stored = _redemption(request, row, balance=balance, draws=json.dumps(draws), now_us=now_us)
        self._new.append(stored)
        self._redemptions[name], self._events[name] = stored, record
        return _result(request, stored, is_existing=False)

    async def write(self) -> None:
        """Write the decisions, the log last."""
        if self._new:
            await redemptions.add(self._conn, self._new)
        if self._transaction.has_records:
            await self._transaction.write()

    async def _load_orders(self, tenant: int, requests: Sequence[RedemptionRequest]) -> None:
        """Find the orders that redemptions are for; of several with one id, one that stands is enough."""
        references = {request.external_reference for request in requests} - {""}
        found = await orders.find(self._conn, tenant, references) if references else []
        fallen = {(order.customer_key, order.order_id) for order in found if not order.is_standing}
        self._fallen |= fallen - {(order.customer_key, order.order_id) for order in found if order.is_standing}

    async def _load_repeats(self, tenant: int, records: Sequence[EventRecord]) -> None:
        ids = [record.event_id for record in records]
        for event in await events.find_all(self._conn, tenant, records[0].api, event_ids=ids):
            self._events[tenant, event.event_id] = event
        repeats = [event_id for event_id in ids if (tenant, event_id) in self._events]
        if repeats:
            found = await redemptions.find(self._conn, tenant, repeats)
            self._redemptions |= {(tenant, event_id): stored for event_id, stored in found.items()}

    async def _repeat(self, request: RedemptionRequest) -> RedemptionResult:
        """The first result again; where the id is that of another kind of event, the current balance."""
        name = request.record.tenant_id, request.record.event_id
        first = self._events[name]
        customer_id = first.root_id or request.customer_id
        if stored := self._redemptions.get(name):
            return _result(request, stored, is_existing=True, customer_id=customer_id)
        row = self._customers.get((request.record.tenant_id, customer_id))
        balance = (await self._transaction.account(row.key)).balance(self._transaction.now_us) if row else 0
        return RedemptionResult(request.record.event_id, customer_id, balance, balance, is_existing=True)


def _insufficient(balance: int, request: RedemptionRequest) -> InsufficientBalance:
    return InsufficientBalance(INSUFFICIENT.format(balance=balance, quantity=request.quantity))


def _result(
    request: RedemptionRequest, stored: StoredRedemption, *, is_existing: bool, customer_id: str = ""
) -> RedemptionResult:
    return RedemptionResult(
        event_id=request.record.event_id,
        customer_id=customer_id or request.customer_id,
        starting_balance=stored.starting_balance,
        pending_balance=stored.starting_balance - stored.quantity,
        is_existing=is_existing,
    )


def _redemption(
    request: RedemptionRequest, row: StoredCustomer, *, balance: int, draws: str, now_us: int
) -> StoredRedemption:
    return StoredRedemption(
        tenant_id=row.tenant_id,
        event_id=request.record.event_id,
        customer_key=row.key,
        quantity=request.quantity,
        starting_balance=balance,
        external_reference=request.external_reference or None,
        state=HELD if request.is_hold else CONFIRMED,
        draws=draws,
        created_at=now_us,
        settled_at=None if request.is_hold else now_us,
    )
