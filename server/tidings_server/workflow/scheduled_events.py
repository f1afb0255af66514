"""Publication of scheduled events: each is appended to the log once, when it is due."""

from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.quotas import Quotas
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.bisection import is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.workflow.store import scheduled_events

BATCH: Final = 200
POLL_S: Final = 0.5
"""Time between two looks for due events: so late may one be, beside the time in the write queue."""
PAUSE_S: Final = 0.5
REFUSED_PAUSE_US: Final = 60_000_000

logger = structlog.get_logger(__name__)


class ScheduledEventPublisher:
    """Moves due events into the log. `run` it in every process."""

    def __init__(self, database: Database, clock: Clock, quotas: Quotas | None = None) -> None:
        """The events of tenants that `quotas` name as exhausted wait."""
        self._quotas = quotas
        self._database = database
        self._clock = clock
        self._next_due = database.look.fact("scheduled_events_due", scheduled_events.NEXT_DUE)

    async def run(self) -> None:
        """Run until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    published = await self.run_once() if self._next_due.is_due(self._clock.now_us()) else 0
                if not published:
                    await self._clock.sleep(self._next_due.pause_s(self._clock.now_us(), poll_s=POLL_S))
            except (Unavailable, Overloaded) as error:
                logger.warning("scheduled_events_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Move up to 200 due events; returns their number."""
        now = self._clock.now_us()
        waiting = self._quotas.exhausted() if self._quotas else frozenset()
        async with self._database.read() if waiting else self._database.read_inline() as conn:
            due_at = await scheduled_events.next_due(conn, without=waiting)
        if due_at is None or due_at > now:
            return 0
        return await self._publish(now=now, limit=BATCH, without=waiting)

    async def _publish(self, *, now: int, limit: int, without: frozenset[int]) -> int:
        """Move the first due events; where that fails, fewer, and at last the first is left for later."""
        try:
            return await self._database.write_queue.run(partial(_move, now=now, limit=limit, without=without))
        except Exception as error:
            if is_transient(error):
                raise
            if limit > 1:
                return await self._publish(now=now, limit=limit // 2, without=without)
            tenant, event_id = await self._database.write_queue.run(
                lambda conn: scheduled_events.postpone_first(
                    conn, now=now, until=now + REFUSED_PAUSE_US, without=without
                )
            )
            set_aside("scheduled_events", error, tenant=tenant, event_id=event_id)
            return 1


async def _move(conn: AsyncConnection, *, now: int, limit: int, without: frozenset[int]) -> int:
    due_events = await scheduled_events.take(conn, now=now, limit=limit, without=without)
    if due_events:
        await events.append_in(conn, [each.record._replace(occurred_at=now, recorded_at=now) for each in due_events])
    return len(due_events)
