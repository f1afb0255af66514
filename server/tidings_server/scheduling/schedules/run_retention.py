"""Deletion of runs that ended long ago."""

from typing import Final

import structlog

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.scheduling.store import runs
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
        """Delete a batch of old runs; returns their number."""
        before = self._clock.now_us() - self._days * US_PER_DAY
        return await self._database.write_queue.run(
            lambda conn: runs.delete_old(conn, ended_before=before, limit=BATCH)
        )
