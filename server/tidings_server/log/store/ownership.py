"""Processes and their leases on the work that one of them does for all, in SQL.

All instants are those of one clock, which no process has for itself: on PostgreSQL the database's own, on SQLite one of
the machine that nobody sets. A process whose clock is wrong neither takes what another has nor keeps what it has lost.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Delete,
    Executable,
    Select,
    Subquery,
    Table,
    Update,
    bindparam,
    delete,
    inspect,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from tidings_server.log.store.tables import consumer_cursor, process, search_cursor, work_lease
from tidings_server.storage.conflicts import insert_into
from tidings_server.storage.schema import FIRST_VERSION
from tidings_server.storage.sqlite.engines import MACHINE_CLOCK


class now_us(FunctionElement[int]):  # noqa: N801 - as SQL functions are named
    """The clock that all processes share, in µs."""

    type = BigInteger()
    inherit_cache = True


NOW: Final = now_us()
OWN_ID: Final = bindparam("own_id", type_=BigInteger)
TTL: Final = bindparam("ttl_us", type_=BigInteger)
IS_OVER: Final = (work_lease.c.until <= NOW) | (work_lease.c.until > NOW + TTL)
"""A lease that has run out; one that is longer than any can be is from before the machine's start."""
PATIENCE_US: Final = 30_000_000
"""Time for which a process that was not seen may still live: it stands still, or its network does."""


@compiles(now_us, "postgresql")
def _of_the_database(_now: now_us, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST(EXTRACT(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(now_us, "sqlite")
def _of_the_machine(_now: now_us, _compiler: SQLCompiler, **_options: object) -> str:
    return f"{MACHINE_CLOCK}()"


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

    Every process does so every few seconds: on PostgreSQL in one statement. A process that has not been seen for ten
    times as long goes. A lease of this process that was not extended is over, whatever the snapshot says of it.
    """
    values = {"own_id": own_id, "role": role, "version": version, "ttl_us": ttl_us}
    if conn.dialect.name == "postgresql":
        rows = (await conn.execute(_renewal(), values)).all()
    else:
        *changes, look = _renewal_in_steps()
        for change in changes:
            await conn.execute(change, values)
        rows = (await conn.execute(look, values)).all()
    processes = [LiveProcess(row.number, row.name, row.age_us) for row in rows if not row.is_lease]
    leases = [StoredLease(row.name, row.number, row.is_over) for row in rows if row.is_lease]
    return sorted(processes), leases


@cache
def _renewal() -> CompoundSelect[Any]:
    own, gone, held = _changes("postgresql")
    alive = own.returning(process.c.id, process.c.role, process.c.started_at).cte("alive")
    extended = held.returning(work_lease.c.name).cte("held")
    is_over = ~work_lease.c.name.in_(select(extended.c.name)) & (IS_OVER | (work_lease.c.owner == OWN_ID))
    found = union_all(select(alive), _seen(process.c.id != OWN_ID)).subquery()
    return _found(found, is_over, goes=gone.returning(process.c.id).cte("gone"))


@cache
def _renewal_in_steps() -> tuple[Executable, ...]:
    """The same for SQLite, which has no statement that changes several tables: changes, and a look at their result."""
    return *_changes("sqlite"), _found(_seen(true()).subquery(), IS_OVER)


def _changes(dialect_name: str) -> tuple[postgresql.Insert, Delete, Update]:
    """The row of this process, those of processes that are gone, and this process's leases that have not run out."""
    new = {"id": OWN_ID, "role": bindparam("role"), "version": bindparam("version")}
    insert = insert_into(process, dialect_name).values(new | {"started_at": NOW, "seen_at": NOW})
    own = insert.on_conflict_do_update(index_elements=["id"], set_={"seen_at": NOW})
    is_gone = (process.c.seen_at < NOW - 10 * TTL) | (process.c.seen_at > NOW)
    gone = delete(process).where(is_gone, process.c.id != OWN_ID)
    return own, gone, update(work_lease).where(work_lease.c.owner == OWN_ID, ~IS_OVER).values(until=NOW + TTL)


def _seen(which: ColumnElement[bool]) -> Select[Any]:
    is_alive = process.c.seen_at.between(NOW - TTL, NOW)
    return select(process.c.id, process.c.role, process.c.started_at).where(is_alive, which)


def _found(found: Subquery, is_over: ColumnElement[bool], *, goes: CTE | None = None) -> CompoundSelect[Any]:
    """Rows of processes and of leases."""
    lives = select(
        literal(False).label("is_lease"),  # noqa: FBT003 - a value of the row
        found.c.id.label("number"),
        found.c.role.label("name"),
        (NOW - found.c.started_at).label("age_us"),
        literal(False).label("is_over"),  # noqa: FBT003
    )
    leases = select(literal(True), work_lease.c.owner, work_lease.c.name, literal(0), is_over)  # noqa: FBT003
    return union_all(lives if goes is None else lives.add_cte(goes), leases)


async def live_versions(conn: AsyncConnection) -> list[str]:
    """Versions of the servers that have been seen within their last PATIENCE_US, one for each process.

    Where the table does not have them yet, each is of FIRST_VERSION.
    """
    columns = await conn.run_sync(_columns_of_process)
    version = process.c.version if process.c.version.name in columns else literal(FIRST_VERSION)
    alive = select(version).where(process.c.seen_at.between(NOW - PATIENCE_US, NOW))
    return list((await conn.execute(alive)).scalars()) if columns else []


def _columns_of_process(conn: Connection) -> set[str]:
    inspector = inspect(conn)
    return (
        {each["name"] for each in inspector.get_columns(process.name)} if inspector.has_table(process.name) else set()
    )


async def take(conn: AsyncConnection, name: str, *, owner: int, ttl_us: int, consumers: Collection[str]) -> int | None:
    """Take a lease that nobody else holds, and stamp its token on its consumers' cursors beside the log; else None.

    The stamp waits for a transaction of the owner before that is under way; after it, that one can move no cursor.
    """
    insert = insert_into(work_lease, conn.dialect.name).values(name=name, owner=owner, until=NOW + TTL, token=1)
    taken = insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "until": NOW + TTL, "token": work_lease.c.token + 1},
        where=IS_OVER | (work_lease.c.owner == owner),
    ).returning(work_lease.c.token)
    token: int | None = (await conn.execute(taken, {"ttl_us": ttl_us})).scalar_one_or_none()
    if token is not None:
        await _stamp(conn, consumer_cursor, consumers, token)
    return token


async def stamp_search(conn: AsyncConnection, consumers: Collection[str], token: int) -> None:
    """Stamp the token of a lease that was taken on the cursors of the search projection, whose file may be another."""
    await _stamp(conn, search_cursor, consumers, token)


async def _stamp(conn: AsyncConnection, cursor: Table, consumers: Collection[str], token: int) -> None:
    await conn.execute(update(cursor).where(cursor.c.consumer.in_(list(consumers))).values(token=token))


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
