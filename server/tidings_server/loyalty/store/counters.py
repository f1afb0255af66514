"""How many events customers have had: totals, and days for what is counted over a period."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_counter, loyalty_tally
from tidings_server.storage.bulk_insert import upsert_rows


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


async def put(conn: AsyncConnection, counters: Sequence[StoredCounter], days: Sequence[StoredTally]) -> None:
    """Store totals, and days that are over."""
    changed = ("events", "value", "day", "day_events")
    await upsert_rows(conn, loyalty_counter, counters, key=_KEY, changed=changed)
    await upsert_rows(conn, loyalty_tally, days, key=f"{_KEY}, day", changed=("events",))
