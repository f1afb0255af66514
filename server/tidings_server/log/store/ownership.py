"""Processes and their leases on the work that one of them does for all, in SQL.

All instants are the database's own (`clock_timestamp()`): a process whose clock is wrong neither takes what another has
nor keeps what it has lost.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.tables import consumer_cursor, process, search_cursor, work_lease

NOW: Final[ColumnElement[int]] = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
"""The database's clock, in µs."""


class LiveProcess(NamedTuple):
    """A process that was seen lately; `age_us` is the time since its start."""

    id: int
    role: str
    age_us: int


class StoredLease(NamedTuple):
    """The lease on one kind of work, and whether it is over."""

    name: str
    owner: int
    is_over: bool


async def beat(conn: AsyncConnection, own_id: int, *, role: str, ttl_us: int) -> list[LiveProcess]:
    """Note that a process lives, and give all that do; who has not been seen for ten times as long goes."""
    insert = postgresql.insert(process).values(id=own_id, role=role, started_at=NOW, seen_at=NOW)
    await conn.execute(insert.on_conflict_do_update(index_elements=["id"], set_={"seen_at": NOW}))
    await conn.execute(delete(process).where(process.c.seen_at < NOW - 10 * ttl_us))
    query = select(process.c.id, process.c.role, NOW - process.c.started_at).where(process.c.seen_at > NOW - ttl_us)
    return [LiveProcess._make(row) for row in await conn.execute(query.order_by(process.c.id))]


async def renew(conn: AsyncConnection, owner: int, *, ttl_us: int) -> list[StoredLease]:
    """Extend the leases of a process that have not run out, and give those of all."""
    is_held = (work_lease.c.owner == owner, work_lease.c.until > NOW)
    await conn.execute(update(work_lease).where(*is_held).values(until=NOW + ttl_us))
    query = select(work_lease.c.name, work_lease.c.owner, work_lease.c.until <= NOW)
    return [StoredLease._make(row) for row in await conn.execute(query)]


async def take(conn: AsyncConnection, name: str, *, owner: int, ttl_us: int, consumers: Collection[str]) -> int | None:
    """Take a lease that nobody else holds, and stamp its token on the cursors of its consumers; else None.

    The stamp waits for a transaction of the owner before that is under way; after it, that one can move no cursor.
    """
    insert = postgresql.insert(work_lease).values(name=name, owner=owner, until=NOW + ttl_us, token=1)
    taken = insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "until": NOW + ttl_us, "token": work_lease.c.token + 1},
        where=(work_lease.c.until <= NOW) | (work_lease.c.owner == owner),
    ).returning(work_lease.c.token)
    token: int | None = (await conn.execute(taken)).scalar_one_or_none()
    if token is not None:
        for cursor in (consumer_cursor, search_cursor):
            stamped = update(cursor).where(cursor.c.consumer.in_(list(consumers))).values(token=token)
            await conn.execute(stamped)
    return token


async def release(conn: AsyncConnection, owner: int, names: Collection[str]) -> None:
    """End leases of a process."""
    theirs = (work_lease.c.owner == owner, work_lease.c.name.in_(list(names)))
    await conn.execute(update(work_lease).where(*theirs).values(until=0))


async def leave(conn: AsyncConnection, owner: int) -> None:
    """End all leases of a process, and forget it."""
    await conn.execute(update(work_lease).where(work_lease.c.owner == owner).values(until=0))
    await conn.execute(delete(process).where(process.c.id == owner))


async def end_all(conn: AsyncConnection) -> None:
    """End every lease and forget every process: for when all are known to be gone."""
    await conn.execute(update(work_lease).values(until=0))
    await conn.execute(delete(process))
