"""Streams of producers: the windows that they are told, shares of a tenant, turns to store, and the end at a stop.

A tenant's streams share its bounds: what was received and is not yet stored is held in memory. A stream that sends more
than its window is read no further. What they store goes through the write queue in appends of up to `BATCH_EVENTS`, or
of `SHARED_EVENTS` while other tenants call. A tenant has one there at a time and all tenants have `AT_ONCE`: streams
fill a part of that queue at most, and single calls find room.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final, NamedTuple

from tidings_server.platform.errors import Unavailable

BATCH_EVENTS: Final = 1_000
BATCH_BYTES: Final = 2 << 20
"""Of one append: a transaction of the log then takes tens of milliseconds."""
SHARED_EVENTS: Final = 100
"""Events of one append while other tenants call: theirs wait for some milliseconds."""
AT_ONCE: Final = 4
"""Appends of all tenants in the write queue at once."""
STREAM_EVENTS: Final = 4_000
STREAM_BYTES: Final = 4 << 20
TENANT_EVENTS: Final = 8_000
TENANT_BYTES: Final = 8 << 20
STOPPING: Final = "The server is stopping."
RETRY_AFTER_S: Final = 1.0


class Window(NamedTuple):
    """Bounds of what one stream may have sent and not have acknowledged."""

    events: int = STREAM_EVENTS
    size: int = STREAM_BYTES


class _Tenant:
    """Streams of one tenant, what they have received and not yet stored, and whose turn it is to store."""

    def __init__(self) -> None:
        self.streams = 0
        self.held = Window(0, 0)
        self.storing = asyncio.Lock()
        self.changed = asyncio.Event()

    def hold(self, events: int, size: int) -> None:
        self.held = Window(self.held.events + events, self.held.size + size)
        if events < 0:
            self.changed.set()
            self.changed = asyncio.Event()

    @property
    def has_room(self) -> bool:
        return self.held.events < TENANT_EVENTS and self.held.size < TENANT_BYTES


class StreamCredit:
    """Room of one stream."""

    def __init__(self, tenant: _Tenant, turns: asyncio.Semaphore) -> None:
        self._tenant = tenant
        self._turns = turns
        self._unstored = self._unacknowledged = Window(0, 0)
        self._acknowledged = asyncio.Event()

    @property
    def window(self) -> Window:
        """The window that the stream has now, beside the tenant's other streams."""
        streams = max(self._tenant.streams, 1)
        return Window(
            max(1, min(STREAM_EVENTS, TENANT_EVENTS // streams)), max(1, min(STREAM_BYTES, TENANT_BYTES // streams))
        )

    async def room(self) -> None:
        """Wait until one more message may be read."""
        while not self._has_room:
            self._acknowledged.clear()
            await self._acknowledged.wait()
        while not self._tenant.has_room:
            await self._tenant.changed.wait()

    def receive(self, events: int, size: int) -> None:
        """Count what was received."""
        self._unstored = _sum(self._unstored, events, size)
        self._unacknowledged = _sum(self._unacknowledged, events, size)
        self._tenant.hold(events, size)

    def settle(self, events: int, size: int) -> None:
        """Count what is stored or refused: the tenant's other streams have its room."""
        self._unstored = _sum(self._unstored, -events, -size)
        self._tenant.hold(-events, -size)

    def acknowledge(self, events: int, size: int) -> None:
        """Count what the client has been told of: the stream has its room."""
        self._unacknowledged = _sum(self._unacknowledged, -events, -size)
        self._acknowledged.set()

    def close(self) -> None:
        """Give back what is held."""
        self._tenant.hold(-self._unstored.events, -self._unstored.size)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the tenant's turn to store, and one of all."""
        async with self._tenant.storing, self._turns:
            yield

    @property
    def _has_room(self) -> bool:
        window, held = self.window, self._unacknowledged
        return held.events < window.events and held.size < window.size


class Publishing:
    """All streams of this process."""

    def __init__(self) -> None:
        self._tenants: dict[int, _Tenant] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._streams = 0
        self._ended = asyncio.Event()
        self._draining = asyncio.Event()

    @property
    def is_draining(self) -> bool:
        """Whether the process stops."""
        return self._draining.is_set()

    @contextmanager
    def opened(self, number: int) -> Iterator[StreamCredit]:
        """Be one of a tenant's streams in here. Raises Unavailable while the process stops."""
        if self.is_draining:
            raise Unavailable(STOPPING, retry_after_s=RETRY_AFTER_S)
        tenant = self._tenants.setdefault(number, _Tenant())
        tenant.streams += 1
        self._streams += 1
        credit = StreamCredit(tenant, self._turns)
        try:
            yield credit
        finally:
            credit.close()
            tenant.streams -= 1
            self._streams -= 1
            if not tenant.streams:
                del self._tenants[number]
            if not self._streams:
                self._ended.set()

    async def draining(self) -> None:
        """Wait until the process stops."""
        await self._draining.wait()

    async def drain(self, within_s: float) -> None:
        """Have all streams store and acknowledge what they have received, and end; wait for that at most so long."""
        self._draining.set()
        if self._streams:
            self._ended.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._ended.wait()


def _sum(held: Window, events: int, size: int) -> Window:
    return Window(held.events + events, held.size + size)
