"""Counters and segments of many customers, read in one statement."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, CompoundSelect, Integer, Select, bindparam, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.counter_tables import loyalty_counter, loyalty_daily_counter, loyalty_foreign_value
from tidings_server.loyalty.store.counters import StoredCounter, StoredDailyCounter, StoredForeignValue
from tidings_server.loyalty.store.customers import SegmentMembership
from tidings_server.loyalty.store.tables import customer_segment
from tidings_server.storage.array_parameters import as_list, listed_by, texts_as_list, texts_listed_by

NO_DAY: Final = 1 << 30
"""Later than any day: no daily counters are read."""

_COUNTER, _DAILY_COUNTER, _MEMBERSHIP, _FOREIGN = range(4)


class CustomerHistory(NamedTuple):
    """Counters, the daily counters of a period, segments, and amounts in other currencies than the customers'."""

    counters: list[StoredCounter]
    daily_counters: list[StoredDailyCounter]
    memberships: list[SegmentMembership]
    foreign: list[StoredForeignValue]


async def read(conn: AsyncConnection, customers: Collection[int], *, since_day: int | None) -> CustomerHistory:
    """The history of these customers. Daily counters begin with `since_day`; the last day of a counter is not one."""
    history = CustomerHistory([], [], [], [])
    parameters = {"customers": as_list(customers), "since_day": NO_DAY if since_day is None else since_day}
    for form, key, kind, name, currency, *numbers in await conn.execute(_history(conn.dialect.name), parameters):
        if form == _COUNTER:
            history.counters.append(StoredCounter(key, kind, name, *numbers))
        elif form == _DAILY_COUNTER:
            history.daily_counters.append(StoredDailyCounter(key, kind, name, numbers[2], numbers[0], numbers[1]))
        elif form == _FOREIGN:
            history.foreign.append(StoredForeignValue(key, currency, kind, name, numbers[0], numbers[1]))
        else:
            history.memberships.append(SegmentMembership(key, name, numbers[0], numbers[1]))
    return history


async def spend_days(
    conn: AsyncConnection, customers: Collection[int], *, kinds: Collection[str]
) -> dict[int, dict[int, int]]:
    """The value of these customers' events of some kinds by customer and day, in days since 1970."""
    found: dict[int, dict[int, int]] = {}
    parameters = {"customers": as_list(customers), "kinds": texts_as_list(kinds)}
    for key, day, value in await conn.execute(_spend_days(conn.dialect.name), parameters):
        days = found.setdefault(key, {})
        days[day] = days.get(day, 0) + value
    return found


async def foreign_values(conn: AsyncConnection, customers: Collection[int]) -> list[StoredForeignValue]:
    """Amounts of these customers in other currencies than their own."""
    rows = await conn.execute(_foreign(conn.dialect.name), {"customers": as_list(customers)})
    return [StoredForeignValue._make(row) for row in rows]


@lru_cache(maxsize=2)
def _foreign(dialect_name: str) -> Select[Any]:
    return select(loyalty_foreign_value).where(
        loyalty_foreign_value.c.customer_key.in_(listed_by(dialect_name, "customers"))
    )


@lru_cache(maxsize=2)
def _spend_days(dialect_name: str) -> CompoundSelect[Any]:
    counter, daily = loyalty_counter.c, loyalty_daily_counter.c
    customers, kinds = listed_by(dialect_name, "customers"), texts_listed_by(dialect_name, "kinds")
    earlier = select(daily.customer_key, daily.day, daily.value).where(
        daily.customer_key.in_(customers), daily.kind.in_(kinds)
    )
    latest = select(counter.customer_key, counter.last_day, counter.last_day_value).where(
        counter.customer_key.in_(customers), counter.kind.in_(kinds)
    )
    return union_all(earlier, latest)


@lru_cache(maxsize=2)
def _history(dialect_name: str) -> CompoundSelect[Any]:
    counter, daily, member = loyalty_counter.c, loyalty_daily_counter.c, customer_segment.c
    listed = listed_by(dialect_name, "customers")
    nothing = null().cast(BigInteger)
    counters = select(
        *(literal(_COUNTER), counter.customer_key, counter.kind, counter.name_space, literal("")),
        *(counter.events, counter.value, counter.last_day, counter.last_day_events, counter.last_day_value),
    ).where(counter.customer_key.in_(listed))
    days = select(
        *(literal(_DAILY_COUNTER), daily.customer_key, daily.kind, daily.name_space, literal("")),
        *(daily.events, daily.value, daily.day, nothing, nothing),
    ).where(daily.customer_key.in_(listed), daily.day >= bindparam("since_day", type_=Integer))
    members = select(
        *(literal(_MEMBERSHIP), member.customer_key, literal(""), member.segment, literal("")),
        *(member.added_at, member.expires_at, nothing, nothing, nothing),
    ).where(member.customer_key.in_(listed))
    foreign = loyalty_foreign_value.c
    values = select(
        *(literal(_FOREIGN), foreign.customer_key, foreign.kind, foreign.name_space, foreign.currency),
        *(foreign.day, foreign.value, nothing, nothing, nothing),
    ).where(foreign.customer_key.in_(listed))
    return union_all(counters, days, members, values)
