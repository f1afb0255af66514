"""The position of a consumer as the database has it: another process may run the consumer."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final

from tidings_server.log.checkpoints import CheckpointStore
from tidings_server.platform.clock import Clock
from tidings_server.platform.shared_read import SharedRead

ELSEWHERE_S: Final = 0.03
"""Interval of reading how far another process has come."""


class StoredPosition:
    """Reads one consumer's cursor, once for all who ask at a time."""

    def __init__(self, name: str, checkpoints: CheckpointStore, clock: Clock, *, start: int) -> None:
        """`start`: the position of a consumer that has not begun."""
        self._name = name
        self._checkpoints = checkpoints
        self._clock = clock
        self._start = start
        self._shared = SharedRead(self._read)

    async def get(self) -> int:
        """The last event that has taken effect and is committed."""
        return await self._shared.get(self._name) or self._start

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Whether event number `seq` has taken effect, or does within `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while await self.get() < seq:
                    await self._clock.sleep(ELSEWHERE_S)
                return True
        return False

    async def _read(self, names: Collection[str]) -> Mapping[str, int]:
        return {name: await self._checkpoints.position(name) or self._start for name in names}
