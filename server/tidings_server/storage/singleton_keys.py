"""Keys of which a database has exactly one, made by the process that first needs it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.conflicts import insert_into
from tidings_server.storage.tables import server_key


async def only_key(conn: AsyncConnection, purpose: str, *, sealed: bytes, at: int) -> bytes:
    """The sealed key of this purpose: the stored one, or `sealed`, which is stored then. `at` is in µs.

    Of several processes that start at once all get the same: a second insert waits for the first and does nothing.
    """
    new = insert_into(server_key, conn.dialect.name).values(id=purpose, purpose=purpose, sealed=sealed, created_at=at)
    await conn.execute(new.on_conflict_do_nothing())
    stored: bytes = (await conn.execute(select(server_key.c.sealed).where(server_key.c.id == purpose))).scalar_one()
    return stored
