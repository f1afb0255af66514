"""Migrations as they stand under versions/, and carrying them out with Alembic's operations."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, text

from tidings_server import __version__
from tidings_server.platform.versions import release
from tidings_server.storage.schema import FIRST, FIRST_VERSION, state_of
from tidings_server.storage.tables import schema_migration

MIGRATIONS: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration: `min_reader` is the oldest version of the server that may run once it is applied.

    EXPAND adds what older versions do not touch; CONTRACT removes what only they need, and may wait for their end.
    """

    revision: str
    kind: Literal["EXPAND", "CONTRACT"]
    min_reader: str
    summary: str
    upgrade: Callable[[], None]


class Migrations:
    """The migrations that this version knows, from the first on."""

    def __init__(self, versions: Path = MIGRATIONS / "versions", *, version: str = __version__) -> None:
        """`version` is that of the server that applies them."""
        self.version = version
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("version_locations", str(versions))
        config.set_main_option("path_separator", "newline")
        scripts = ScriptDirectory.from_config(config).walk_revisions()
        self.all: list[Migration] = [_read(script.module, script.doc) for script in scripts][::-1]

    def after(self, revision: str | None) -> list[Migration]:
        """Those that come after a revision; all after None."""
        return [each for each in self.all if revision is None or each.revision > revision]

    def apply(self, conn: Connection, migration: Migration, now_us: int) -> None:
        """Carry out one migration in the caller's transaction, and record it."""
        with Operations.context(MigrationContext.configure(conn)):
            migration.upgrade()
        if migration.revision == FIRST:
            _write_alembic_version(conn, FIRST)
            return
        row = {"revision": migration.revision, "kind": migration.kind, "min_reader": migration.min_reader}
        conn.execute(insert(schema_migration).values(row | {"version": self.version, "applied_at": now_us}))
        if release(migration.min_reader) > release(FIRST_VERSION):
            _write_alembic_version(conn, migration.revision)

    def apply_all(self, conn: Connection, now_us: int) -> None:
        """Carry out all that a database lacks, for one that no other process uses."""
        for migration in self.after(state_of(conn).revision):
            self.apply(conn, migration, now_us)


def _read(module: object, summary: str) -> Migration:
    revision: str = getattr(module, "revision")  # noqa: B009 - modules of migrations have no type
    kind: Literal["EXPAND", "CONTRACT"] = getattr(module, "kind", "EXPAND")
    min_reader: str = getattr(module, "min_reader", FIRST_VERSION)
    upgrade: Callable[[], None] = getattr(module, "upgrade")  # noqa: B009
    return Migration(revision, kind, min_reader, summary, upgrade)


def _write_alembic_version(conn: Connection, revision: str) -> None:
    """Write the record that servers of FIRST_VERSION read: they start where it names FIRST, and nowhere else."""
    if not inspect(conn).has_table("alembic_version"):
        conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    conn.execute(text("DELETE FROM alembic_version"))
    conn.execute(text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": revision})
