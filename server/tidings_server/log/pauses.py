"""Pauses of a consumer's runner: when it reads the log on."""

import asyncio
from typing import Final

from tidings_server.log.feed import Feed
from tidings_server.platform.clock import in_step
from tidings_server.platform.signals import Signal

IDLE_S: Final = 1.0
"""The longest wait for an event: what nobody tells of is looked for so often."""


class Pauses:
    """The pauses of one runner, which whoever waits for it ends (`wake`)."""

    def __init__(self, feed: Feed, *, gather_s: float, gather_each_s: float, is_waited_for: Signal | None) -> None:
        """`is_waited_for`: ends pauses for as long as it is set; None: a wake-up ends one."""
        self._feed = feed
        self._gather_s = gather_s
        self._gather_each_s = gather_each_s
        self._is_woken_once = is_waited_for is None
        self._woken = is_waited_for or Signal()

    def wake(self) -> None:
        """End the present pause."""
        self._woken.set()

    async def for_more(self, processed: int) -> None:
        """Let more events gather: a page costs about the same however many it has, and after few, few come."""
        await self._pause(min(self._gather_s, processed * self._gather_each_s))

    async def for_all(self) -> None:
        """Let as many events gather as ever, however few there were."""
        await self._pause(self._gather_s)

    async def for_event(self, after: int, timeout_s: float) -> None:
        """Wait for an event after `after`, at most `timeout_s`, not woken: there is nothing else to be read."""
        await self._feed.wait(after, in_step(timeout_s))

    async def for_event_or_wake(self, after: int) -> None:
        """Wait for an event after `after`, or for whoever knows that there is something else to be read."""
        idle_s = in_step(IDLE_S)
        waits = [asyncio.ensure_future(wait) for wait in (self._feed.wait(after, idle_s), self._woken.wait(idle_s))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._rewind()

    async def _pause(self, seconds: float) -> None:
        if seconds:
            await self._woken.wait(seconds)
        self._rewind()

    def _rewind(self) -> None:
        if self._is_woken_once:
            self._woken.clear()
