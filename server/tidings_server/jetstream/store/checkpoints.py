"""The relay's checkpoint, in SQL. Its cursor is a consumer's like any other."""

from typing import Final, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.jetstream.store.tables import relay_checkpoint
from tidings_server.log.store import consumers
from tidings_server.log.store.tables import consumer_cursor
from tidings_server.storage.log.shards import in_shard, start_of

CONSUMER: Final = "relay"


class RelayCheckpoint(NamedTuple):
    """The last committed message of a stream, the event that it was, and how often the relay was sent back."""

    stream_seq: int = 0
    position: int = 0
    rewinds: int = 0


async def read(conn: AsyncConnection, stream: str) -> RelayCheckpoint:
    """The checkpoint of a stream; zeros where nothing was published."""
    table = relay_checkpoint.c
    query = select(table.stream_seq, table.position, table.rewinds).where(table.stream == stream)
    row = (await conn.execute(query)).one_or_none()
    return RelayCheckpoint() if row is None else RelayCheckpoint._make(row)


async def put(conn: AsyncConnection, stream: str, new: RelayCheckpoint) -> None:
    """Replace the checkpoint of a stream; the caller's transaction has locked the cursor."""
    await conn.execute(delete(relay_checkpoint).where(relay_checkpoint.c.stream == stream))
    await conn.execute(insert(relay_checkpoint).values(stream=stream, **new._asdict()))


async def rewind(conn: AsyncConnection, stream: str, shard: int, *, to: int) -> int | None:
    """Send the relay of a shard back to after event number `to`, unless it is before that.

    Gives where it was; None if it never ran.
    """
    consumer = in_shard(CONSUMER, shard)
    await consumers.hold(conn, consumer)
    position = await consumers.position(conn, consumer)
    if position is None:
        return None
    before, back_to = await read(conn, stream), min(max(to, start_of(shard)), position)
    moved = update(consumer_cursor).where(consumer_cursor.c.consumer == consumer).values(position=back_to)
    await conn.execute(moved)
    await put(conn, stream, RelayCheckpoint(0, back_to, before.rewinds + 1))
    return position
