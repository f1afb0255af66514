"""Retention: removing events, and what belongs to them, that are older than the operator wants to keep.

An event goes once every consumer, replay and search projection has passed it, with its finished deliveries and their
attempts. One that is still to be delivered or retried stays. The id of a removed event is free again.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store import retention
from tidings_server.log.store.retention import RetentionPort
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.bisection import is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.shards import start_of
from tidings_server.storage.transactions import Writer
from tidings_server.storage.write_queue import WriteQueue

US_PER_DAY: Final = 86_400_000_000
EVERY_S: Final = 3_600.0
RETRY_S: Final = 1.0
EVENTS: Final = 200
DEPENDENTS: Final = 100
"""Bounds of one transaction, so that no other write waits long behind it."""
SEARCH_ROWS: Final = 1_000

logger = structlog.get_logger(__name__)


class Retention:
    """Removes events older than `days`; 0 keeps all."""

    def __init__(self, database: Database, ports: Sequence[RetentionPort], clock: Clock, *, days: int) -> None:
        """`ports` are those of all areas that keep or need something of events."""
        self._database = database
        self._ports = ports
        self._clock = clock
        self._days = days

    async def run(self) -> None:
        """Remove what has become too old, every hour, until cancelled."""
        heartbeat = heartbeats.current()
        while self._days:
            try:
                with heartbeat.round():
                    removed = await self.run_once()
                logger.info("events_removed", count=removed, days=self._days)
            except (Unavailable, Overloaded) as error:
                logger.warning("retention_waits", error=error.message)
                await self._clock.sleep(RETRY_S)
                continue
            await self._clock.sleep(EVERY_S)

    async def run_once(self) -> int:
        """Remove all that is too old now, in bounded transactions; the number of events."""
        before_us = self._clock.now_us() - self._days * US_PER_DAY
        removed = sum([await self._remove_of(shard, before_us) for shard in range(self._database.shards)])
        await self._remove_older(before_us)
        return removed

    async def _remove_of(self, shard: int, before_us: int) -> int:
        """Remove what is too old in a shard; the number of events."""
        limit = await self._limit(shard, before_us)
        removed = 0
        after = start_of(shard)
        while (start := await self._first(after)) is not None and start <= limit:
            after, upto = start - 1, min(start - 1 + EVENTS, limit)
            removed += await self._remove(after, upto)
            heartbeats.current().beat()
            after = upto
        await self._remove_found(shard, limit)
        return removed

    async def _remove(self, after: int, upto: int) -> int:
        """Remove a range of events; one that cannot be removed stays, and the others go."""
        try:
            await self._remove_before(after, upto)
            return await self._remove_events(after, upto)
        except Exception as error:
            if is_transient(error):
                raise
            if upto - after == 1:
                set_aside("retention", error, seq=upto)
                return 0
            middle = (after + upto) // 2
            return await self._remove(after, middle) + await self._remove(middle, upto)

    async def _limit(self, shard: int, before_us: int) -> int:
        """The last event that may go."""
        async with self._database.read() as conn:
            old = await events.locate(conn, before_us, shard)
            floors = [await port.floor(conn, shard) for port in self._ports]
        return min([old, *(floor for floor in floors if floor is not None)])

    async def _first(self, after: int) -> int | None:
        async with self._database.read() as conn:
            return await retention.first(conn, after=after)

    async def _remove_before(self, after: int, upto: int) -> None:
        async def transaction(conn: AsyncConnection) -> int:
            bounds = {"after": after, "upto": upto, "limit": DEPENDENTS}
            return sum([await port.remove_before(conn, **bounds) for port in self._ports])

        while await self._database.write_queue.run(transaction):
            heartbeats.current().beat()

    async def _remove_events(self, after: int, upto: int) -> int:
        return await self._database.write_queue.run(
            lambda conn: retention.remove_events(conn, self._ports, after=after, upto=upto)
        )

    async def _remove_found(self, shard: int, limit: int) -> None:
        """Remove rows of the search projections before the first event that is left; later ones remain."""
        first = await self._first(start_of(shard))
        upto = limit if first is None else first - 1
        for port in self._ports:
            await _swept(port, self._database.search_writer, partial(port.remove_found, upto=upto), SEARCH_ROWS)

    async def _remove_older(self, before_us: int) -> None:
        for port in self._ports:
            await _swept(port, self._database.write_queue, partial(port.remove_older, before_us=before_us), DEPENDENTS)


async def _swept(
    port: RetentionPort, writer: WriteQueue | Writer, remove: Callable[..., Awaitable[int]], most: int
) -> None:
    """Remove rows of a port, at most so many at once; where one cannot be removed, those before it."""
    while most:
        try:
            while await writer.run(partial(remove, limit=most)):
                heartbeats.current().beat()
        except Exception as error:
            if is_transient(error):
                raise
            if most == 1:
                set_aside("retention", error, port=type(port).__name__)
            most //= 2
        else:
            return
