"""Scheduled events: into the log when they are due, each once."""

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.workflow.store import scheduled_events

BATCH: Final = 200
LOOK_S: Final = 0.5
"""How late an event may come, beside what the lane takes."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class ScheduledEventPublisher:
    """Moves events that are due into the log. `run` it, in every process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not await self.run_once():
                    await self._clock.sleep(LOOK_S)
            except (Unavailable, Overloaded) as error:
                logger.warning("scheduled_events_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Move up to 200 that are due; how many there were."""
        now = self._clock.now_us()
        async with self._database.read() as conn:
            due_at = await scheduled_events.next_due(conn)
        if due_at is None or due_at > now:
            return 0

        async def unit(conn: AsyncConnection) -> int:
            taken = await scheduled_events.take(conn, now=now, limit=BATCH)
            if taken:
                await events.append_in(conn, [each.record._replace(occurred_at=now, recorded_at=now) for each in taken])
            return len(taken)

        return await self._database.write_queue.run(unit)
