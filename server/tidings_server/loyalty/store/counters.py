"""Event counters of customers in SQL: totals, and one row a day for counts over a period."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_counter, loyalty_daily_counter
from tidings_server.storage.bulk_insert import upsert_rows


class StoredCounter(NamedTuple):
    """One row of totals; fields are the table's columns in order. `value` in ten-thousandths of a currency unit."""

    customer_key: int
    kind: str
    name_space: str
    events: int
    value: int
    last_day: int
    last_day_events: int


class StoredDailyCounter(NamedTuple):
    """The number of events on one day; `day` in days since 1970-01-01, UTC."""

    customer_key: int
    kind: str
    name_space: str
    day: int
    events: int


_KEY: Final = "customer_key, kind, name_space"


async def put(conn: AsyncConnection, counters: Sequence[StoredCounter], days: Sequence[StoredDailyCounter]) -> None:
    """Upsert totals, and days that are over."""
    changed = ("events", "value", "last_day", "last_day_events")
    await upsert_rows(conn, loyalty_counter, counters, key=_KEY, changed=changed)
    await upsert_rows(conn, loyalty_daily_counter, days, key=f"{_KEY}, day", changed=("events",))
