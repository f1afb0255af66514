"""Quotas and usage of tenants, in SQL."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import tenant_quota, tenant_usage
from tidings_server.log.store import consumers
from tidings_server.log.store.tables import consumer_cursor
from tidings_server.storage.bisection import is_transient, set_aside
from tidings_server.storage.bulk_insert import add_to_rows
from tidings_server.storage.log.records import SENT_TYPES, Api
from tidings_server.storage.log.shards import in_shard, shard_of
from tidings_server.storage.log.tables import event

CURSOR = "usage"
ROW_BYTES = 256
"""Approximate size of a row of the log beside its body, as the write queue counts it."""


class Quota(NamedTuple):
    """Quota of a tenant; None is the server's default, 0 is none. `storage_bytes` are of all its events."""

    events_per_second: int | None = None
    subscriptions: int | None = None
    storage_bytes: int | None = None


class Usage(NamedTuple):
    """Usage of the log by a tenant."""

    events: int = 0
    bytes: int = 0


_QUOTA = (tenant_quota.c.events_per_second, tenant_quota.c.subscriptions, tenant_quota.c.storage_bytes)
_LESSEN = (
    update(tenant_usage)
    .where(tenant_usage.c.tenant_id == bindparam("of_tenant"))
    .values(
        events=tenant_usage.c.events - bindparam("fewer_events"), bytes=tenant_usage.c.bytes - bindparam("fewer_bytes")
    )
)


async def quota(conn: AsyncConnection, tenant: int) -> Quota:
    """One tenant's own quota; all None where it has none."""
    row = (await conn.execute(select(*_QUOTA).where(tenant_quota.c.tenant_id == tenant))).one_or_none()
    return Quota() if row is None else Quota._make(row)


async def quotas(conn: AsyncConnection) -> dict[int, Quota]:
    """The quotas of all tenants that have one of their own, by their numbers."""
    rows = await conn.execute(select(tenant_quota.c.tenant_id, *_QUOTA))
    return {number: Quota(*values) for number, *values in rows}


async def put_quota(conn: AsyncConnection, tenant: int, new: Quota) -> None:
    """Replace a tenant's quota."""
    await conn.execute(delete(tenant_quota).where(tenant_quota.c.tenant_id == tenant))
    await conn.execute(insert(tenant_quota).values(tenant_id=tenant, **new._asdict()))


async def usage(conn: AsyncConnection) -> dict[int, Usage]:
    """Usage of every tenant, by their numbers."""
    rows = await conn.execute(select(tenant_usage.c.tenant_id, tenant_usage.c.events, tenant_usage.c.bytes))
    return {number: Usage(*values) for number, *values in rows}


async def usage_of(conn: AsyncConnection, tenant: int) -> Usage:
    """Usage of one tenant."""
    query = select(tenant_usage.c.events, tenant_usage.c.bytes).where(tenant_usage.c.tenant_id == tenant)
    row = (await conn.execute(query)).one_or_none()
    return Usage() if row is None else Usage._make(row)


async def measured(conn: AsyncConnection, *, after: int, upto: int) -> dict[int, Usage]:
    """Events and bytes of a range of the log, by tenant."""
    size = func.sum(func.length(event.c.body) + ROW_BYTES)
    query = select(event.c.tenant_id, func.count(), size).where(event.c.seq > after, event.c.seq <= upto)
    return {
        number: Usage(count, int(total))
        for number, count, total in await conn.execute(query.group_by(event.c.tenant_id))
    }


async def caused(conn: AsyncConnection, *, after: int, upto: int) -> dict[int, int]:
    """Events of a range of the log that the server has stored for a tenant, by tenant.

    Without those that workflows send, which are charged as they are sent, and those that clients send, charged as they
    come: these may follow from others too.
    """
    is_caused = or_(event.c.hops > 0, event.c.api == int(Api.OPERATION))
    is_of_loyalty = (event.c.api == int(Api.LOYALTY)) & event.c.type.in_(SENT_TYPES)
    is_charged = or_(event.c.api.in_([int(Api.ORCHESTRATION), int(Api.COLLECTOR)]), is_of_loyalty)
    query = select(event.c.tenant_id, func.count()).where(event.c.seq > after, event.c.seq <= upto, is_caused)
    query = query.where(~is_charged).group_by(event.c.tenant_id)
    return {number: count for number, count in await conn.execute(query)}  # noqa: C416 - rows are no pairs for mypy


async def position(conn: AsyncConnection, shard: int) -> int | None:
    """The last event of a shard that is counted; None if none ever was."""
    return await consumers.position(conn, in_shard(CURSOR, shard))


COUNTED: Final = select(func.sum(consumer_cursor.c.position)).where(
    or_(consumer_cursor.c.consumer == CURSOR, consumer_cursor.c.consumer.like(f"{CURSOR}/%"))
)
"""A number that changes with every event that is counted, as a fact of the shared look."""


async def add(conn: AsyncConnection, found: dict[int, Usage], *, old: int, new: int) -> None:
    """Add the usage between two positions of a shard. Raises LostRace when another process was first."""
    await consumers.move(conn, in_shard(CURSOR, shard_of(new)), old=old, new=new)
    await increase(conn, found)


async def add_apart(conn: AsyncConnection, found: Mapping[int, Usage], *, old: int, new: int) -> None:
    """Add the usage of each tenant under a savepoint of its own; one that is refused stays uncounted, alone."""
    await add(conn, {}, old=old, new=new)
    for tenant, more in sorted(found.items()):
        try:
            async with conn.begin_nested():
                await increase(conn, {tenant: more})
        except Exception as error:
            if is_transient(error):
                raise
            set_aside("quotas", error, tenant=tenant)


async def increase(conn: AsyncConnection, stored: Mapping[int, Usage]) -> None:
    """Add what was stored to the usage of tenants, by their numbers: on PostgreSQL one pipeline for all of them."""
    rows = [(number, *more) for number, more in sorted(stored.items())]
    await add_to_rows(conn, tenant_usage, rows, key="tenant_id", added=("events", "bytes"))


async def lessen(conn: AsyncConnection, removed: Mapping[int, Usage]) -> None:
    """Take what was removed from the usage of tenants, by their numbers: likewise."""
    rows = [
        {"of_tenant": number, "fewer_events": gone.events, "fewer_bytes": gone.bytes}
        for number, gone in sorted(removed.items())
        if gone.events
    ]
    if rows:
        await conn.execute(_LESSEN, rows)
