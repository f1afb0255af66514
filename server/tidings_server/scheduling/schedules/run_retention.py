"""Deletion of runs that ended long ago."""

from collections.abc import Sequence
from typing import Final

import structlog

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.scheduling.store import runs
from tidings_server.storage.bisection import PausedRows, bisected, set_aside
from tidings_server.storage.database import Database

US_PER_DAY: Final = 86_400_000_000
INTERVAL_S: Final = 3_600.0
RETRY_S: Final = 1.0
BATCH: Final = 500

logger = structlog.get_logger(__name__)


class RunRetention:
    """Deletes runs that ended more than `days` days ago; 0 keeps all."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._refused = PausedRows(clock, pause_s=INTERVAL_S)

    async def run(self) -> None:
        """Every hour, until cancelled."""
        heartbeat = heartbeats.current()
        while self._days:
            try:
                with heartbeat.round():
                    while await self.run_once():
                        heartbeat.beat()
            except (Unavailable, Overloaded) as error:
                logger.warning("run_retention_waits", error=error.message)
                await self._clock.sleep(RETRY_S)
                continue
            await self._clock.sleep(INTERVAL_S)

    async def run_once(self) -> int:
        """Delete a batch of old runs; returns their number. Those that cannot be deleted are left for later."""
        before, refused = self._clock.now_us() - self._days * US_PER_DAY, self._refused.active()
        async with self._database.read() as conn:
            found = await runs.old(conn, ended_before=before, limit=BATCH + len(refused))
        keys = [key for key in found if key not in refused][:BATCH]
        await bisected(keys, self._delete, refused=self._set_aside)
        return len(keys)

    async def _delete(self, keys: Sequence[int]) -> None:
        await self._database.write_queue.run(lambda conn: runs.delete_all(conn, keys))

    async def _set_aside(self, key: int, error: Exception) -> None:
        set_aside("run_retention", error, run=key)
        self._refused.add(key)
