"""Queries on the ledger: accounts, ledger entries, and statements for any past instant."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import periods
from tidings_server.loyalty.ledger.account import LedgerAccount, PointsAccount
from tidings_server.loyalty.ledger.customer_spend import CurrencySpend, Spend, spend_of
from tidings_server.loyalty.store import customer_history, customers
from tidings_server.loyalty.store import lots as lot_store
from tidings_server.loyalty.store import rules as rule_store
from tidings_server.loyalty.store.customer_history import ForeignDay, ForeignTotal
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.lots import StoredLot, StoredTransfer
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database

JOURNAL_CHUNK: Final = 5_000
"""Lines of the journal read at once for a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """A customer's points and spend. `balance` can be spent now; `pending_balance` includes points that start later."""

    balance: int
    pending_balance: int
    held: int
    debt: int
    lifetime_spend: Decimal
    annual_spend: Decimal
    segments: tuple[str, ...]
    spend: tuple[CurrencySpend, ...]
    """By code; what has no currency is in `lifetime_spend` and `annual_spend` alone."""


class LedgerEntryType(StrEnum):
    """The kind of a ledger entry."""

    EARNED = "EARNED"
    DEBT_PAID = "DEBT_PAID"
    """Points paid a debt instead of becoming available."""
    RESERVED = "RESERVED"
    """A redemption holds the points."""
    RELEASED = "RELEASED"
    """Held points are available again."""
    REDEEMED = "REDEEMED"
    """Held points are spent."""
    EXPIRED = "EXPIRED"
    REVERSED = "REVERSED"
    RETURNED = "RETURNED"
    """A reversal returned spent points."""
    DEBT_INCURRED = "DEBT_INCURRED"
    """A reversal could not take back all points."""


