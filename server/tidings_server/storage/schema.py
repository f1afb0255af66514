"""Bringing a database to this version's schema, and refusing one that is newer."""

from typing import Final

from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.shards import DEFAULT_SHARDS, start_of
from tidings_server.storage.log.tables import shard_head
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.storage.tables import search_metadata

HEAD: Final = "0002"
"""The newest revision under migrations/."""
SEARCH_VERSION = 5
"""Counted up with every change of the search tables: an embedded search file of another version is built anew."""

_UPGRADE_LOCK = 0x7469_6469
"""Key of the advisory lock that admits one of several starting processes to upgrade a PostgreSQL database."""


async def upgrade(conn: AsyncConnection, shards: int = 0) -> None:
    """Carry out the migrations that are missing, in the caller's transaction, and open shards of the log.

    As many on PostgreSQL as `shards`; with 0 those that there are, in a new database `DEFAULT_SHARDS`: an older one may
    have servers that know of none. Raises StartRefused also for fewer than there are: none is ever closed.
    Raises StartRefused when the schema is one that this version does not know: a newer server made it.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
    before = await conn.run_sync(_revision)
    if before != HEAD:
        from tidings_server.storage.migrations.upgrade import (  # noqa: PLC0415  # imports Alembic, which every start would pay for
            upgrade as carry_out,
        )

        await conn.run_sync(carry_out)
    if conn.dialect.name == "postgresql":
        await _open_shards(conn, shards, default=DEFAULT_SHARDS if before is None else 0)


async def _open_shards(conn: AsyncConnection, wanted: int, *, default: int) -> None:
    there = 1 + int((await conn.execute(text("SELECT count(*) FROM shard_head"))).scalar_one())
    if wanted and wanted < there:
        message = f"The log has {there} shards, and none can be closed: set TIDINGS_SHARDS to {there} or more."
        raise StartRefused(message)
    for shard in range(there, wanted or default):
        await conn.execute(insert(shard_head).values(shard=shard, seq=start_of(shard), recorded_at=0))


async def prepare_search(conn: AsyncConnection) -> None:
    """Make the tables of an embedded search file; those of another version are dropped, to be filled again."""
    version = (await conn.exec_driver_sql("PRAGMA user_version")).scalar_one()
    if version != SEARCH_VERSION:
        await conn.run_sync(search_metadata.drop_all)
        await conn.run_sync(search_metadata.create_all)
        await conn.exec_driver_sql(f"PRAGMA user_version = {SEARCH_VERSION}")


def head() -> str:
    """The revision that `upgrade` brings a database to."""
    return HEAD


def _revision(conn: Connection) -> str | None:
    """The revision of a database's schema; None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
