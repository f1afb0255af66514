"""Slots of a pool that all tenants share, such as threads or connections: slow work of one leaves some to others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import islice
from typing import Final, Generic, TypeVar

from tidings_server.platform.turns_by_owner import TurnsByOwner

T = TypeVar("T")
Owner = TypeVar("Owner", bound=Hashable)

RESERVED: Final = 8
"""One slot of so many is kept for owners that have few."""
FEW: Final = 16
"""An owner has few that has less than one of so many."""


class SlotShares(Generic[Owner]):
    """So many slots, and those that each owner has, usually a tenant's number. Nobody waits here."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._reserved, self._few = most // RESERVED, max(1, most // FEW)
        self._taken: Counter[Owner] = Counter()

    @property
    def are_scarce(self) -> bool:
        """True while those that are left are for owners that have few."""
        return self._free <= self._reserved

    def has_room(self, owner: Owner) -> bool:
        """True where the owner may take one: of the last ones only an owner that has few."""
        return not self.are_scarce or (self._free > 0 and self._taken[owner] < self._few)

    def room(self) -> tuple[int, frozenset[Owner]]:
        """The number that may be taken at once by whoever there is, and the owners that may take none of them."""
        if not self.are_scarce:
            return self._free - self._reserved, frozenset()
        full = frozenset(owner for owner, taken in self._taken.items() if taken >= self._few)
        return min(self._free, self._few), full

    def take(self, owner: Owner) -> None:
        """Take one, which has to be given back."""
        self._free -= 1
        self._taken[owner] += 1

    def give(self, owner: Owner) -> None:
        """Give one back."""
        self._free += 1
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]


class PoolSlots:
    """Slots that are waited for: those who wait get one in turn by their owners."""

    def __init__(self, most: int) -> None:
        self._shares = SlotShares[Hashable](most)
        self._waiting: TurnsByOwner[asyncio.Future[None]] = TurnsByOwner()

    @asynccontextmanager
    async def slot(self, owner: Hashable) -> AsyncIterator[None]:
        """Have a slot in here."""
        await self.take(owner)
        try:
            yield
        finally:
            self.give(owner)

    async def take(self, owner: Hashable) -> None:
        """Wait for a slot, which has to be given back."""
        if not self._waiting.waiting(owner) and self._shares.has_room(owner):
            self._shares.take(owner)
            return
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(owner, given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self.give(owner)
            raise

    def give(self, owner: Hashable) -> None:
        """Give a slot back, to the next who waits for one."""
        self._shares.give(owner)
        while following := self._next():
            [owner] = following
            given = self._waiting.take_of(owner)
            if not given.done():  # its task was cancelled
                self._shares.take(owner)
                given.set_result(None)

    def _next(self) -> list[Hashable]:
        """The owner whose turn is next, if one that waits may have a slot; nobody's work has the owner None."""
        return [*islice(filter(self._shares.has_room, self._waiting.owners()), 1)]


class SharedThreads:
    """Threads that all tenants share. Each is a slot, which is free again once its work has ended, not its caller."""

    def __init__(self, most: int, *, name: str) -> None:
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._slots = PoolSlots(most)

    async def run(self, work: Callable[[], T], *, owner: Hashable, timeout_s: float | None = None) -> T:
        """The result of `work`. Raises TimeoutError `timeout_s` after it has begun, and what it raises."""
        loop = asyncio.get_running_loop()
        await self._slots.take(owner)
        working = self._threads.submit(work)
        working.add_done_callback(lambda _: _soon(loop, partial(self._slots.give, owner)))
        async with asyncio.timeout(timeout_s):
            return await asyncio.wrap_future(working)

    def close(self) -> None:
        """Drop what has not begun; what has ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _soon(loop: asyncio.AbstractEventLoop, give: Callable[[], None]) -> None:
    """Give a slot back on the loop, if that still runs."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(give)
