"""Processes and their leases on the work that one of them does for all, in SQL.

All instants are the database's own (`clock_timestamp()`): a process whose clock is wrong neither takes what another has
nor keeps what it has lost.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    bindparam,
    cast,
    delete,
    func,
    inspect,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.tables import consumer_cursor, process, search_cursor, work_lease
from tidings_server.storage.schema import FIRST_VERSION

NOW: Final[ColumnElement[int]] = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
"""The database's clock, in µs."""
PATIENCE_US: Final = 30_000_000
"""Time for which a process that was not seen may still live: it stands still, or its network does."""


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


async def renew(
    conn: AsyncConnection, own_id: int, *, role: str, version: str, ttl_us: int
) -> tuple[list[LiveProcess], list[StoredLease]]:
    """Note that a process lives, and extend its leases that have not run out; gives all live processes and all leases.

    One statement, which is sent by every process every few seconds. A process that has not been seen for ten times as
    long goes. A lease of this process that was not extended is over, whatever the snapshot says of it.
    """
    rows = (
        await conn.execute(_renewal(), {"own_id": own_id, "role": role, "version": version, "ttl_us": ttl_us})
    ).all()
    processes = [LiveProcess(row.number, row.name, row.age_us) for row in rows if not row.is_lease]
    leases = [StoredLease(row.name, row.number, row.is_over) for row in rows if row.is_lease]
    return sorted(processes), leases


@cache
def _renewal() -> CompoundSelect[Any]:
    own_id, ttl = bindparam("own_id", type_=BigInteger), bindparam("ttl_us", type_=BigInteger)
    new = {"id": own_id, "role": bindparam("role"), "version": bindparam("version")}
    insert = postgresql.insert(process).values(new | {"started_at": NOW, "seen_at": NOW})
    own = insert.on_conflict_do_update(index_elements=["id"], set_={"seen_at": NOW})
    alive = own.returning(process.c.id, process.c.role, process.c.started_at).cte("alive")
    is_gone = (process.c.seen_at < NOW - 10 * ttl, process.c.id != own_id)
    gone = delete(process).where(*is_gone).returning(process.c.id).cte("gone")
    is_held = (work_lease.c.owner == own_id, work_lease.c.until > NOW)
    held = update(work_lease).where(*is_held).values(until=NOW + ttl).returning(work_lease.c.name).cte("held")
    others = select(process.c.id, process.c.role, process.c.started_at)
    others = others.where(process.c.seen_at > NOW - ttl, process.c.id != own_id)
    found = union_all(select(alive), others).subquery()
    lives = select(
        literal(False).label("is_lease"),  # noqa: FBT003 - a value of the row
        found.c.id.label("number"),
        found.c.role.label("name"),
        (NOW - found.c.started_at).label("age_us"),
        literal(False).label("is_over"),  # noqa: FBT003
    )
    was_extended = work_lease.c.name.in_(select(held.c.name))
    is_over = ~was_extended & ((work_lease.c.until <= NOW) | (work_lease.c.owner == own_id))
    leases = select(literal(True), work_lease.c.owner, work_lease.c.name, literal(0), is_over)  # noqa: FBT003
    return union_all(lives.add_cte(gone), leases)


async def live_versions(conn: AsyncConnection) -> list[str]:
    """Versions of the servers that have been seen within their last PATIENCE_US, one for each process.

    Where the table does not have them yet, each is of FIRST_VERSION.
    """
    columns = await conn.run_sync(_columns_of_process)
    version = process.c.version if process.c.version.name in columns else literal(FIRST_VERSION)
    alive = select(version).where(process.c.seen_at > NOW - PATIENCE_US)
    return list((await conn.execute(alive)).scalars()) if columns else []


def _columns_of_process(conn: Connection) -> set[str]:
    inspector = inspect(conn)
    return (
        {each["name"] for each in inspector.get_columns(process.name)} if inspector.has_table(process.name) else set()
    )


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
