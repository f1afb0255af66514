"""Counters and segments of many customers, read in one statement."""

from collections.abc import Collection
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.counter_tables import loyalty_counter, loyalty_daily_counter, loyalty_foreign_value
from tidings_server.loyalty.store.counters import StoredCounter, StoredDailyCounter
from tidings_server.loyalty.store.customers import SegmentMembership
from tidings_server.loyalty.store.tables import customer_segment
from tidings_server.storage.array_parameters import as_list, is_listed, listed_by, texts_as_list, texts_listed_by

NO_DAY: Final = 1 << 30
"""Later than any day: no daily counters are read."""

_COUNTER, _DAILY_COUNTER, _MEMBERSHIP, _FOREIGN = range(4)


class ForeignTotal(NamedTuple):
    """Value of a customer's events of a kind in a namespace that is in another currency than the customer's."""

    customer_key: int
    currency: str
    kind: str
    name_space: str
    value: int


class ForeignDay(NamedTuple):
    """The part of a day's spend that is in another currency than the customer's."""

    customer_key: int
    currency: str
    day: int
    value: int


class CustomerHistory(NamedTuple):
    """Counters, the daily counters of a period, segments, and totals in other currencies than the customers'."""

    counters: list[StoredCounter]
    daily_counters: list[StoredDailyCounter]
    memberships: list[SegmentMembership]
    foreign: list[ForeignTotal]


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
            history.foreign.append(ForeignTotal(key, currency, kind, name, numbers[0]))
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


async def foreign_totals(conn: AsyncConnection, customers: Collection[int]) -> list[ForeignTotal]:
    """Amounts of these customers in other currencies than their own."""
    query = _foreign_totals(conn.dialect.name)
    rows = await conn.execute(query, {"customers": as_list(customers)})
    return [ForeignTotal(row.customer_key, row.currency, row.kind, row.name_space, row.value) for row in rows]


async def foreign_days(conn: AsyncConnection, customers: Collection[int], *, since_day: int) -> list[ForeignDay]:
    """The same by day, from a day on."""
    parameters = {"customers": as_list(customers), "since_day": since_day}
    return list(map(ForeignDay._make, await conn.execute(_foreign_days(conn.dialect.name), parameters)))


@lru_cache(maxsize=2)
def _foreign_totals(dialect_name: str) -> Select[Any]:
    foreign = loyalty_foreign_value.c
    names = foreign.customer_key, foreign.currency, foreign.kind, foreign.name_space
    of_these = is_listed(foreign.customer_key, dialect_name, "customers")
    return select(*names, _sum_of(foreign.value).label("value")).where(of_these).group_by(*names)


@lru_cache(maxsize=2)
def _foreign_days(dialect_name: str) -> Select[Any]:
    foreign = loyalty_foreign_value.c
    names = foreign.customer_key, foreign.currency, foreign.day
    of_these = is_listed(foreign.customer_key, dialect_name, "customers")
    since = foreign.day >= bindparam("since_day", type_=Integer)
    return select(*names, _sum_of(foreign.value)).where(of_these, since).group_by(*names)


def _sum_of(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger)


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
    is_theirs = partial(is_listed, dialect_name=dialect_name, name="customers")
    nothing = null().cast(BigInteger)
    counters = select(
        *(literal(_COUNTER), counter.customer_key, counter.kind, counter.name_space, literal("")),
        *(counter.events, counter.value, counter.last_day, counter.last_day_events, counter.last_day_value),
    ).where(is_theirs(counter.customer_key))
    days = select(
        *(literal(_DAILY_COUNTER), daily.customer_key, daily.kind, daily.name_space, literal("")),
        *(daily.events, daily.value, daily.day, nothing, nothing),
    ).where(is_theirs(daily.customer_key), daily.day >= bindparam("since_day", type_=Integer))
    members = select(
        *(literal(_MEMBERSHIP), member.customer_key, literal(""), member.segment, literal("")),
        *(member.added_at, member.expires_at, nothing, nothing, nothing),
    ).where(is_theirs(member.customer_key))
    foreign = _foreign_totals(dialect_name).subquery().c
    totals = select(
        *(literal(_FOREIGN), foreign.customer_key, foreign.kind, foreign.name_space, foreign.currency),
        *(foreign.value, nothing, nothing, nothing, nothing),
    )
    return union_all(counters, days, members, totals)
