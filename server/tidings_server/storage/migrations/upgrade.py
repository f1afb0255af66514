"""Carrying out migrations with Alembic: only a new or an older database needs it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tidings_server.storage.sqlite.engines import StartRefused

MIGRATIONS = Path(__file__).parent


def upgrade(conn: Connection) -> None:
    """Carry out what is missing. Raises StartRefused for a schema that this version does not know."""
    config = configuration()
    current = MigrationContext.configure(conn).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        message = f"The database has schema {current}, which this version does not know: start the newer version again."
        raise StartRefused(message)
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's configuration; without an ini file, since no command but ours reads one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
