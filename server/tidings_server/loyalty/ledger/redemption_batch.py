"""The desk: redemptions of concurrent callers checked and carried out together, one unit for all that wait.

Each is decided inside the unit, with the customers' rows held, in the order it came: two redemptions can never spend
the same points. The event is stored with what is spent or held, or neither is.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.ledger.transaction import Posting
from tidings_server.loyalty.read_your_writes import behind
from tidings_server.loyalty.store import customers, orders
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.orders import CONFIRMED, HELD, StoredRedemption
from tidings_server.platform import failpoints
from tidings_server.platform.errors import AccountLocked, InsufficientBalance
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord, StoredEvent
from tidings_server.storage.transactions import Transaction


@dataclass(frozen=True, slots=True)
class RedemptionAnswer:
    """What a redemption is answered: balances before and after it; of a repeat those of the first time."""

    event_id: str
    customer_id: str
    starting_balance: int
    pending_balance: int
    is_existing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A redemption that is asked for. `is_late`: its customer's earlier events are waited for no longer."""

    record: EventRecord
    customer_id: str
    quantity: int
    is_hold: bool
    external_reference: str
    is_late: bool = False

    @property
    def customer(self) -> tuple[int, str]:
        """Tenant number and customer id."""
        return self.record.tenant_id, self.customer_id


class NotYet(Exception):
    """Earlier events of the customer have not taken effect."""


Outcome = RedemptionAnswer | Exception
INSUFFICIENT: Final = "The customer has {balance:,} points, {quantity:,} were asked for."


class Desk:
    """Decides requests in a unit."""

    def __init__(self, bodies: LoyaltyBodies, *, new_id: Callable[[], str]) -> None:
        self._bodies = bodies
        self._new_id = new_id

    def unit(self, requests: Sequence[Request], *, now_us: int) -> Transaction[list[Outcome]]:
        """The unit that decides these requests; its result is one outcome for each, in order."""

        async def decide(conn: AsyncConnection) -> list[Outcome]:
            sitting = await _Sitting.of(conn, requests, bodies=self._bodies, new_id=self._new_id, now_us=now_us)
            outcomes = [await sitting.decide(request) for request in requests]
            failpoints.hit("redemption.decided")
            await sitting.write()
            return outcomes

        return decide


class _Sitting:
    """One unit's requests."""

    def __init__(self, conn: AsyncConnection, posting: Posting) -> None:
        self._conn = conn
        self._posting = posting
        self._customers: dict[tuple[int, str], StoredCustomer] = {}
        self._behind: set[tuple[int, str]] = set()
        self._events: dict[tuple[int, str], StoredEvent | EventRecord] = {}
        self._redemptions: dict[tuple[int, str], StoredRedemption] = {}
        self._new: list[StoredRedemption] = []

    @classmethod
    async def of(
        cls,
        conn: AsyncConnection,
        requests: Sequence[Request],
        *,
        bodies: LoyaltyBodies,
        new_id: Callable[[], str],
        now_us: int,
    ) -> "_Sitting":
        """Holds the customers, then reads all that the decisions need."""
        tenants = sorted({request.record.tenant_id for request in requests})
        rows = await customers.lock_named(conn, {request.customer for request in requests})
        sitting = cls(conn, Posting(conn, rows, bodies=bodies, new_id=new_id, now_us=now_us))
        sitting._customers = {(row.tenant_id, row.id): row for row in sitting._posting.customers.values()}
        sitting._behind = await behind(conn, {request.customer for request in requests if not request.is_late})
        for tenant in tenants:
            await sitting._read_repeats(tenant, [each.record for each in requests if each.record.tenant_id == tenant])
        await sitting._posting.open(rows)
        return sitting

    async def decide(self, request: Request) -> Outcome:
        """What becomes of one request; an exception is for its caller alone."""
        name = request.record.tenant_id, request.record.event_id
        if name in self._events:
            return await self._repeated(request)
        if request.customer in self._behind:
            return NotYet()
        row = self._customers.get(request.customer)
        if row is None:
            return _insufficient(0, request)
        if row.is_locked:
            return AccountLocked()
        book, now_us = await self._posting.book(row.key), self._posting.now_us
        balance = book.balance(now_us)
        if balance < request.quantity:
            return _insufficient(balance, request)
        record = request.record._replace(recorded_at=now_us)
        draws = book.reserve(request.quantity, event_id=record.event_id, at_us=now_us)
        self._posting.live(row.key, now_us)
        self._posting.store(record, row.key)
        if not request.is_hold:
            self._posting.spend(row.key, draws, cause=record)
        stored = _stored(request, row, balance, json.dumps(draws), now_us)
        self._new.append(stored)
        self._redemptions[name], self._events[name] = stored, record
        return _answer(request, stored, is_existing=False)

    async def write(self) -> None:
        """Store what was decided, the log last."""
        if self._new:
            await orders.add_redemptions(self._conn, self._new)
        if self._posting.has_records:
            await self._posting.write()

    async def _read_repeats(self, tenant: int, records: Sequence[EventRecord]) -> None:
        ids = [record.event_id for record in records]
        for event in await events.find_all(self._conn, tenant, records[0].api, event_ids=ids):
            self._events[tenant, event.event_id] = event
        repeats = [event_id for event_id in ids if (tenant, event_id) in self._events]
        if repeats:
            found = await orders.redemptions(self._conn, tenant, repeats)
            self._redemptions |= {(tenant, event_id): stored for event_id, stored in found.items()}

    async def _repeated(self, request: Request) -> RedemptionAnswer:
        """The first answer again; where the id is that of another kind of event, the balance as it is."""
        name = request.record.tenant_id, request.record.event_id
        first = self._events[name]
        customer_id = first.root_id or request.customer_id
        if stored := self._redemptions.get(name):
            return _answer(request, stored, is_existing=True, customer_id=customer_id)
        row = self._customers.get((request.record.tenant_id, customer_id))
        balance = (await self._posting.book(row.key)).balance(self._posting.now_us) if row else 0
        return RedemptionAnswer(request.record.event_id, customer_id, balance, balance, is_existing=True)


def _insufficient(balance: int, request: Request) -> InsufficientBalance:
    return InsufficientBalance(INSUFFICIENT.format(balance=balance, quantity=request.quantity))


def _answer(
    request: Request, stored: StoredRedemption, *, is_existing: bool, customer_id: str = ""
) -> RedemptionAnswer:
    return RedemptionAnswer(
        event_id=request.record.event_id,
        customer_id=customer_id or request.customer_id,
        starting_balance=stored.starting_balance,
        pending_balance=stored.starting_balance - stored.quantity,
        is_existing=is_existing,
    )


def _stored(request: Request, row: StoredCustomer, balance: int, draws: str, now_us: int) -> StoredRedemption:
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
