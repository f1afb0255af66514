"""Keys that seal secrets, in SQL; each sealed with a master key."""

from typing import Final, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import data_key
from tidings_server.storage.conflicts import insert_into


class SealedKey(NamedTuple):
    """A data key as it is stored; `master` is the fingerprint of the master key that seals it, `created_at` in µs."""

    number: int
    sealed: bytes
    master: str
    created_at: int


NEWEST: Final = select(func.max(data_key.c.number))
"""The number of the newest key, as a fact of the shared look."""


async def keys(conn: AsyncConnection) -> list[SealedKey]:
    """Every data key, the newest first."""
    query = select(data_key.c.number, data_key.c.sealed, data_key.c.master, data_key.c.created_at)
    return [SealedKey._make(row) for row in await conn.execute(query.order_by(data_key.c.number.desc()))]


async def add(conn: AsyncConnection, new: SealedKey) -> None:
    """Store a key. IntegrityError when its number is taken."""
    await conn.execute(insert(data_key).values(new._asdict()))


async def add_first(conn: AsyncConnection, new: SealedKey) -> None:
    """Store a key unless its number is taken; a second process waits for the first and does nothing."""
    await conn.execute(insert_into(data_key, conn.dialect.name).values(new._asdict()).on_conflict_do_nothing())


async def reseal(conn: AsyncConnection, key: SealedKey) -> None:
    """Replace the sealed form of a key."""
    changed = update(data_key).where(data_key.c.number == key.number)
    await conn.execute(changed.values(sealed=key.sealed, master=key.master))
