"""Cursors of reactors, and events whose turn in a reactor has failed.

Every unit of a reactor takes its cursor's row first, so the units of one reactor run one after another, also when
several processes run it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.tables import reactor_cursor, reactor_retry
from tidings_server.platform.errors import LostRace

QUEUED: Final = "QUEUED"
PARKED: Final = "PARKED"
BEHIND: Final = 1 << 62
"""`due_at` of an event that waits for the one before it of the same key: no instant at all."""
MAX_ERROR: Final = 1_024


class FailedEvent(NamedTuple):
    """An event that waits for another try, or for the event before it. Instants in µs."""

    id: int
    reactor: str
    key: str
    seq: int
    tenant_id: int
    state: str
    attempts: int
    due_at: int
    error: str


async def position(conn: AsyncConnection, reactor: str) -> int | None:
    """The last event that the reactor has taken in; None if it never ran."""
    query = select(reactor_cursor.c.position).where(reactor_cursor.c.reactor == reactor)
    return (await conn.execute(query)).scalar_one_or_none()


async def positions(conn: AsyncConnection) -> dict[str, int]:
    """Every reactor's position."""
    return {row.reactor: row.position for row in await conn.execute(select(reactor_cursor))}


async def start(conn: AsyncConnection, reactor: str, *, at: int) -> None:
    """Give a reactor that never ran its first position."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    first = dialect.insert(reactor_cursor).values(reactor=reactor, position=at)
    await conn.execute(first.on_conflict_do_nothing())


async def restart(conn: AsyncConnection, reactor: str) -> None:
    """Send a cursor back to the start of the log, and forget the retries: every event comes again."""
    await conn.execute(update(reactor_cursor).where(reactor_cursor.c.reactor == reactor).values(position=0))
    await conn.execute(delete(reactor_retry).where(reactor_retry.c.reactor == reactor))


async def move(conn: AsyncConnection, reactor: str, *, old: int, new: int) -> None:
    """Move a cursor that is still at `old`. Raises LostRace when another process has moved it."""
    moved = await conn.execute(
        update(reactor_cursor)
        .where(reactor_cursor.c.reactor == reactor, reactor_cursor.c.position == old)
        .values(position=new)
    )
    if moved.rowcount != 1:
        raise LostRace


async def hold(conn: AsyncConnection, reactor: str) -> None:
    """Take the cursor's row without moving it."""
    await conn.execute(select(reactor_cursor.c.position).where(reactor_cursor.c.reactor == reactor).with_for_update())


async def queued_keys(conn: AsyncConnection, reactor: str, keys: Collection[str]) -> set[str]:
    """Which of these keys (at most 1,000) have an event that waits for another try."""
    query = select(reactor_retry.c.key).distinct()
    rows = await conn.execute(query.where(*_queued(reactor), reactor_retry.c.key.in_(list(keys))))
    return set(rows.scalars())


async def set_back(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store events that failed or wait behind such; each with all columns but `id` and `state`."""
    await conn.execute(insert(reactor_retry), [{**row, "state": QUEUED} for row in rows])


async def has_queued(conn: AsyncConnection, reactor: str) -> bool:
    """Whether any event waits for another try, or for the event before it."""
    return (await conn.execute(_ANY_QUEUED, {"of_reactor": reactor})).first() is not None


async def due(conn: AsyncConnection, reactor: str, *, now: int, limit: int) -> list[FailedEvent]:
    """Events whose next try has come, the longest due first."""
    query = select(reactor_retry).where(*_queued(reactor), reactor_retry.c.due_at <= now)
    rows = await conn.execute(query.order_by(reactor_retry.c.due_at, reactor_retry.c.seq).limit(limit))
    return list(map(_setback, rows))


async def next_due(conn: AsyncConnection, reactor: str) -> int | None:
    """When the next try is due."""
    query = select(func.min(reactor_retry.c.due_at)).where(*_queued(reactor), reactor_retry.c.due_at < BEHIND)
    due_at: int | None = (await conn.execute(query)).scalar_one()
    return due_at


async def settle(conn: AsyncConnection, setback: FailedEvent, *, now: int) -> None:
    """The try went well: the event is done and the next of its key is due. Raises LostRace if it was not ours."""
    await hold(conn, setback.reactor)
    done = await conn.execute(delete(reactor_retry).where(*_unchanged(setback)))
    if done.rowcount != 1:
        raise LostRace
    await _release(conn, setback, now=now)


async def postpone(conn: AsyncConnection, setback: FailedEvent, *, due_at: int, error: str) -> None:
    """The try failed: the next is at `due_at`. Raises LostRace if it was not ours to try."""
    await _change(conn, setback, due_at=due_at, error=error[:MAX_ERROR])


async def park(conn: AsyncConnection, setback: FailedEvent, *, now: int, error: str) -> None:
    """The last try failed: the event is kept aside and the next of its key is due. Raises LostRace as `postpone`."""
    await _change(conn, setback, state=PARKED, due_at=BEHIND, error=error[:MAX_ERROR])
    await _release(conn, setback, now=now)


async def parked(conn: AsyncConnection, *, after: int, limit: int) -> list[FailedEvent]:
    """Events kept aside, of all reactors and tenants, those with an id above `after`."""
    query = select(reactor_retry).where(reactor_retry.c.state == PARKED, reactor_retry.c.id > after)
    return list(map(_setback, await conn.execute(query.order_by(reactor_retry.c.id).limit(limit))))


async def unpark(conn: AsyncConnection, setback_id: int, *, now: int) -> bool:
    """Try an event that was kept aside again from the first try on; false if there is none."""
    changed = await conn.execute(
        update(reactor_retry)
        .where(reactor_retry.c.id == setback_id, reactor_retry.c.state == PARKED)
        .values(state=QUEUED, attempts=0, due_at=now)
    )
    return changed.rowcount == 1


async def _change(conn: AsyncConnection, setback: FailedEvent, **values: Any) -> None:
    await hold(conn, setback.reactor)
    changed = update(reactor_retry).where(*_unchanged(setback)).values(attempts=setback.attempts + 1, **values)
    if (await conn.execute(changed)).rowcount != 1:
        raise LostRace


async def _release(conn: AsyncConnection, setback: FailedEvent, *, now: int) -> None:
    same_key = (*_queued(setback.reactor), reactor_retry.c.key == setback.key)
    following = select(func.min(reactor_retry.c.seq)).where(*same_key).scalar_subquery()
    behind = (reactor_retry.c.seq == following, reactor_retry.c.due_at == BEHIND)
    await conn.execute(update(reactor_retry).where(*same_key, *behind).values(due_at=now))


_ANY_QUEUED: Final = (
    select(reactor_retry.c.id)
    .where(reactor_retry.c.reactor == bindparam("of_reactor"), reactor_retry.c.state == QUEUED)
    .limit(1)
)


def _queued(reactor: str) -> tuple[Any, ...]:
    return reactor_retry.c.reactor == reactor, reactor_retry.c.state == QUEUED


def _unchanged(setback: FailedEvent) -> tuple[Any, ...]:
    """Guards a try: somebody else's would have removed the row or counted an attempt."""
    return (
        reactor_retry.c.id == setback.id,
        reactor_retry.c.state == QUEUED,
        reactor_retry.c.attempts == setback.attempts,
    )


def _setback(row: Row[Any]) -> FailedEvent:
    return FailedEvent._make(row)
