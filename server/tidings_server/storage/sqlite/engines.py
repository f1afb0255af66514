"""SQLite as Tidings uses it: one file, in each process one writer on its thread and a few readers.

A commit is durable when it returns; checkpoints are `Checkpointer`'s, never a commit's.
"""

import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from tidings_server.platform.errors import WrongState
from tidings_server.storage.sqlite.inline import inline_engine
from tidings_server.storage.sqlite.reader import aiosqlite_engine

LOCK_NAME = "tidings.lock"
WRITE_LOCK = "write.lock"
LOOKS = 200
LOOK_S = 0.05
"""How often, and how many seconds apart, a process looks whether another has brought a shared directory up to date."""
READERS = 4
WRITER_CACHE_KIB = 16 << 10
READER_CACHE_KIB = 2 << 10
KEPT_LOG_BYTES = 64 << 20
BUSY_TIMEOUT_MS = 5_000
MACHINE_CLOCK = "machine_us"
READING = {"query_only": "ON", "busy_timeout": BUSY_TIMEOUT_MS, "cache_size": -READER_CACHE_KIB}


class StartRefused(WrongState):
    """The server cannot start on this database."""

    reason = "START_REFUSED"


class DirectoryLock:
    """Holds a directory for this process, or for processes that share it, so that no other server writes its files.

    The lock is the kernel's and ends with the process, however that ends; the file stays and names the last holder.
    """

    def __init__(self, directory: Path, *, is_shared: bool = False) -> None:
        """Takes the lock, or raises StartRefused naming a process that has it.

        One that shares it has it for itself while no other has (`is_first`), until it calls `share`: so that the first
        brings the files up to date before others read them. Another waits for that, for at most 10 s.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = (directory / LOCK_NAME).open("a+")
        self.is_first = self._takes(fcntl.LOCK_EX)
        if not self.is_first and not (is_shared and self._is_let_in()):
            raise StartRefused(self._refusal(directory))
        if self.is_first:
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()

    def share(self) -> None:
        """Let others in that share the directory."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        self._file.close()

    def _is_let_in(self) -> bool:
        for _ in range(LOOKS):
            if self._takes(fcntl.LOCK_SH):
                return True
            time.sleep(LOOK_S)
        return False

    def _takes(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _refusal(self, directory: Path) -> str:
        self._file.seek(0)
        holder = self._file.read().strip() or "unknown"
        self._file.close()
        return (
            f"{directory} is in use by another Tidings server (process {holder}): stop that one, or set "
            "TIDINGS_DATA_DIR or TIDINGS_DATABASE_URL. "
            "Processes that share it have the role `api` or `worker`."
        )


class WriteLock:
    """Lets one process at a time write a file that several write: each waits in the kernel for the one before.

    SQLite's own lock makes who waits look again after pauses of up to 100 ms. A context manager of one thread; the lock
    ends with the process. `WriteLock(None)` locks nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else path.open("a")

    def __enter__(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_failure: object) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def writer_engine(path: Path, *, is_rebuildable: bool = False) -> AsyncEngine:
    """The engine of the only connection of a thread that writes `path`.

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
        driver: Any = conn.connection.driver_connection
        if not driver.in_transaction:  # as within `WriterConnection.writing`
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
        connection.create_function(MACHINE_CLOCK, 0, _machine_us)


def _machine_us() -> int:
    """A clock of the machine that nobody sets, in µs: for what processes of one machine compare with each other."""
    return time.monotonic_ns() // 1_000
