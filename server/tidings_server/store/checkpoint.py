"""Moving SQLite's write-ahead log into its file, off the writer's path.

With SQLite's own automatic checkpoints some unlucky commit does the work of thousands; here a thread does it twice a
second, and the writer only waits when the log has outgrown `TRIM_BYTES` and must be cut to nothing.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tidings_server.clock import Clock

EVERY_S = 0.5
TRIM_BYTES = 256 << 20
TRIM_WAIT_MS = 300
"""How long a trim waits for readers, none of which may read for longer than 250 ms."""


class Checkpointer:
    """Checkpoints of one database file. `run` until cancelled, then `close`; `trim` before each write transaction."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._conn: sqlite3.Connection | None = None
        self._is_large = False

    async def run(self) -> None:
        """Checkpoint what is committed, without holding up anybody, twice a second."""
        while True:
            await self._clock.sleep(EVERY_S)
            await self._on_thread("PASSIVE")
            self._is_large = self._log.stat().st_size > TRIM_BYTES

    async def trim(self) -> None:
        """Cut the log if it has grown too large. The caller is the only writer, and does not write meanwhile."""
        if self._is_large:
            self._is_large = False
            await self._on_thread("TRUNCATE")

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _on_thread(self, mode: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint, mode)

    def _checkpoint(self, mode: str) -> None:
        if self._conn is None:
            self._conn = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._conn.execute(f"PRAGMA busy_timeout = {TRIM_WAIT_MS}")
        self._conn.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
