"""What customers have done before: one statement for what conditions may ask about many of them."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, CompoundSelect, Integer, bindparam, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.counters import StoredCounter, StoredTally
from tidings_server.loyalty.store.customers import Membership
from tidings_server.loyalty.store.tables import customer_segment, loyalty_counter, loyalty_tally
from tidings_server.storage.array_parameters import as_list, listed_by

NO_DAY: Final = 1 << 30
"""Later than any day: no tallies are read."""

_COUNTER, _TALLY, _MEMBERSHIP = range(3)


class History(NamedTuple):
    """Counters, the days asked for, and segments."""

    counters: list[StoredCounter]
    tallies: list[StoredTally]
    memberships: list[Membership]


async def read(conn: AsyncConnection, customers: Collection[int], *, since_day: int | None) -> History:
    """The history of these customers; days from `since_day` on, the last that had an event of its kind left out."""
    history = History([], [], [])
    parameters = {"customers": as_list(customers), "since_day": NO_DAY if since_day is None else since_day}
    for form, key, kind, name, *numbers in await conn.execute(_history(conn.dialect.name), parameters):
        if form == _COUNTER:
            history.counters.append(StoredCounter(key, kind, name, *numbers))
        elif form == _TALLY:
            history.tallies.append(StoredTally(key, kind, name, numbers[2], numbers[0]))
        else:
            history.memberships.append(Membership(key, name, numbers[0], numbers[1]))
    return history


@lru_cache(maxsize=2)
def _history(dialect_name: str) -> CompoundSelect[Any]:
    counter, tally, member = loyalty_counter.c, loyalty_tally.c, customer_segment.c
    listed = listed_by(dialect_name, "customers")
    nothing = null().cast(BigInteger)
    counters = select(
        *(literal(_COUNTER), counter.customer_key, counter.kind, counter.name_space),
        *(counter.events, counter.value, counter.day, counter.day_events),
    ).where(counter.customer_key.in_(listed))
    tallies = select(
        *(literal(_TALLY), tally.customer_key, tally.kind, tally.name_space),
        *(tally.events, nothing, tally.day, nothing),
    ).where(tally.customer_key.in_(listed), tally.day >= bindparam("since_day", type_=Integer))
    members = select(
        *(literal(_MEMBERSHIP), member.customer_key, literal(""), member.segment),
        *(member.added_at, member.expires_at, nothing, nothing),
    ).where(member.customer_key.in_(listed))
    return union_all(counters, tallies, members)
