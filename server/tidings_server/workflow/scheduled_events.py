"""Publication of scheduled events: each is appended to the log once, when it is due."""

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.workflow.store import scheduled_events

BATCH: Final = 200
POLL_S: Final = 0.5
"""Time between two looks for due events: so late may one be, beside the time in the write queue."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class ScheduledEventPublisher:
    """Moves due events into the log. `run` it in every process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                if not await self.run_once():
                    await self._clock.sleep(POLL_S)
            except (Unavailable, Overloaded) as error:
                logger.warning("scheduled_events_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Move up to 200 due events; returns their number."""
        now = self._clock.now_us()
        async with self._database.read() as conn:
            due_at = await scheduled_events.next_due(conn)
        if due_at is None or due_at > now:
            return 0

        async def transaction(conn: AsyncConnection) -> int:
            due_events = await scheduled_events.take(conn, now=now, limit=BATCH)
            if due_events:
                await events.append_in(
                    conn, [each.record._replace(occurred_at=now, recorded_at=now) for each in due_events]
                )
            return len(due_events)

        return await self._database.write_queue.run(transaction)
