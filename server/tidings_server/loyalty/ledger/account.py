"""A customer's points account: the only code that moves points.

It works on lots that its caller has read under the customer's lock, and records every movement as a transfer from one
ledger account to another, so that all transfers sum to zero. What remains of the lots, what is held and the debt can
never be negative. It knows neither rules nor SQL.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from tidings_server.loyalty import periods
from tidings_server.loyalty.ledger.commands import LotDates
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.lots import StoredLot, Transfer
from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InsufficientBalance, WrongState

NEVER: Final = (1 << 63) - 1
"""Sorts after every instant."""


class LedgerAccount(IntEnum):
    """The two sides of a transfer; stored as its number."""

    ISSUED = 1
    """The source of all points."""
    AVAILABLE = 2
    """Points that remain in lots and are not held."""
    HELD = 3
    """Points that redemptions have reserved."""
    REDEEMED = 4
    EXPIRED = 5
    REVERSED = 6
    """Points that reversals took back."""
    DEBT = 7
    """Points that reversals could not take back: the debt is this account below zero."""


LotDraws = Sequence[tuple[int, int]]
"""Pairs of a lot's key and a number of points taken from that lot."""


class ReversedPoints(NamedTuple):
    """Result of reversing an order: points taken back, and points that were used already and are now a debt."""

    points: int
    debt: int


