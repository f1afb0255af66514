"""Snapshot of an embedded database while a server writes it, and a look into a snapshot.

SQLite's backup API copies inside one read transaction: the copy is the database at one commit, whatever is written
meanwhile, and the server neither waits nor knows. Source: sqlite.org, "Online Backup API" and "Write-Ahead Logging".
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tidings_server.identity.store.data_keys import SealedKey

STEP_PAGES: Final = 4_096
"""Pages of 4 KiB that are copied between two notes of progress."""
BUSY_TIMEOUT_S: Final = 5.0

Progress = Callable[[int, int], None]
"""Gets the pages that are still to be copied, and their number in all."""


class SnapshotContents(NamedTuple):
    """Revision of a snapshot's schema, the number of its last event, and its data keys."""

    schema: str
    head: int
    data_keys: list[SealedKey]


class SnapshotDamaged(Exception):
    """The file is no intact database of a Tidings server; the text says what SQLite found."""


def take(source: Path, target: Path, progress: Progress) -> None:
    """Copy the database `source` as it is now to the new file `target`."""
    target.touch(mode=0o600, exist_ok=False)
    with _opened(source) as from_, closing(sqlite3.connect(target)) as to:
        from_.execute("BEGIN")
        from_.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # begins the read transaction
        from_.backup(to, pages=STEP_PAGES, progress=lambda _status, left, total: progress(left, total))
        from_.execute("COMMIT")
        to.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it


def contents(path: Path) -> SnapshotContents:
    """Look into a snapshot after SQLite has checked it. Raises SnapshotDamaged."""
    try:
        with _opened(path) as conn:
            [found] = conn.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise SnapshotDamaged(f"SQLite's check found: {found}")
            [schema] = conn.execute(_newest_revision(conn)).fetchone()
            [head] = conn.execute("SELECT max(seq) FROM log_head").fetchone()
            keys = conn.execute("SELECT number, sealed, master, created_at FROM data_key ORDER BY number").fetchall()
    except (sqlite3.Error, TypeError) as error:  # a table without its row gives None
        raise SnapshotDamaged(f"it is no database of Tidings: {error}") from None
    return SnapshotContents(schema, head, [SealedKey(*key) for key in keys])


def _newest_revision(conn: sqlite3.Connection) -> str:
    """The statement that reads the schema's revision: databases of 0.1.0 have Alembic's record alone."""
    named = "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'"
    [has_migrations] = conn.execute(named).fetchone()
    if has_migrations:
        return "SELECT max(revision) FROM schema_migration"
    return "SELECT version_num FROM alembic_version"


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as conn:
        conn.execute("PRAGMA query_only = ON")
        yield conn
