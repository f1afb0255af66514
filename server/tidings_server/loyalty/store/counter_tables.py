"""Tables of a customer's counters: number and value of events, in all, by day, and by currency.

`value` is BIGINT ten-thousandths of a currency unit.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from tidings_server.loyalty.store.tables import NAME_SPACE_LENGTH
from tidings_server.storage.tables import metadata

loyalty_counter = Table(
    "loyalty_counter",
    metadata,
    Column("customer_key", BigInteger, primary_key=True),
    Column("kind", String(11), primary_key=True),
    Column("name_space", String(NAME_SPACE_LENGTH), primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("last_day_events", BigInteger, nullable=False),
    Column("last_day_value", BigInteger, nullable=False),
)
"""Number and total value of a customer's events of a kind in a namespace. `last_day_events` and `last_day_value` are
those on `last_day`, the latest day with an event (days since 1970, UTC); others are in `loyalty_daily_counter`."""

loyalty_daily_counter = Table(
    "loyalty_daily_counter",
    metadata,
    Column("customer_key", BigInteger, primary_key=True),
    Column("kind", String(11), primary_key=True),
    Column("name_space", String(NAME_SPACE_LENGTH), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
)

loyalty_foreign_value = Table(
    "loyalty_foreign_value",
    metadata,
    Column("customer_key", BigInteger, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("kind", String(11), primary_key=True),
    Column("name_space", String(NAME_SPACE_LENGTH), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The part of a day's value in the counters that is in another currency than the customer's `currency`: empty for none.
A customer with one currency has no rows."""