class PointsAccount:
    """One customer's points. `lots` are those that the coming operations touch, and perhaps more.

    `posted`, `held` and `debt` are the balances; `changed` are the lots and `journal` the transfers to be stored.
    """

    @classmethod
    def of(cls, row: StoredCustomer, *, now_us: int) -> "PointsAccount":
        """The account in a customer's row, without lots."""
        return cls(
            row.key,
            posted=row.posted,
            held=row.held,
            debt=row.debt,
            last_activity_at=row.last_activity_at,
            now_us=now_us,
        )

    def __init__(
        self,
        customer_key: int,
        *,
        posted: int,
        held: int,
        debt: int,
        last_activity_at: int,
        now_us: int,
        lots: Iterable[StoredLot] = (),
    ) -> None:
        """`now_us` is the booking time of the transfers."""
        self.customer_key = customer_key
        self.posted = posted
        self.held = held
        self.debt = debt
        self.last_activity_at = last_activity_at
        self._now_us = now_us
        self.journal: list[Transfer] = []
        self.changed: dict[int, StoredLot] = {}
        self._lots = {lot.key: lot for lot in lots}

    def __contains__(self, lot_key: int) -> bool:
        return lot_key in self._lots

    def load(self, lots: Iterable[StoredLot]) -> None:
        """Add lots as they were read; one that is loaded already keeps its changes."""
        for lot in lots:
            self._lots.setdefault(lot.key, lot)

    def balance(self, at_us: int) -> int:
        """Points that can be spent at an instant; all open lots must be loaded."""
        return sum(lot.available for lot in self._lots.values() if self._is_spendable(lot, at_us))

    def pending(self, at_us: int) -> int:
        """Points that become spendable after an instant; all open lots must be loaded."""
        return sum(lot.available for lot in self._lots.values() if lot.starts_at > at_us)

    def expires_at(self, lot: StoredLot) -> int | None:
        """The instant at which the points of a lot expire unless the customer is active before; None for never."""
        if lot.inactivity is None:
            return lot.expires_at
        return to_us(periods.parse(lot.inactivity).after(from_us(max(self.last_activity_at, lot.starts_at))))

    def next_expiry(self) -> int | None:
        """The earliest expiry of available points; all open lots must be loaded."""
        return self._earliest_expiry(self._lots.values())

    def next_changed_expiry(self) -> int | None:
        """The earliest expiry of available points in the lots that have changed."""
        return self._earliest_expiry(self.changed.values())

    def earn(self, lot: StoredLot, *, event_id: str) -> None:
        """Add a new lot. Its points pay the debt first, and only the rest becomes available."""
        paid = min(self.debt, lot.points)
        self._update(lot._replace(remaining=lot.points - paid))
        self._pay_debt(lot.key, LedgerAccount.ISSUED, paid, event_id=event_id)
        self.posted += lot.points - paid
        self._transfer(
            lot.key, LedgerAccount.ISSUED, LedgerAccount.AVAILABLE, points=lot.points - paid, event_id=event_id
        )

    def reserve(self, quantity: int, *, event_id: str, at_us: int) -> LotDraws:
        """Hold points, first those that expire first. Raises InsufficientBalance, and then holds none."""
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
            self._update(self._lots[key]._replace(held=self._lots[key].held + points))
            self.held += points
            self._transfer(key, LedgerAccount.AVAILABLE, LedgerAccount.HELD, points=points, event_id=event_id)
        return draws

    def confirm(self, draws: LotDraws, *, event_id: str) -> None:
        """Spend held points."""
        for key, points in draws:
            self._unhold(key, points, leaving=points)
            self._transfer(key, LedgerAccount.HELD, LedgerAccount.REDEEMED, points=points, event_id=event_id)

    def release(self, draws: LotDraws, *, event_id: str) -> None:
        """Return held points to their lots; they pay the debt first."""
        for key, points in draws:
            paid = min(self.debt, points)
            self._unhold(key, points, leaving=paid)
            self._transfer(key, LedgerAccount.HELD, LedgerAccount.AVAILABLE, points=points - paid, event_id=event_id)
            self._pay_debt(key, LedgerAccount.HELD, paid, event_id=event_id)

    def refund(self, draws: LotDraws, *, event_id: str) -> None:
        """Return spent points to their lots, with the lots' expiry; they pay the debt first."""
        for key, points in draws:
            paid = min(self.debt, points)
            lot = self._lots[key]
            self._pay_debt(key, LedgerAccount.REDEEMED, paid, event_id=event_id)
            self._update(lot._replace(remaining=lot.remaining + points - paid))
            self.posted += points - paid
            self._transfer(
                key, LedgerAccount.REDEEMED, LedgerAccount.AVAILABLE, points=points - paid, event_id=event_id
            )

    def take_back(self, order_key: int, rule_key: int, points: int, *, event_id: str) -> ReversedPoints:
        """Take back points that a rule gave for an order, from its latest lot first; all its lots must be loaded.

        Available points go first, then expired ones, which changes nothing; used ones become a debt.
        """
        taken = owed = 0
        for lot in reversed(self.order_lots(order_key)):
            if lot.rule_key == rule_key and points:
                part = self._take_from(lot, min(points, lot.net), event_id=event_id)
                taken, owed = taken + part.points, owed + part.debt
                points -= min(points, lot.net)
        return ReversedPoints(taken, owed)

    def order_lots(self, order_key: int) -> list[StoredLot]:
        """The loaded lots of an order, the oldest first."""
        return sorted(lot for lot in self._lots.values() if lot.order_key == order_key)

    def redate(self, order_key: int, dates: LotDates) -> None:
        """Give the lots of an order other dates; all must be loaded."""
        for lot in self.order_lots(order_key):
            self._update(lot._replace(**dates._asdict()))

    def _take_from(self, lot: StoredLot, points: int, *, event_id: str) -> ReversedPoints:
        left = min(lot.available, points)
        over = min(lot.expired - lot.forgiven, points - left)
        used = min(lot.unowed, points - left - over)
        self._update(
            lot._replace(
                remaining=lot.remaining - left,
                taken=lot.taken + left,
                owed=lot.owed + used,
                forgiven=lot.forgiven + over,
            )
        )
        self.posted -= left
        self._transfer(lot.key, LedgerAccount.AVAILABLE, LedgerAccount.REVERSED, points=left, event_id=event_id)
        self.debt += used
        self._transfer(lot.key, LedgerAccount.DEBT, LedgerAccount.REVERSED, points=used, event_id=event_id)
        return ReversedPoints(left, used)

    def expire(self, *, event_id: str, at_us: int) -> int:
        """Expire the points that are due, except held ones; the number of points."""
        total = 0
        for lot in list(self._lots.values()):
            expires_at = self.expires_at(lot)
            if expires_at is None or expires_at > at_us or not lot.available:
                continue
            points = lot.available
            self._update(lot._replace(remaining=lot.held, expired=lot.expired + points))
            self.posted -= points
            self._transfer(lot.key, LedgerAccount.AVAILABLE, LedgerAccount.EXPIRED, points=points, event_id=event_id)
            total += points
        return total

    def _is_spendable(self, lot: StoredLot, at_us: int) -> bool:
        expires_at = self.expires_at(lot)
        return lot.starts_at <= at_us and (expires_at is None or at_us < expires_at)

    def _spending_order(self, lot: StoredLot) -> tuple[int, int]:
        expires_at = self.expires_at(lot)
        return (NEVER if expires_at is None else expires_at), lot.key

    def _earliest_expiry(self, lots: Iterable[StoredLot]) -> int | None:
        instants = (self.expires_at(lot) for lot in lots if lot.available)
        return min((instant for instant in instants if instant is not None), default=None)

    def _pay_debt(self, lot_key: int, debit: LedgerAccount, points: int, *, event_id: str) -> None:
        self.debt -= points
        self._transfer(lot_key, debit, LedgerAccount.DEBT, points=points, event_id=event_id)

    def _unhold(self, lot_key: int, points: int, *, leaving: int) -> None:
        """Take points out of the hold; `leaving` of them leave the lot too."""
        lot = self._lots[lot_key]
        if lot.held < points:
            raise WrongState(f"Lot {lot_key} holds {lot.held} points, not {points}.")
        self._update(lot._replace(held=lot.held - points, remaining=lot.remaining - leaving))
        self.held -= points
        self.posted -= leaving

    def _update(self, lot: StoredLot) -> None:
        self._lots[lot.key] = self.changed[lot.key] = lot

    def _transfer(
        self, lot_key: int, debit: LedgerAccount, credit: LedgerAccount, *, points: int, event_id: str
    ) -> None:
        if points:
            balance = self.posted - self.held
            self.journal.append(
                Transfer(self.customer_key, self._now_us, event_id, lot_key, int(debit), int(credit), points, balance)
            )
