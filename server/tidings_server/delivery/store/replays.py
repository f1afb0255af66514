"""Ranges of the log that are still to be routed to one subscription once more."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import replay
from tidings_server.platform.errors import LostRace


class Replay(NamedTuple):
    """Events after `position` up to `to_seq` wait for it. `is_start`: the backlog of `startFrom`."""

    id: str
    tenant_id: int
    subscription_key: int
    is_start: bool
    position: int
    to_seq: int
    created_at: int


_COLUMNS = tuple(replay.c[name] for name in Replay._fields)


async def add(conn: AsyncConnection, values: Replay) -> None:
    """Adds a replay; one that exists under this id stays as it is."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    await conn.execute(insert(replay).values(values._asdict()).on_conflict_do_nothing())


async def unfinished(conn: AsyncConnection) -> Sequence[Replay]:
    """All that are not done, oldest first."""
    query = select(*_COLUMNS).where(replay.c.finished_at.is_(None)).order_by(replay.c.created_at, replay.c.id)
    return [Replay._make(row) for row in await conn.execute(query)]


async def move(conn: AsyncConnection, stored: Replay, *, position: int, finished_at: int | None) -> None:
    """Moves a replay on. LostRace when another process has moved it since it was read."""
    values: Mapping[str, Any] = {"position": position, "finished_at": finished_at}
    is_as_read = (replay.c.position == stored.position, replay.c.finished_at.is_(None))
    moved = await conn.execute(update(replay).where(replay.c.id == stored.id, *is_as_read).values(values))
    if moved.rowcount != 1:
        raise LostRace
