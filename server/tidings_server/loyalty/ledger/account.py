"""The book of one customer: the only code that moves points.

It works on lots that its caller has read under the customer's lock, and notes every move as a transfer from one account
to another, so that all postings sum to zero. What is left of the lots, what is held and the debt can never be negative.
It knows neither rules nor SQL.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from tidings_server.loyalty import periods
from tidings_server.loyalty.store.lots import StoredLot, Transfer
from tidings_server.loyalty.store.tables import MAX_POINTS
from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InsufficientBalance, WrongState

NEVER: Final = (1 << 63) - 1
"""Sorts after every instant."""


class Account(IntEnum):
    """Between which points move; stored as its number."""

    ISSUED = 1
    """Where points come from."""
    AVAILABLE = 2
    """What is left of lots and not held."""
    HELD = 3
    """What redemptions have reserved."""
    REDEEMED = 4
    EXPIRED = 5
    REVERSED = 6
    """What reversals took back."""
    DEBT = 7
    """What they could not: the debt is this account below zero."""


Draws = Sequence[tuple[int, int]]
"""Lots by their keys, and how many points of each."""


class TakenBack(NamedTuple):
    """What a reversal did: points taken back, and those that were used already and are owed now."""

    points: int
    debt: int


class Book:
    """One customer's points. `lots` are those that the moves to come are about, and perhaps more.

    `posted`, `held` and `debt` are the account's; `changed` the lots, and `journal` the transfers, to be stored.
    """

    def __init__(
        self,
        customer_key: int,
        *,
        posted: int,
        held: int,
        debt: int,
        active_at: int,
        now_us: int,
        lots: Iterable[StoredLot] = (),
    ) -> None:
        """`now_us` is when the moves are booked."""
        self.customer_key = customer_key
        self.posted = posted
        self.held = held
        self.debt = debt
        self.active_at = active_at
        self._now_us = now_us
        self.journal: list[Transfer] = []
        self.changed: dict[int, StoredLot] = {}
        self._lots = {lot.key: lot for lot in lots}

    def __contains__(self, lot_key: int) -> bool:
        return lot_key in self._lots

    @property
    def room(self) -> int:
        """How many more points the customer may be given."""
        return MAX_POINTS - self.posted + self.debt

    def add(self, lots: Iterable[StoredLot]) -> None:
        """Take in more lots; one that is known already stays as the moves have left it."""
        for lot in lots:
            self._lots.setdefault(lot.key, lot)

    def balance(self, at_us: int) -> int:
        """What can be spent at an instant; all open lots must have been given."""
        return sum(lot.available for lot in self._lots.values() if self._is_spendable(lot, at_us))

    def pending(self, at_us: int) -> int:
        """What will be spendable later; likewise."""
        return sum(lot.available for lot in self._lots.values() if lot.starts_at > at_us)

    def expires_at(self, lot: StoredLot) -> int | None:
        """When the points of a lot expire, as far as is known now."""
        if lot.idle is None:
            return lot.expires_at
        return to_us(periods.parse(lot.idle).after(from_us(max(self.active_at, lot.starts_at))))

    def next_expiry(self) -> int | None:
        """When the first points expire; all open lots must have been given."""
        instants = (self.expires_at(lot) for lot in self._lots.values() if lot.available)
        return min((instant for instant in instants if instant is not None), default=None)

    def first_due(self) -> int | None:
        """When the first points expire of the lots that have changed."""
        instants = (self.expires_at(lot) for lot in self.changed.values() if lot.available)
        return min((instant for instant in instants if instant is not None), default=None)

    def earn(self, lot: StoredLot, *, event_id: str) -> None:
        """Give the points of a new lot. A debt is paid first: so much of them is gone at once."""
        paid = min(self.debt, lot.points)
        self._put(lot._replace(remaining=lot.points - paid))
        self._pay(lot.key, Account.ISSUED, paid, event_id=event_id)
        self.posted += lot.points - paid
        self._note(lot.key, Account.ISSUED, Account.AVAILABLE, lot.points - paid, event_id=event_id)

    def reserve(self, quantity: int, *, event_id: str, at_us: int) -> Draws:
        """Hold points, those that expire first; from which lots. Raises InsufficientBalance, and then holds none."""
        draws: list[tuple[int, int]] = []
        left = quantity
        for lot in sorted(self._lots.values(), key=self._spending_order):
            taken = min(left, lot.available) if self._is_spendable(lot, at_us) else 0
            if taken:
                draws.append((lot.key, taken))
                left -= taken
            if not left:
                break
        if left:
            raise InsufficientBalance
        for key, points in draws:
            self._put(self._lots[key]._replace(held=self._lots[key].held + points))
            self.held += points
            self._note(key, Account.AVAILABLE, Account.HELD, points, event_id=event_id)
        return draws

    def confirm(self, draws: Draws, *, event_id: str) -> None:
        """What was held is spent."""
        for key, points in draws:
            self._unhold(key, points, leaves=points)
            self._note(key, Account.HELD, Account.REDEEMED, points, event_id=event_id)

    def release(self, draws: Draws, *, event_id: str) -> None:
        """What was held is given back to its lots; points of an order that was reversed meanwhile pay the debt."""
        for key, points in draws:
            paid = self._paid(key, points)
            self._unhold(key, points, leaves=paid)
            self._note(key, Account.HELD, Account.AVAILABLE, points - paid, event_id=event_id)
            self._pay(key, Account.HELD, paid, event_id=event_id)

    def give_back(self, draws: Draws, *, event_id: str) -> None:
        """What was spent comes back to its lots, with their expiry; likewise."""
        for key, points in draws:
            paid = self._paid(key, points)
            lot = self._lots[key]
            self._pay(key, Account.REDEEMED, paid, event_id=event_id)
            self._put(lot._replace(remaining=lot.remaining + points - paid))
            self.posted += points - paid
            self._note(key, Account.REDEEMED, Account.AVAILABLE, points - paid, event_id=event_id)

    def take_back(self, order_id: str, *, event_id: str) -> TakenBack:
        """Undo the lots of an order: what is left of them goes, what was used of them is a debt.

        What had expired is neither. All the order's lots must have been given.
        """
        taken = owed = 0
        for lot in [lot for lot in self._lots.values() if lot.order_id == order_id and not lot.is_reversed]:
            left, used = lot.available, lot.points - lot.expired - lot.available
            self._put(lot._replace(remaining=lot.held, is_reversed=True))
            self.posted -= left
            self._note(lot.key, Account.AVAILABLE, Account.REVERSED, left, event_id=event_id)
            self.debt += used
            self._note(lot.key, Account.DEBT, Account.REVERSED, used, event_id=event_id)
            taken += left
            owed += used
        return TakenBack(taken, owed)

    def expire(self, *, event_id: str, at_us: int) -> int:
        """Points whose time has come go, but for those that are held; how many."""
        gone = 0
        for lot in list(self._lots.values()):
            expires_at = self.expires_at(lot)
            if expires_at is None or expires_at > at_us or not lot.available:
                continue
            points = lot.available
            self._put(lot._replace(remaining=lot.held, expired=lot.expired + points))
            self.posted -= points
            self._note(lot.key, Account.AVAILABLE, Account.EXPIRED, points, event_id=event_id)
            gone += points
        return gone

    def _is_spendable(self, lot: StoredLot, at_us: int) -> bool:
        expires_at = self.expires_at(lot)
        return lot.starts_at <= at_us and (expires_at is None or at_us < expires_at)

    def _spending_order(self, lot: StoredLot) -> tuple[int, int]:
        expires_at = self.expires_at(lot)
        return (NEVER if expires_at is None else expires_at), lot.key

    def _paid(self, key: int, points: int) -> int:
        """How many of the points that come back to a lot pay the debt."""
        return min(self.debt, points) if self._lots[key].is_reversed else 0

    def _pay(self, key: int, debit: Account, points: int, *, event_id: str) -> None:
        """Points of a lot pay the debt."""
        self.debt -= points
        self._note(key, debit, Account.DEBT, points, event_id=event_id)

    def _unhold(self, key: int, points: int, *, leaves: int) -> None:
        """Let go of held points; `leaves` of them leave the lot."""
        lot = self._lots[key]
        if lot.held < points:
            raise WrongState(f"Lot {key} holds {lot.held} points, not {points}.")
        self._put(lot._replace(held=lot.held - points, remaining=lot.remaining - leaves))
        self.held -= points
        self.posted -= leaves

    def _put(self, lot: StoredLot) -> None:
        self._lots[lot.key] = self.changed[lot.key] = lot

    def _note(self, lot_key: int, debit: Account, credit: Account, points: int, *, event_id: str) -> None:
        if points:
            balance = self.posted - self.held
            self.journal.append(
                Transfer(self.customer_key, self._now_us, event_id, lot_key, int(debit), int(credit), points, balance)
            )
