"""Sending the relay back at the operator's word. Needs no client of NATS: the relay notices within a minute."""

from tidings_server.jetstream.store import checkpoints
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import shard_of


def stream_of(shard: int) -> str:
    """The stream of the events of a shard; the subjects of the first begin with `tidings.0`."""
    return f"TIDINGS_{shard}"


async def rewind_stream(database: Database, *, to: int) -> int | None:
    """Have the relay publish again what comes after event number `to` in its shard; with 0 everything.

    Gives where it was, the first of several; None if it never ran.
    """
    shards = [shard_of(to)] if to else range(database.shards)
    found = [await _rewind(database, shard, to) for shard in shards]
    return next((was for was in found if was is not None), None)


async def _rewind(database: Database, shard: int, to: int) -> int | None:
    return await database.write_queue.run(lambda conn: checkpoints.rewind(conn, stream_of(shard), shard, to=to))
