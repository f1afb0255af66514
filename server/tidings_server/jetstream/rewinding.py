"""Sending the relay back at the operator's word. Needs no client of NATS: the relay notices within a minute."""

from typing import Final

from tidings_server.jetstream.store import checkpoints
from tidings_server.storage.database import Database

STREAM: Final = "TIDINGS_0"
"""The stream of all events; its subjects begin with `tidings.0`."""


async def rewind_stream(database: Database, *, to: int) -> int | None:
    """Have the relay publish again what comes after event number `to`; gives where it was, None if it never ran."""
    return await database.write_queue.run(lambda conn: checkpoints.rewind(conn, STREAM, to=to))
