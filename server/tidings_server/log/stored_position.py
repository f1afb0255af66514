"""A position as the database has it: another process may run what moves it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Final

from tidings_server.platform.clock import Clock
from tidings_server.platform.shared_read import SharedRead

ELSEWHERE_S: Final = 0.03
"""Interval of reading how far another process has come."""


class StoredPosition:
    """Reads one position, once for all who ask at a time."""

    def __init__(self, read: Callable[[], Awaitable[int]], clock: Clock) -> None:
        """`read` gives it as it is committed."""
        self._read = read
        self._clock = clock
        self._shared = SharedRead(self._for_all)

    async def get(self) -> int:
        """The position, read after the call."""
        return await self._shared.get(None) or 0

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Whether it has reached number `seq`, or does within `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while await self.get() < seq:
                    await self._clock.sleep(ELSEWHERE_S)
                return True
        return False

    async def _for_all(self, asked: Collection[None]) -> Mapping[None, int]:
        return dict.fromkeys(asked, await self._read())
