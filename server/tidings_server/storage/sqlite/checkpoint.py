"""Checkpoints of SQLite's write-ahead log, on a thread of their own instead of within commits.

With SQLite's own automatic checkpoints some unlucky commit does the work of thousands; here a thread does it, beside
the writer. What the writer adds meanwhile keeps the log from ever being empty, though, and a log that grows costs every
commit an extension of the file. So when the log has more than `RESTART_PAGES`, the writer waits once, between two
transactions, for the little that is left; then it starts at the log's beginning again. A log that grew all the same,
because of a reader, is cut at `TRUNCATE_BYTES`.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import structlog

from tidings_server.platform.clock import Clock
from tidings_server.storage.sqlite.engines import WriteLock

EVERY_S = 0.2
RESTART_PAGES = 4_096
TRUNCATE_BYTES = 256 << 20
READER_WAIT_MS = 300
"""How long a truncation waits for readers, none of which may read for longer than 250 ms."""


_DISK = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})

logger = structlog.get_logger(__name__)


class Checkpointer:
    """Checkpoints of one database file. `run` until cancelled, then `close`; `between` before each transaction."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        lock: WriteLock | None = None,
        restart_pages: int = RESTART_PAGES,
        truncate_bytes: int = TRUNCATE_BYTES,
    ) -> None:
        """`lock` is taken for what nobody may write meanwhile, where other processes write the file too."""
        self._lock = lock or WriteLock(None)
        self._restart_pages = restart_pages
        self._truncate_bytes = truncate_bytes
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._conn: sqlite3.Connection | None = None
        self._written = asyncio.Event()
        self._due: str | None = None

    async def run(self) -> None:
        """Checkpoint what is committed, beside whoever reads and writes."""
        while True:
            await self._written.wait()
            self._written.clear()  # before the pause: what is written from here on, another checkpoint finds
            await self._clock.sleep(EVERY_S)
            pages = await self._on_thread(partial(self._checkpoint, "PASSIVE"))
            if pages is None:
                self._written.set()
            elif self._log.stat().st_size > self._truncate_bytes:
                self._due = "TRUNCATE"
            elif pages > self._restart_pages:
                self._due = "PASSIVE"

    async def between(self) -> None:
        """Finish a checkpoint if the log has grown. The caller is the only writer, and does not write meanwhile."""
        self._written.set()
        if self._due is not None:
            mode, self._due = self._due, None
            await self._on_thread(partial(self._checkpoint_alone, mode))

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _on_thread(self, checkpoint: Callable[[], int | None]) -> int | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, checkpoint)

    def _checkpoint_alone(self, mode: str) -> int | None:
        with self._lock:
            return self._checkpoint(mode)

    def _checkpoint(self, mode: str) -> int | None:
        """Checkpoint, and return how many pages the log holds; None where the disk is full or fails.

        Nothing is lost then: what is committed stays in the log, and is tried again.
        """
        try:
            if self._conn is None:
                self._conn = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
                self._conn.execute(f"PRAGMA busy_timeout = {READER_WAIT_MS}")
            _, pages, _ = self._conn.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) not in _DISK:
                raise
            logger.warning("checkpoint_failed", error=str(error))
            return None
        return int(pages)

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._lock.close()
