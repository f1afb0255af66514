"""Bringing a database to this version's schema, and refusing one that is newer."""

from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.tables import search_metadata

HEAD: Final = "0001"
"""The newest revision under migrations/."""
SEARCH_VERSION = 5
"""Counted up with every change of the search tables: an embedded search file of another version is built anew."""

_UPGRADE_LOCK = 0x7469_6469
"""Key of the advisory lock that admits one of several starting processes to upgrade a PostgreSQL database."""
_UPGRADE_IDLE_S: Final = 25
"""How long an upgrade may ask nothing, or wait for that of another process; statements end after 30 s."""


async def upgrade(conn: AsyncConnection) -> None:
    """Carry out the migrations that are missing, in the caller's transaction.

    Raises StartRefused when the schema is one that this version does not know: a newer server made it.
    """
    if conn.dialect.name == "postgresql":
        # The migrations are imported between two statements: for longer than others may be silent, on a busy machine.
        await conn.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_UPGRADE_IDLE_S}s'"))
        await conn.execute(text(f"SET LOCAL lock_timeout = '{_UPGRADE_IDLE_S}s'"))
        await conn.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
    if await conn.run_sync(_revision) != HEAD:
        from tidings_server.storage.migrations.upgrade import (  # noqa: PLC0415  # imports Alembic, which every start would pay for
            upgrade as carry_out,
        )

        await conn.run_sync(carry_out)


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
