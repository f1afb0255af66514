"""Cursors of the consumers whose effects stand beside the log.

Each transaction of a consumer takes its cursor's row first, so those of one consumer run one after another, also when
several processes run it.
"""

from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.cursors import CursorTable
from tidings_server.log.store.tables import consumer_cursor, failed_event
from tidings_server.storage.log.shards import end_of, in_shard, start_of

CURSORS: Final = CursorTable(consumer_cursor)

position = CURSORS.position
start = CURSORS.start
move = CURSORS.move
hold = CURSORS.hold


async def last(conn: AsyncConnection, shard: int) -> int | None:
    """The position of the consumer that is furthest behind in a shard; None without any."""
    is_of_shard = consumer_cursor.c.position.between(start_of(shard), end_of(shard))
    found: int | None = (
        await conn.execute(select(func.min(consumer_cursor.c.position)).where(is_of_shard))
    ).scalar_one()
    return found


async def position_in(conn: AsyncConnection, consumer: str, shard: int) -> int:
    """The last event of a shard that has taken effect; the shard's start if the consumer never ran there."""
    return await CURSORS.position(conn, in_shard(consumer, shard)) or start_of(shard)


async def restart(conn: AsyncConnection, consumer: str, shard: int, *, at: int = 0) -> None:
    """Send a cursor back to the start of a shard, or behind event number `at` of it.

    Its failed events are forgotten: every later event comes again.
    """
    consumer = in_shard(consumer, shard)
    await CURSORS.restart(conn, consumer, at=max(at, start_of(shard)))
    await conn.execute(delete(failed_event).where(failed_event.c.consumer == consumer))
