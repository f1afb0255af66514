"""Points lots and the journal of transfers in SQL."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_lot, loyalty_transfer
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import insert_rows, upsert_rows

LOTS_PER_EVENT: Final = 1_024
"""A lot's key is the number of its event times this, plus its index among the event's lots."""


class StoredLot(NamedTuple):
    """One row; fields are the table's columns in order."""

    key: int
    tenant_id: int
    customer_key: int
    event_seq: int
    rule_key: int
    order_id: str | None
    order_key: int | None
    points: int
    remaining: int
    held: int
    expired: int
    starts_at: int
    expires_at: int | None
    inactivity: str | None
    taken: int = 0
    owed: int = 0
    forgiven: int = 0

    @property
    def available(self) -> int:
        """Remaining points that are not held."""
        return self.remaining - self.held

    @property
    def net(self) -> int:
        """Points that the changes of its order have left."""
        return self.points - self.taken - self.owed - self.forgiven

    @property
    def unowed(self) -> int:
        """Points that are spent, held or have paid a debt, and have not been taken back."""
        return max(0, self.points - self.available - self.expired - self.taken - self.owed)


class Transfer(NamedTuple):
    """One line of the journal; fields are the table's columns after `key`."""

    customer_key: int
    booked_at: int
    event_id: str
    lot_key: int
    debit: int
    credit: int
    points: int
    balance: int


class StoredTransfer(NamedTuple):
    """A line of the journal with its number, and the rule, order and dates of its lot."""

    key: int
    customer_key: int
    booked_at: int
    event_id: str
    lot_key: int
    debit: int
    credit: int
    points: int
    balance: int
    rule_key: int
    order_id: str | None
    starts_at: int
    expires_at: int | None
    inactivity: str | None


_CHANGED: Final = (
    *("remaining", "held", "expired", "taken", "owed", "forgiven"),
    *("starts_at", "expires_at", "inactivity"),
)
_LOT: Final = tuple(loyalty_lot.c[name] for name in StoredLot._fields)
_TRANSFER_FIELDS: Final = StoredTransfer._fields[: StoredTransfer._fields.index("rule_key")]
_TRANSFER: Final = (
    *(loyalty_transfer.c[name] for name in _TRANSFER_FIELDS),
    *(loyalty_lot.c[name] for name in StoredTransfer._fields[len(_TRANSFER_FIELDS) :]),
)


async def open_lots(conn: AsyncConnection, customers: Collection[int]) -> list[StoredLot]:
    """The lots of these customers that have points remaining."""
    return list(map(_lot, await conn.execute(_open(conn.dialect.name), {"customers": as_list(customers)})))


async def by_keys(conn: AsyncConnection, keys: Collection[int]) -> list[StoredLot]:
    """Lots by their keys."""
    return list(map(_lot, await conn.execute(_keyed(conn.dialect.name), {"lots": as_list(keys)})))


async def of_order(conn: AsyncConnection, customer_key: int, order_id: str) -> list[StoredLot]:
    """The lots that a customer earned by an order."""
    query = select(*_LOT).where(loyalty_lot.c.customer_key == customer_key, loyalty_lot.c.order_id == order_id)
    return list(map(_lot, await conn.execute(query)))


async def count(conn: AsyncConnection, event_seq: int) -> int:
    """The number of lots of an event."""
    query = select(func.count()).where(loyalty_lot.c.event_seq == event_seq)
    counted: int = (await conn.execute(query)).scalar_one()
    return counted


async def put(conn: AsyncConnection, lots: Sequence[StoredLot]) -> None:
    """Insert lots, or update the points of lots that are stored already."""
    await upsert_rows(conn, loyalty_lot, [tuple(lot) for lot in lots], key="key", changed=_CHANGED)


async def add_transfers(conn: AsyncConnection, transfers: Sequence[Transfer]) -> None:
    """Append to the journal."""
    await insert_rows(conn, loyalty_transfer, transfers, columns=Transfer._fields)


async def history(conn: AsyncConnection, customer_key: int, *, before: int, limit: int) -> list[StoredTransfer]:
    """A customer's lines of the journal with a number below `before`, the newest first."""
    query = _transfers(customer_key).where(loyalty_transfer.c.key < before)
    rows = await conn.execute(query.order_by(loyalty_transfer.c.key.desc()).limit(limit))
    return [StoredTransfer._make(row) for row in rows]


async def journal(
    conn: AsyncConnection, customer_key: int, *, upto_us: int, after: int, limit: int
) -> list[StoredTransfer]:
    """A customer's lines of the journal up to an instant, in order, those with a number above `after`."""
    query = _transfers(customer_key).where(loyalty_transfer.c.key > after, loyalty_transfer.c.booked_at <= upto_us)
    rows = await conn.execute(query.order_by(loyalty_transfer.c.key).limit(limit))
    return [StoredTransfer._make(row) for row in rows]


@lru_cache(maxsize=2)
def _open(dialect_name: str) -> Select[Any]:
    is_theirs = is_listed(loyalty_lot.c.customer_key, dialect_name, "customers")
    return select(*_LOT).where(is_theirs, loyalty_lot.c.remaining > 0)


@lru_cache(maxsize=2)
def _keyed(dialect_name: str) -> Select[Any]:
    return select(*_LOT).where(is_listed(loyalty_lot.c.key, dialect_name, "lots"))


def _transfers(customer_key: int) -> Select[Any]:
    joined = loyalty_transfer.outerjoin(loyalty_lot, loyalty_lot.c.key == loyalty_transfer.c.lot_key)
    return select(*_TRANSFER).select_from(joined).where(loyalty_transfer.c.customer_key == customer_key)


def _lot(row: Row[Any]) -> StoredLot:
    return StoredLot._make(row)
