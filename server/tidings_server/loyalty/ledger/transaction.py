"""Posting: carrying out moves of points inside a write unit, with the customers' rows held.

A unit begins with `Posting.of`, which takes the rows, then makes its moves, and ends with `write`, which appends to the
log last. So no two units ever see the same points, whichever process they run in.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.event_codec import LoyaltyBodies, PointsMoved
from tidings_server.loyalty.ledger.account import Book, Draws
from tidings_server.loyalty.ledger.commands import Earned, Happened, Lived, Move, Reversed
from tidings_server.loyalty.store import customers as loyalty_accounts
from tidings_server.loyalty.store import lots as loyalty_lots
from tidings_server.loyalty.store import orders
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.orders import CONFIRMED, HELD, RETURNED, VOIDED, StoredRedemption, StoredReversal
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord, StoredEvent


class Posting:
    """The customers of one unit, by their keys, and what becomes of their points."""

    def __init__(
        self,
        conn: AsyncConnection,
        customers: Mapping[int, StoredCustomer],
        *,
        bodies: LoyaltyBodies,
        new_id: Callable[[], str],
        now_us: int,
    ) -> None:
        self._conn = conn
        self._bodies = bodies
        self._new_id = new_id
        self.now_us = now_us
        self.customers = dict(customers)
        self._records: list[tuple[EventRecord, int | None]] = []
        self._books = {key: _book(row, now_us) for key, row in customers.items()}
        self._with_open: set[int] = set()
        self._settled: dict[tuple[int, str], StoredRedemption] = {}

    @classmethod
    async def of(
        cls,
        conn: AsyncConnection,
        keys: Collection[int],
        *,
        bodies: LoyaltyBodies,
        new_id: Callable[[], str],
        now_us: int,
    ) -> "Posting":
        """Holds these customers until the unit ends."""
        customers = await loyalty_accounts.lock(conn, keys) if keys else {}
        return cls(conn, customers, bodies=bodies, new_id=new_id, now_us=now_us)

    async def book(self, key: int) -> Book:
        """A customer's book with all open lots; what has expired by now is gone."""
        await self.open([key])
        if _is_past(self.customers[key].due_at, self.now_us):
            self.expire(key, self.now_us)
        return self._books[key]

    async def open(self, keys: Iterable[int]) -> None:
        """Read the open lots of these customers."""
        missing = set(keys) - self._with_open
        if missing:
            self._with_open |= missing
            for lot in await loyalty_lots.open_lots(self._conn, missing):
                self._books[lot.customer_key].add([lot])

    async def make(self, moves: Iterable[Move]) -> None:
        """Carry out the moves of a page of events, in order."""
        moves = list(moves)
        await self.open({move.cause.customer_key for move in moves if self._is_due(move.cause)})
        for move in moves:
            match move:
                case Lived():
                    self._live(move.cause)
                case Earned():
                    self._earn(move)
                case Reversed():
                    await self._reverse(move.cause)

    @property
    def has_records(self) -> bool:
        """Whether there is anything for the log."""
        return bool(self._records)

    def store(self, record: EventRecord, customer_key: int | None = None) -> None:
        """Note an event to be stored; `customer_key`: in whose history it stands, if in anybody's."""
        self._records.append((record, customer_key))

    def spend(self, key: int, draws: Draws, *, cause: EventRecord) -> None:
        """What has just been reserved for a redemption is spent."""
        self._books[key].confirm(draws, event_id=cause.event_id)
        points = sum(points for _, points in draws)
        self._tell(derived_events.REDEEMED, key, points, cause_id=cause.event_id, cause=cause)

    async def confirm(self, stored: StoredRedemption) -> None:
        """What a redemption holds is spent."""
        if not self._settle(stored, CONFIRMED):
            return
        book = await self._book_of(stored)
        book.confirm(_draws(stored), event_id=stored.event_id)
        self._tell(derived_events.REDEEMED, stored.customer_key, stored.quantity, cause_id=stored.event_id)

    async def release(self, stored: StoredRedemption) -> None:
        """What a redemption holds is given back."""
        if self._settle(stored, VOIDED):
            book = await self._book_of(stored)
            book.release(_draws(stored), event_id=stored.event_id)

    def expire(self, key: int, at_us: int) -> None:
        """Points whose time had come at an instant go; all open lots must have been read."""
        self._expire(key, at_us)
        self.customers[key] = self.customers[key]._replace(due_at=self._books[key].next_expiry())

    async def write(self, accounts: Iterable[StoredCustomer] | None = None) -> None:
        """Store everything, the log last. `accounts` are the rows with what else the unit changes of them."""
        rows = [self._account(row) for row in (self.customers.values() if accounts is None else accounts)]
        books = self._books.values()
        if rows:
            await loyalty_accounts.put(self._conn, rows)
        if self._settled:
            await orders.settle(self._conn, list(self._settled.values()))
        if lots := [lot for book in books for lot in book.changed.values()]:
            await loyalty_lots.put(self._conn, lots)
        if transfers := [transfer for book in books for transfer in book.journal]:
            await loyalty_lots.add_transfers(self._conn, transfers)
        if self._records:
            seqs = await events.append_in(self._conn, [record for record, _ in self._records])
            whose = [(key, seq) for seq, (_, key) in zip(seqs, self._records, strict=True) if key is not None]
            await loyalty_accounts.note_events(self._conn, whose)

    def live(self, key: int, at_us: int) -> None:
        """The customer does something: idle points live on from then."""
        book = self._books[key]
        book.active_at = max(book.active_at, at_us)

    def _is_due(self, cause: Happened) -> bool:
        return _is_past(self.customers[cause.customer_key].due_at, cause.stored.recorded_at)

    def _live(self, cause: Happened) -> None:
        """What had expired before the event goes first: otherwise it would live on."""
        if self._is_due(cause):
            self.expire(cause.customer_key, cause.stored.recorded_at)
        self.live(cause.customer_key, cause.stored.recorded_at)

    def _earn(self, earned: Earned) -> None:
        cause = earned.cause
        book = self._books[cause.customer_key]
        for lot in earned.lots:
            book.earn(lot, event_id=cause.stored.event_id)
        points, by_rule = sum(earned.by_rule.values()), earned.by_rule
        self._tell(
            derived_events.EARNED,
            cause.customer_key,
            points,
            cause_id=cause.stored.event_id,
            cause=cause.stored,
            by_rule=by_rule,
        )

    def _expire(self, key: int, at_us: int) -> None:
        event_id = self._new_id()
        gone = self._books[key].expire(event_id=event_id, at_us=at_us)
        if gone:
            self._tell(derived_events.EXPIRED, key, gone, event_id=event_id)

    async def _reverse(self, cause: Happened) -> None:
        """Take back what an order brought, and give back what was redeemed for it. The first time only."""
        stored, order_id = cause.stored, cause.event.order_id
        if await self._is_reversed(stored.tenant_id, order_id, cause.customer_key):
            return
        book = self._books[cause.customer_key]
        book.add(await loyalty_lots.of_order(self._conn, cause.customer_key, order_id))
        taken = book.take_back(order_id, event_id=stored.event_id)
        returned = 0
        for redemption in await orders.redeemed_for(self._conn, cause.customer_key, order_id):
            returned += await self._give_back(self._now(redemption), stored.event_id)
        reversal = StoredReversal(
            tenant_id=stored.tenant_id,
            order_id=order_id,
            customer_key=cause.customer_key,
            event_id=stored.event_id,
            taken_back=taken.points,
            debt=taken.debt,
            returned=returned,
            at=self.now_us,
        )
        await orders.add_reversal(self._conn, reversal)

    async def _is_reversed(self, tenant: int, order_id: str, customer_key: int) -> bool:
        there = await orders.reversals(self._conn, tenant, [order_id])
        return any(reversal.customer_key == customer_key for reversal in there)

    async def _give_back(self, stored: StoredRedemption, event_id: str) -> int:
        """Points of a redemption come back, whether they were spent or held; how many."""
        state = {HELD: VOIDED, CONFIRMED: RETURNED}.get(stored.state)
        if state is None or not self._settle(stored, state):
            return 0
        book = await self._book_of(stored)
        (book.release if state == VOIDED else book.give_back)(_draws(stored), event_id=event_id)
        return stored.quantity

    def _now(self, stored: StoredRedemption) -> StoredRedemption:
        """A redemption as this unit has left it."""
        return self._settled.get((stored.tenant_id, stored.event_id), stored)

    def _settle(self, stored: StoredRedemption, state: str) -> bool:
        """Give a redemption another state; false where it was settled otherwise. Its customer is held, so is it."""
        now = self._now(stored)
        if now.state != (CONFIRMED if state == RETURNED else HELD):
            return False
        self._settled[stored.tenant_id, stored.event_id] = now._replace(state=state, settled_at=self.now_us)
        return True

    async def _book_of(self, stored: StoredRedemption) -> Book:
        """The book that a redemption's points are in, with their lots."""
        book = self._books[stored.customer_key]
        missing = [key for key, _ in _draws(stored) if key not in book]
        if missing:
            book.add(await loyalty_lots.by_keys(self._conn, missing))
        return book

    def _tell(
        self,
        topic: str,
        key: int,
        points: int,
        *,
        event_id: str = "",
        cause_id: str = "",
        cause: StoredEvent | EventRecord | None = None,
        by_rule: Mapping[str, int] | None = None,
    ) -> None:
        """Note the event that tells of points."""
        row, book = self.customers[key], self._books[key]
        moved = PointsMoved(
            event_id=event_id or self._new_id(),
            customer_id=row.id,
            at_us=self.now_us,
            points=points,
            balance=book.posted - book.held,
            cause=cause_id,
            by_rule=by_rule or {},
        )
        self.store(derived_events.points_record(self._bodies, topic, moved, tenant=row.tenant_id, cause=cause), key)

    def _account(self, row: StoredCustomer) -> StoredCustomer:
        """A customer's row as its book says."""
        book = self._books[row.key]
        first_due = book.first_due()
        due_at = min((at for at in (row.due_at, first_due) if at is not None), default=None)
        return row._replace(posted=book.posted, held=book.held, debt=book.debt, active_at=book.active_at, due_at=due_at)


def _book(row: StoredCustomer, now_us: int) -> Book:
    return Book(row.key, posted=row.posted, held=row.held, debt=row.debt, active_at=row.active_at, now_us=now_us)


def _draws(stored: StoredRedemption) -> Draws:
    return [(key, points) for key, points in json.loads(stored.draws)]


def _is_past(due_at: int | None, at_us: int) -> bool:
    return due_at is not None and due_at <= at_us
