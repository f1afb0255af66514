"""Slots of a pool that all tenants share, such as threads or connections: slow work of one leaves some to others."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

RESERVED: Final = 8
"""One slot of so many is kept for owners that have few."""
FEW: Final = 16
"""An owner has few that has less than one of so many."""


class PoolSlots:
    """So many slots; those who wait for one get it in turn by their owners, each a tenant's number."""

    def __init__(self, most: int) -> None:
        self._most = self._free = most
        self._taken: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

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
        if owner not in self._waiting and self._may_have(owner):
            self._hand(owner)
            return
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self.give(owner)
            raise

    def give(self, owner: Hashable) -> None:
        """Give a slot back."""
        self._free += 1
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        self._serve()

    def _may_have(self, owner: Hashable) -> bool:
        has_few = self._taken[owner] < max(1, self._most // FEW)
        return self._free > self._most // RESERVED or (self._free > 0 and has_few)

    def _hand(self, owner: Hashable) -> None:
        self._free -= 1
        self._taken[owner] += 1

    def _serve(self) -> None:
        """Hand what is free to those who wait."""
        while (owner := next(filter(self._may_have, self._waiting), None)) is not None:
            waiting = self._waiting.pop(owner)
            given = waiting.popleft()
            if waiting:
                self._waiting[owner] = waiting
            if not given.done():  # its task was cancelled
                self._hand(owner)
                given.set_result(None)
