"""Sends that may be under way at once, and when the next may begin."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from tidings_server.delivery.store.deliveries import Priority
from tidings_server.platform.pool_slots import SlotShares
from tidings_server.platform.turns import has_others

STARTS: Final = 4
"""Sends that begin in one round of the loop beside other tenants' calls: a hundred would take tens of milliseconds.
For who is alone such a bound would cost a quarter of the throughput."""

APART_S: Final = 0.002
"""Time between the beginnings of two retries beside other tenants' calls: each takes half a millisecond of the loop."""


SLOW: Final = "slow"
"""The budget of first attempts that take long."""
Budget = Priority | Literal["slow"]
FreeSlots = Mapping[Budget, SlotShares[int]]
"""The slots of a process by what they are for, each kind shared by tenants."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Sends that may run at once in this process.

    A first attempt that takes longer than `slow_s` counts among the slow ones, while there is room for it.
    """

    first: int = 512
    retry: int = 128
    slow: int = 256
    slow_s: float = 2.0

    def free(self) -> FreeSlots:
        """All of them, free: one tenant's receivers that hang leave some of each kind to the others."""
        kinds: dict[Budget, int] = {Priority.FIRST: self.first, Priority.RETRY: self.retry, SLOW: self.slow}
        return {budget: SlotShares(most) for budget, most in kinds.items()}


SLOTS = Slots()


class RetryPace:
    """The pace of retries and replays while tenants call that have none: each begins some time after another."""

    def __init__(self, *, apart_s: float = APART_S) -> None:
        self._apart_s = apart_s
        self._next_at = 0.0

    def pause_s(self, tenant: int) -> float:
        """Time until one of a tenant may begin; 0 where it does begin now."""
        now = time.perf_counter()
        if now < self._next_at and has_others(tenant):
            return self._next_at - now
        self._next_at = now + self._apart_s
        return 0.0


async def wait_for_progress(progress: asyncio.Event, pause_s: float | None) -> None:
    """Wait for the event, at most for the pause; one of 0 lets the loop go on once, None has no end."""
    if pause_s == 0:
        await asyncio.sleep(0)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await progress.wait()
