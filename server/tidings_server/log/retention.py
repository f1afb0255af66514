"""Forgetting old events, where the operator says for how long they are kept.

An event goes, with its ended deliveries and their attempts, once every reactor, every replay and the search projection
have passed it. One that still waits to be delivered or retried stays. Its id is free again then. Captured mail goes as
well.
"""

from typing import Final

import structlog

from tidings_server.log.search import SearchProjection
from tidings_server.log.store import retention, search
from tidings_server.mail.store import captured_mail
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.store import search as search_records

US_PER_DAY: Final = 86_400_000_000
EVERY_S: Final = 3_600.0
EVENTS: Final = 200
DELIVERIES: Final = 100
"""Bounds of one unit, so that nobody waits long behind it."""
FOUND: Final = 1_000
MAILS: Final = 100

logger = structlog.get_logger(__name__)


class Retention:
    """Removes events older than `days`; 0 keeps all."""

    def __init__(
        self, database: Database, projection: SearchProjection, records: RecordProjection, clock: Clock, *, days: int
    ) -> None:
        self._database = database
        self._projection = projection
        self._records = records
        self._clock = clock
        self._days = days

    async def run(self) -> None:
        """Remove what has become too old, every hour, until cancelled."""
        while self._days:
            try:
                removed = await self.run_once()
                logger.info("events_removed", count=removed, days=self._days)
            except Unavailable as error:
                logger.warning("retention_waits", error=error.message)
            await self._clock.sleep(EVERY_S)

    async def run_once(self) -> int:
        """Remove all that is too old now, in bounded units; how many events there were."""
        limit = await self._limit()
        removed = 0
        after = 0
        while (start := await self._first(after)) is not None and start <= limit:
            after, upto = start - 1, min(start - 1 + EVENTS, limit)
            await self._remove_deliveries(after, upto)
            removed += await self._remove_events(after, upto)
            after = upto
        await self._forget_found()
        await self._forget_mails()
        return removed

    async def _forget_mails(self) -> None:
        """Drop captured mail that is as old."""
        before = self._clock.now_us() - self._days * US_PER_DAY
        while await self._database.write_queue.run(
            lambda conn: captured_mail.delete_old(conn, before_us=before, limit=MAILS)
        ):
            pass

    async def _limit(self) -> int:
        """The last event that may go."""
        async with self._database.read() as conn:
            old = await events.locate(conn, self._clock.now_us() - self._days * US_PER_DAY)
            floor = await retention.floor(conn)
        return min(old, self._projection.position, self._records.position, *([] if floor is None else [floor]))

    async def _first(self, after: int) -> int | None:
        async with self._database.read() as conn:
            return await retention.first(conn, after=after)

    async def _remove_deliveries(self, after: int, upto: int) -> None:
        lane = self._database.write_queue
        while await lane.run(lambda conn: retention.remove_deliveries(conn, after=after, upto=upto, limit=DELIVERIES)):
            pass

    async def _remove_events(self, after: int, upto: int) -> int:
        return await self._database.write_queue.run(lambda conn: retention.remove_events(conn, after=after, upto=upto))

    async def _forget_found(self) -> None:
        """Drop rows of the search projection whose events are gone; those of events that stay in between remain."""
        first = await self._first(0)
        upto = self._projection.position if first is None else first - 1
        writer = self._database.search_writer
        while await writer.run(lambda conn: search.forget(conn, upto=upto, limit=FOUND)):
            pass
        while await writer.run(lambda conn: search_records.forget(conn, upto=upto, limit=FOUND)):
            pass
