"""SQLite as Tidings uses it: one process, one file, one writer on its thread, a few readers.

A commit is durable when it returns; checkpoints are `Checkpointer`'s, never a commit's.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from tidings_server.platform.errors import WrongState
from tidings_server.storage.sqlite.inline import inline_engine
from tidings_server.storage.sqlite.reader import aiosqlite_engine

LOCK_NAME = "tidings.lock"
READERS = 4
WRITER_CACHE_KIB = 16 << 10
READER_CACHE_KIB = 2 << 10
KEPT_LOG_BYTES = 64 << 20
BUSY_TIMEOUT_MS = 5_000
READING = {"query_only": "ON", "busy_timeout": BUSY_TIMEOUT_MS, "cache_size": -READER_CACHE_KIB}


class StartRefused(WrongState):
    """The server cannot start on this database."""

    reason = "START_REFUSED"


class DirectoryLock:
    """Holds a directory for this process, so that no second server writes the same files.

    The lock is the kernel's and ends with the process, however that ends; the file stays and names the last holder.
    """

    def __init__(self, directory: Path) -> None:
        """Takes the lock, or raises StartRefused naming the process that has it."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = (directory / LOCK_NAME).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            message = (
                f"{directory} is in use by another Tidings server (process {holder}). "
                "SQLite serves one process: stop that one, or set TIDINGS_DATA_DIR or TIDINGS_DATABASE_URL."
            )
            raise StartRefused(message) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def writer_engine(path: Path, *, is_rebuildable: bool = False) -> AsyncEngine:
    """The engine of the only connection that writes `path`.

    A rebuildable file may lose its last commits in a power cut (never its integrity), and checkpoints by itself.
    """
    pragmas = {
        "journal_mode": "WAL",
        "synchronous": "NORMAL" if is_rebuildable else "FULL",
        "journal_size_limit": KEPT_LOG_BYTES,
        "busy_timeout": BUSY_TIMEOUT_MS,
        "foreign_keys": "ON",
        "cache_size": -WRITER_CACHE_KIB,
    }
    if not is_rebuildable:
        pragmas["wal_autocheckpoint"] = 0
    engine = inline_engine(str(path))
    _on_connect(engine, pragmas)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader_engine(path: Path) -> AsyncEngine:
    """A small pool of connections that cannot write. Each statement is a transaction, so none stays open."""
    engine = aiosqlite_engine(path, connections=READERS)
    _on_connect(engine, READING)
    return engine


def inline_reader_engine(path: Path) -> AsyncEngine:
    """One connection that cannot write, for the event loop's own thread."""
    engine = inline_engine(str(path))
    _on_connect(engine, READING)
    return engine


def _on_connect(engine: AsyncEngine, pragmas: Mapping[str, object]) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()
