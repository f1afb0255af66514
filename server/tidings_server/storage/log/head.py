"""The head of the log: the position of its last event, and waiting for the next."""

import asyncio
from contextlib import suppress


class LogHead:
    """The position of the last committed event that this process knows of.

    On SQLite it is exact, since there is one process; on PostgreSQL other processes' commits show within
    `head_reading.FOLLOW_S`, and sooner by a notice.
    """

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self._moved = asyncio.Event()

    def advance(self, seq: int) -> None:
        """Note a commit up to `seq` and wake all waiters. Never goes back."""
        if seq <= self.seq:
            return
        self.seq = seq
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait(self, after: int, timeout_s: float) -> int:
        """The position as soon as it is past `after`, or as it is after `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.seq <= after:
                    await self._moved.wait()
        return self.seq
