"""Counts of events by hour and topic: statements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, delete, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.tables import event_count
from tidings_server.storage.bulk_insert import add_to_rows
from tidings_server.storage.log.shards import tenants_of

KEY: Final = "tenant_id, hour, topic"


class HourlyEvents(NamedTuple):
    """Events of a tenant of one topic in one hour, in the order of the table's columns."""

    tenant_id: int
    hour: int
    topic: str
    events: int


class EventSum(NamedTuple):
    """Events of the hours from `hour` on; `topic` is empty where topics are added up."""

    hour: int
    topic: str
    events: int


class CountRange(NamedTuple):
    """Hours `first` to `last`, both included, added up by `step` hours. `topic`, where given, is the only one."""

    first: int
    last: int
    step: int
    topic: str
    is_total: bool


async def add(conn: AsyncConnection, counts: Sequence[HourlyEvents]) -> None:
    """Add to the counts; each key at most once."""
    await add_to_rows(conn, event_count, counts, key=KEY, added=("events",))


async def page(
    conn: AsyncConnection, tenant: int, of: CountRange, *, after: tuple[int, str] | None, limit: int
) -> list[EventSum]:
    """Sums in order of time and topic, those behind `after`."""
    begins = event_count.c.hour - event_count.c.hour % literal(of.step, Integer)
    name = literal("") if of.is_total else event_count.c.topic
    query = select(begins.label("begins"), name.label("name"), func.sum(event_count.c.events)).where(
        event_count.c.tenant_id == tenant, event_count.c.hour.between(of.first, of.last)
    )
    if of.topic:
        query = query.where(event_count.c.topic == of.topic)
    if after is not None:
        hour, topic = after
        query = query.where(event_count.c.hour >= hour, or_(begins > hour, name > topic))
    columns = ("begins",) if of.is_total else ("begins", "name")
    rows = await conn.execute(query.group_by(*columns).order_by(*columns).limit(limit))
    return [EventSum(hour, topic, int(total)) for hour, topic, total in rows]


async def remove(conn: AsyncConnection, *, before: int, limit: int) -> int:
    """Remove at most `limit` counts of hours before one; the number of those that were."""
    return await _remove(conn, event_count.c.hour < before, limit)


async def reaches_before(conn: AsyncConnection, hour: int, shard: int) -> bool:
    """Whether there are counts of tenants of a shard of an hour, or of one before it."""
    found = select(event_count.c.hour).where(event_count.c.hour <= hour, _is_of(shard)).limit(1)
    return (await conn.execute(found)).first() is not None


async def remove_from(conn: AsyncConnection, hour: int, shard: int, *, limit: int) -> int:
    """Remove at most `limit` counts of tenants of a shard of an hour and those after it; how many there were."""
    return await _remove(conn, and_(event_count.c.hour >= hour, _is_of(shard)), limit)


def _is_of(shard: int) -> ColumnElement[bool]:
    return event_count.c.tenant_id.between(*tenants_of(shard))


async def _remove(conn: AsyncConnection, is_removed: ColumnElement[bool], limit: int) -> int:
    key = (event_count.c.tenant_id, event_count.c.hour, event_count.c.topic)
    found = select(*key).where(is_removed).limit(limit)
    return (await conn.execute(delete(event_count).where(tuple_(*key).in_(found)))).rowcount
