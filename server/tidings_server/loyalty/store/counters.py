"""Event counters of customers in SQL: totals, and one row a day for counts over a period."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.counter_tables import loyalty_counter, loyalty_daily_counter, loyalty_foreign_value
from tidings_server.storage.bulk_insert import add_to_rows, upsert_rows


class StoredCounter(NamedTuple):
    """One row of totals; fields are the table's columns in order. `value` in ten-thousandths of a currency unit."""

    customer_key: int
    kind: str
    name_space: str
    events: int
    value: int
    last_day: int
    last_day_events: int
    last_day_value: int


class StoredDailyCounter(NamedTuple):
    """Number and value of the events of one day, or what they change by; `day` in days since 1970-01-01, UTC."""

    customer_key: int
    kind: str
    name_space: str
    day: int
    events: int
    value: int


class StoredForeignValue(NamedTuple):
    """The part of a day's value that is in another currency than the customer's, or what it changes by."""

    customer_key: int
    currency: str
    kind: str
    name_space: str
    day: int
    value: int


_KEY: Final = "customer_key, kind, name_space"


async def put(conn: AsyncConnection, counters: Sequence[StoredCounter], days: Sequence[StoredDailyCounter]) -> None:
    """Upsert totals, and add to the days that are over, or were before."""
    changed = ("events", "value", "last_day", "last_day_events", "last_day_value")
    await upsert_rows(conn, loyalty_counter, counters, key=_KEY, changed=changed)
    await add_to_rows(conn, loyalty_daily_counter, days, key=f"{_KEY}, day", added=("events", "value"))


async def add_foreign(conn: AsyncConnection, changes: Sequence[StoredForeignValue]) -> None:
    """Add to amounts in other currencies than their customers'."""
    key = "customer_key, currency, kind, name_space, day"
    await add_to_rows(conn, loyalty_foreign_value, changes, key=key, added=("value",))
