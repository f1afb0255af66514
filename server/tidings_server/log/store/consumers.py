"""Cursors of the consumers whose effects stand beside the log.

Each transaction of a consumer takes its cursor's row first, so those of one consumer run one after another, also when
several processes run it.
"""

from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.cursors import CursorTable
from tidings_server.log.store.tables import consumer_cursor, failed_event

CURSORS: Final = CursorTable(consumer_cursor)

position = CURSORS.position
start = CURSORS.start
move = CURSORS.move
hold = CURSORS.hold


async def last(conn: AsyncConnection) -> int | None:
    """The position of the consumer that is furthest behind; None without any."""
    found: int | None = (await conn.execute(select(func.min(consumer_cursor.c.position)))).scalar_one()
    return found


async def restart(conn: AsyncConnection, consumer: str, *, at: int = 0) -> None:
    """Send a cursor back behind event number `at`, and forget its failed events: every later event comes again."""
    await CURSORS.restart(conn, consumer, at=at)
    await conn.execute(delete(failed_event).where(failed_event.c.consumer == consumer))
