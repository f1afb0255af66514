"""Bringing a database to this version's schema, and refusing one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.store.sqlite import StartRefused
from tidings_server.store.tables import search_cursor, search_metadata
from tidings_server.store.workflow_tables import search_record_cursor

MIGRATIONS = Path(__file__).with_name("migrations")
SEARCH_VERSION = 2
"""Counted up with every change of the search tables: an embedded search file of another version is built anew."""

_UPGRADE_LOCK = 0x7469_6469
"""Key of the advisory lock that lets one of several starting processes upgrade a PostgreSQL database."""


async def upgrade(conn: AsyncConnection) -> None:
    """Carry out the migrations that are missing, in the caller's transaction.

    Raises StartRefused when the schema is one that this version does not know: a newer server made it.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
    await conn.run_sync(_upgrade)


async def prepare_search(conn: AsyncConnection) -> None:
    """Make the tables of an embedded search file; those of another version are dropped, to be filled again."""
    version = (await conn.exec_driver_sql("PRAGMA user_version")).scalar_one()
    if version != SEARCH_VERSION:
        await conn.run_sync(search_metadata.drop_all)
        await conn.run_sync(search_metadata.create_all)
        await conn.execute(search_cursor.insert().values(id=1, position=0))
        await conn.execute(search_record_cursor.insert().values(id=1, event=0, outcome=0))
        await conn.exec_driver_sql(f"PRAGMA user_version = {SEARCH_VERSION}")


def configuration() -> Config:
    """Alembic's configuration; without an ini file, since no command but ours reads one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def head() -> str:
    """The revision that `upgrade` brings a database to."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def _upgrade(conn: Connection) -> None:
    config = configuration()
    current = MigrationContext.configure(conn).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        message = f"The database has schema {current}, which this version does not know: start the newer version again."
        raise StartRefused(message)
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
