"""Retention: removing events, and what belongs to them, that are older than the operator wants to keep.

An event goes once every consumer, replay and search projection has passed it, with its finished deliveries and their
attempts. One that is still to be delivered or retried stays. The id of a removed event is free again. Where there is an
archive, an event goes only when it is kept there.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol

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
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import start_of
from tidings_server.storage.transactions import Writer
from tidings_server.storage.write_queue import WriteQueue

US_PER_DAY: Final = 86_400_000_000
EVERY_S: Final = 3_600.0
RETRY_S: Final = 1.0
ARCHIVE_RETRY_S: Final = 60.0


class Bounds(NamedTuple):
    """Rows of one transaction, at most: events, and rows that go before them."""

    events: int
    dependents: int


BOUNDS: Final = {"sqlite": Bounds(200, 100), "postgresql": Bounds(1_000, 500)}
"""On SQLite all other writes wait behind the transaction. On PostgreSQL none does, and round trips cost the most: a
fifth of them removes events three times as fast, each transaction still within the 20 ms of the write queue."""
SEARCH_ROWS: Final = 1_000
ARCHIVED: Final = 5_000
"""Events of a file of the archive, at most; as a page of the log they are also bounded by their size."""

logger = structlog.get_logger(__name__)


class Archive(Protocol):
    """A place where events are kept that are removed from the log."""

    async def keep(self, events: Sequence[StoredEvent]) -> None:
        """Keep events of one shard, in order; returns when they are durable. Raises ArchiveFailed."""
        ...


class ArchiveFailed(Unavailable):
    """The archive does not take events."""

    reason = "ARCHIVE_FAILED"


class _Span(NamedTuple):
    """The next events that may go: those after `after` up to `upto`, of which only some where they are archived."""

    after: int
    upto: int
    only: Sequence[int] | None = None

    def parts(self, most: int) -> Iterator["_Span"]:
        """The same in parts of `most` events at most."""
        if self.only is None:
            yield self
            return
        for start in range(0, len(self.only), most):
            part = self.only[start : start + most]
            yield _Span(part[0] - 1, part[-1], part)


class Retention:
    """Removes events older than `days`; 0 keeps all."""

    def __init__(
        self,
        database: Database,
        ports: Sequence[RetentionPort],
        clock: Clock,
        *,
        days: int,
        archive: Archive | None = None,
    ) -> None:
        """`ports` are those of all areas that keep or need something of events."""
        self._archive = archive
        self._database = database
        self._ports = ports
        self._clock = clock
        self._days = days
        self._bounds = BOUNDS[database.dialect]

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
                await self._clock.sleep(ARCHIVE_RETRY_S if isinstance(error, ArchiveFailed) else RETRY_S)
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
        removed, after = 0, start_of(shard)
        while (span := await self._next(after, limit)) is not None:
            for part in span.parts(self._bounds.events):
                removed += await self._remove(part)
                heartbeats.current().beat()
            after = span.upto
        await self._remove_found(shard, limit)
        return removed

    async def _next(self, after: int, limit: int) -> _Span | None:
        """The next events up to `limit`, kept in the archive if there is one; None when there are no more."""
        start = await self._first(after)
        if start is None or start > limit:
            return None
        if self._archive is None:
            return _Span(start - 1, min(start - 1 + self._bounds.events, limit))
        async with self._database.read() as conn:
            page = await retention.removable(conn, self._ports, after=start - 1, upto=limit, limit=ARCHIVED)
        if not page:
            return _Span(start - 1, limit, ())
        await self._archive.keep(page)
        return _Span(start - 1, page[-1].seq, [event.seq for event in page])

    async def _remove(self, span: _Span) -> int:
        """Remove a range of events; one that cannot be removed stays, and the others go."""
        try:
            await self._remove_before(span.after, span.upto)
            return await self._remove_events(span)
        except Exception as error:
            if is_transient(error):
                raise
            if span.upto - span.after == 1:
                set_aside("retention", error, seq=span.upto)
                return 0
            middle = (span.after + span.upto) // 2
            halves = span._replace(upto=middle), span._replace(after=middle)
            return sum([await self._remove(half) for half in halves])

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
            bounds = {"after": after, "upto": upto, "limit": self._bounds.dependents}
            return sum([await port.remove_before(conn, **bounds) for port in self._ports])

        while await self._database.write_queue.run(transaction):
            heartbeats.current().beat()

    async def _remove_events(self, span: _Span) -> int:
        return await self._database.write_queue.run(
            lambda conn: retention.remove_events(conn, self._ports, after=span.after, upto=span.upto, only=span.only)
        )

    async def _remove_found(self, shard: int, limit: int) -> None:
        """Remove rows of the search projections before the first event that is left; later ones remain."""
        first = await self._first(start_of(shard))
        upto = limit if first is None else first - 1
        for port in self._ports:
            await _swept(port, self._database.search_writer, partial(port.remove_found, upto=upto), SEARCH_ROWS)

    async def _remove_older(self, before_us: int) -> None:
        most = self._bounds.dependents
        for port in self._ports:
            await _swept(port, self._database.write_queue, partial(port.remove_older, before_us=before_us), most)


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
