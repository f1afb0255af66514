"""How many events customers have had: totals, and days for what is counted over a period."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store.bulk import upsert_rows
from tidings_server.store.loyalty_tables import loyalty_counter, loyalty_tally
from tidings_server.store.number_lists import as_list, listed_by


class StoredCounter(NamedTuple):
    """One row of totals; fields are the table's columns in order. `value` in ten-thousandths of a currency unit."""

    customer_key: int
    kind: str
    name_space: str
    events: int
    value: int
    day: int
    day_events: int


class StoredTally(NamedTuple):
    """The events of one day, counted from 1970-01-01 in UTC."""

    customer_key: int
    kind: str
    name_space: str
    day: int
    events: int


_KEY: Final = "customer_key, kind, name_space"


async def totals(conn: AsyncConnection, customers: Collection[int]) -> list[StoredCounter]:
    """All counters of these customers."""
    rows = await conn.execute(_totals(conn.dialect.name), {"customers": as_list(customers)})
    return [StoredCounter._make(row) for row in rows]


async def tallies(conn: AsyncConnection, customers: Collection[int], *, since_day: int) -> list[StoredTally]:
    """The days of these customers from `since_day` on, the last day that had an event of its kind left out."""
    rows = await conn.execute(_tallies(conn.dialect.name), {"customers": as_list(customers), "since_day": since_day})
    return [StoredTally._make(row) for row in rows]


async def put(conn: AsyncConnection, counters: Sequence[StoredCounter], days: Sequence[StoredTally]) -> None:
    """Store totals, and days that are over."""
    changed = ("events", "value", "day", "day_events")
    await upsert_rows(conn, loyalty_counter, counters, key=_KEY, changed=changed)
    await upsert_rows(conn, loyalty_tally, days, key=f"{_KEY}, day", changed=("events",))


@lru_cache(maxsize=2)
def _totals(dialect_name: str) -> Select[Any]:
    return select(loyalty_counter).where(loyalty_counter.c.customer_key.in_(listed_by(dialect_name, "customers")))


@lru_cache(maxsize=2)
def _tallies(dialect_name: str) -> Select[Any]:
    is_theirs = loyalty_tally.c.customer_key.in_(listed_by(dialect_name, "customers"))
    return select(loyalty_tally).where(is_theirs, loyalty_tally.c.day >= bindparam("since_day", type_=Integer))
