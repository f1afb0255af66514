"""Watching the log: one tenant's events as they are stored, from a position on, missing none.

A watcher holds nothing but its position and one page, reads on only when its client has taken the last event, and so
can be as slow as it likes. Whatever falls between two pages is in the log.
"""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from tidings_server.log import topics
from tidings_server.log.positions import Positions
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import shard_of_tenant, start_of

HEARTBEAT_S: Final = 15.0
"""Source: WIRE.md, Extensions, exactly."""
CLOSE_S: Final = 0.5
GATHER_S: Final = 0.05
"""How long events gather before they are read: every watcher reads for itself."""
PAGE: Final = 100
PAGE_BYTES: Final = 1 << 20
SPAN: Final = 5_000
"""Rows of all tenants of the shard that one statement may pass over."""


class WatchedEvent(NamedTuple):
    """An event and the position to resume after; without an event a heartbeat."""

    position: str
    event: StoredEvent | None


class Watch:
    """Streams of the log, for any number of clients."""

    def __init__(self, database: Database, positions: Positions, clock: Clock) -> None:
        self._database = database
        self._positions = positions
        self._clock = clock
        self._is_closing = False

    def close(self) -> None:
        """End every watch within CLOSE_S, after an event that it has: the server is about to stop."""
        self._is_closing = True

    async def start(self, tenant: int, *, after: str, topic: str) -> AsyncIterator[WatchedEvent]:
        """The tenant's events after a position, without end; an empty one means: those stored from now on.

        `topic` is exact, `order.*` or, as if empty, `*`. After 15 s without an event comes a heartbeat, whose position
        may be further: the events between did not match.
        Raises InvalidInput, at once, for a bad topic or position.
        """
        pattern = topics.check_pattern(topic, "topic") if topic else topics.ANY
        position = self._positions.parse(tenant, after) if after else self._database.heads.of_tenant(tenant).seq
        position = max(position, start_of(shard_of_tenant(tenant)))
        return self._watch(tenant, position, pattern)

    async def _watch(self, tenant: int, position: int, pattern: str) -> AsyncIterator[WatchedEvent]:
        heartbeat_at = self._clock.monotonic() + HEARTBEAT_S
        shard_head = self._database.heads.of_tenant(tenant)
        while not self._is_closing:
            silence_s = max(0.0, heartbeat_at - self._clock.monotonic())
            head = await shard_head.wait(position, min(silence_s, CLOSE_S))
            if head > position:
                events, position = await self._read(tenant, position, head)
                for event in events:
                    if topics.covers(pattern, event.topic):
                        yield WatchedEvent(self._positions.print(tenant, event.seq), event)
                        heartbeat_at = self._clock.monotonic() + HEARTBEAT_S
                if position == head:
                    await self._clock.sleep(GATHER_S)
            if self._clock.monotonic() >= heartbeat_at:
                yield WatchedEvent(self._positions.print(tenant, position), None)
                heartbeat_at = self._clock.monotonic() + HEARTBEAT_S

    async def _read(self, tenant: int, after: int, head: int) -> tuple[list[StoredEvent], int]:
        """The tenant's next events, and the position up to which the log has been read."""
        upto = min(after + SPAN, head)
        async with self._database.read() as conn:
            events = await log.page(conn, after=after, limit=PAGE, upto=upto, tenant=tenant, max_bytes=PAGE_BYTES)
        is_cut = len(events) == PAGE or sum(len(event.body) for event in events) >= PAGE_BYTES
        return events, events[-1].seq if is_cut else upto