ENTRY_TYPES: Final[Mapping[tuple[LedgerAccount, LedgerAccount], LedgerEntryType]] = {
    (LedgerAccount.ISSUED, LedgerAccount.AVAILABLE): LedgerEntryType.EARNED,
    (LedgerAccount.ISSUED, LedgerAccount.DEBT): LedgerEntryType.DEBT_PAID,
    (LedgerAccount.HELD, LedgerAccount.DEBT): LedgerEntryType.DEBT_PAID,
    (LedgerAccount.REDEEMED, LedgerAccount.DEBT): LedgerEntryType.DEBT_PAID,
    (LedgerAccount.AVAILABLE, LedgerAccount.HELD): LedgerEntryType.RESERVED,
    (LedgerAccount.HELD, LedgerAccount.AVAILABLE): LedgerEntryType.RELEASED,
    (LedgerAccount.HELD, LedgerAccount.REDEEMED): LedgerEntryType.REDEEMED,
    (LedgerAccount.AVAILABLE, LedgerAccount.EXPIRED): LedgerEntryType.EXPIRED,
    (LedgerAccount.AVAILABLE, LedgerAccount.REVERSED): LedgerEntryType.REVERSED,
    (LedgerAccount.REDEEMED, LedgerAccount.AVAILABLE): LedgerEntryType.RETURNED,
    (LedgerAccount.DEBT, LedgerAccount.REVERSED): LedgerEntryType.DEBT_INCURRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of a customer's ledger. `points` were moved, which changed the balance by `change` to `balance`."""

    key: int
    type: LedgerEntryType
    points: int
    change: int
    balance: int
    at_us: int
    event_id: str
    rule_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class StatementLot:
    """Points of one lot. `expires_at_us` None: never, or after inactivity of the customer."""

    points: int
    earned_at_us: int
    starts_at_us: int
    expires_at_us: int | None
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A customer's points at an instant. `balance`: the started, unexpired points of `lots` that are not held."""

    customer_id: str
    at_us: int
    balance: int
    pending_balance: int
    held: int
    debt: int
    lots: tuple[StatementLot, ...]


class Ledger:
    """Reads the ledger. Another tenant's customer is NotFound."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def account(self, scope: Scope, customer_id: str) -> AccountSummary:
        """A customer's current account. Raises NotFound."""
        async with self._database.read() as conn:
            row = await existing_customer(conn, scope, customer_id)
            return (await self.accounts(conn, [row], at_us=self._clock.now_us()))[row.key]

    async def accounts(
        self, conn: AsyncConnection, rows: Collection[StoredCustomer], *, at_us: int
    ) -> Mapping[int, AccountSummary]:
        """The accounts of customers (at most 100) by their keys."""
        keys = [row.key for row in rows]
        lots: dict[int, list[StoredLot]] = {}
        segments: dict[int, list[str]] = {}
        for lot in await lot_store.open_lots(conn, keys) if keys else ():
            lots.setdefault(lot.customer_key, []).append(lot)
        for membership in await customers.segments(conn, keys) if keys else ():
            if membership.expires_at is None or membership.expires_at > at_us:
                segments.setdefault(membership.customer_key, []).append(membership.segment)
        spends = await _spends(conn, rows, at_us=at_us)
        return {
            row.key: _account(
                *(row, lots.get(row.key, [])),
                segments=segments.get(row.key, []),
                spend=spends[row.key],
                at_us=at_us,
            )
            for row in rows
        }

    async def history(self, scope: Scope, customer_id: str, *, before: int = 0, limit: int = 20) -> list[LedgerEntry]:
        """A customer's ledger entries with a key below `before`, the newest first; 0 begins with the newest."""
        async with self._database.read() as conn:
            row = await existing_customer(conn, scope, customer_id)
            found = await lot_store.history(conn, row.key, before=before or 1 << 62, limit=limit)
            rules = await rule_store.by_keys(conn, {line.rule_key for line in found if line.rule_key})
        return [_entry(line, rules[line.rule_key].id if line.rule_key in rules else "") for line in found]

    async def statement(self, scope: Scope, customer_id: str, at_us: int) -> Statement:
        """A customer's points at an instant that is not in the future. Raises NotFound, InvalidInput on `at`.

        Points that expire after inactivity leave when they were expired: the same instant always has the same answer.
        """
        if at_us > self._clock.now_us():
            raise InvalidInput.of("at", "must not be in the future")
        lines: list[StoredTransfer] = []
        async with self._database.read() as conn:
            row = await existing_customer(conn, scope, customer_id)
            while True:
                after = lines[-1].key if lines else 0
                found = await lot_store.journal(conn, row.key, upto_us=at_us, after=after, limit=JOURNAL_CHUNK)
                lines += found
                if len(found) < JOURNAL_CHUNK:
                    break
        return _statement(row.id, at_us, lines)


async def existing_customer(conn: AsyncConnection, scope: Scope, customer_id: str) -> StoredCustomer:
    """The tenant's customer. Raises NotFound."""
    for row in await customers.find(conn, scope.tenant, [customer_id]):
        return row
    raise NotFound("There is no such customer.")


async def _spends(conn: AsyncConnection, rows: Collection[StoredCustomer], *, at_us: int) -> Mapping[int, Spend]:
    """The spend of customers by their keys."""
    totals: dict[int, list[ForeignTotal]] = {}
    days: dict[int, list[ForeignDay]] = {}
    for total in await customer_history.foreign_totals(conn, [row.key for row in rows]) if rows else ():
        totals.setdefault(total.customer_key, []).append(total)
    since_day = at_us // periods.DAY_US - periods.LONGEST_YEAR_DAYS
    for day in await customer_history.foreign_days(conn, totals, since_day=since_day) if totals else ():
        days.setdefault(day.customer_key, []).append(day)
    return {row.key: spend_of(row, totals.get(row.key, ()), days.get(row.key, ()), at_us=at_us) for row in rows}


def _account(
    row: StoredCustomer, lots: Iterable[StoredLot], *, segments: Iterable[str], spend: Spend, at_us: int
) -> AccountSummary:
    account = PointsAccount(
        row.key,
        posted=row.posted,
        held=row.held,
        debt=row.debt,
        last_activity_at=row.last_activity_at,
        now_us=at_us,
        lots=lots,
    )
    balance = account.balance(at_us)
    return AccountSummary(
        balance=balance,
        pending_balance=balance + account.pending(at_us),
        held=row.held,
        debt=row.debt,
        lifetime_spend=spend.lifetime,
        annual_spend=spend.annual,
        spend=spend.currencies,
        segments=tuple(sorted(segments)),
    )


def _entry(line: StoredTransfer, rule_id: str) -> LedgerEntry:
    debit, credit = LedgerAccount(line.debit), LedgerAccount(line.credit)
    change = line.points * ((credit is LedgerAccount.AVAILABLE) - (debit is LedgerAccount.AVAILABLE))
    return LedgerEntry(
        key=line.key,
        type=ENTRY_TYPES[debit, credit],
        points=line.points,
        change=change,
        balance=line.balance,
        at_us=line.booked_at,
        event_id=line.event_id,
        rule_id=rule_id,
        order_id=line.order_id or "",
    )


def _statement(customer_id: str, at_us: int, lines: Iterable[StoredTransfer]) -> Statement:
    """Replays the journal from its beginning."""
    left: dict[int, int] = {}
    held: dict[int, int] = {}
    earned: dict[int, StoredTransfer] = {}
    debt = 0
    for line in lines:
        debit, credit = LedgerAccount(line.debit), LedgerAccount(line.credit)
        earned.setdefault(line.lot_key, line)
        left[line.lot_key] = left.get(line.lot_key, 0) + line.points * (_is_lots(credit) - _is_lots(debit))
        held[line.lot_key] = held.get(line.lot_key, 0) + line.points * (
            (credit is LedgerAccount.HELD) - (debit is LedgerAccount.HELD)
        )
        debt += line.points * ((debit is LedgerAccount.DEBT) - (credit is LedgerAccount.DEBT))
    open_lots = [key for key, points in left.items() if points]
    started = [key for key in open_lots if earned[key].starts_at <= at_us]
    live = [key for key in started if not _is_over(earned[key], at_us)]
    balance = sum(left[key] - held[key] for key in live)
    return Statement(
        customer_id=customer_id,
        at_us=at_us,
        balance=balance,
        pending_balance=balance + sum(left[key] - held[key] for key in open_lots if key not in started),
        held=sum(held.values()),
        debt=debt,
        lots=tuple(_lot(earned[key], left[key]) for key in sorted(open_lots, key=lambda key: _order(earned[key]))),
    )


def _is_lots(account: LedgerAccount) -> bool:
    return account in (LedgerAccount.AVAILABLE, LedgerAccount.HELD)


def _is_over(earned: StoredTransfer, at_us: int) -> bool:
    return earned.expires_at is not None and earned.expires_at <= at_us


def _order(earned: StoredTransfer) -> tuple[bool, int, int]:
    return earned.expires_at is None, earned.expires_at or 0, earned.lot_key


def _lot(earned: StoredTransfer, points: int) -> StatementLot:
    return StatementLot(points, earned.booked_at, earned.starts_at, earned.expires_at, earned.event_id)
