"""Sends that may be under way at once, and when the next may begin."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from tidings_server.delivery.store.deliveries import Priority
from tidings_server.platform.turns import has_others

STARTS: Final = 4
"""Sends that begin in one round of the loop beside other tenants' calls: a hundred would take tens of milliseconds.
For who is alone such a bound would cost a quarter of the throughput."""

APART_S: Final = 0.002
"""Time between the beginnings of two retries beside other tenants' calls: each takes half a millisecond of the loop."""


SLOW: Final = "slow"
"""What first attempts are counted as that take long."""
Budget = Priority | Literal["slow"]

RESERVED: Final = 8
"""One slot of so many is kept for tenants that have few."""
FEW: Final = 16
"""A tenant has few that has less than one of so many."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Sends that may run at once in this process.

    A first attempt that takes longer than `slow_s` counts among the slow ones, while there is room for it.
    """

    first: int = 512
    retry: int = 128
    slow: int = 256
    slow_s: float = 2.0


class FreeSlots:
    """The slots of a process that are free. One tenant's receivers that hang leave some of each kind to the others."""

    def __init__(self, slots: Slots) -> None:
        self._totals: dict[Budget, int] = {Priority.FIRST: slots.first, Priority.RETRY: slots.retry, SLOW: slots.slow}
        self._free = dict(self._totals)
        self._taken: Counter[tuple[Budget, int]] = Counter()

    def has_room(self, budget: Budget, tenant: int) -> bool:
        """True where the tenant may take one: of the last ones only a tenant that has few."""
        total, free = self._totals[budget], self._free[budget]
        has_few = self._taken[budget, tenant] < max(1, total // FEW)
        return free > total // RESERVED or (free > 0 and has_few)

    def take(self, budget: Budget, tenant: int) -> None:
        """Take one, which has to be given back."""
        self._free[budget] -= 1
        self._taken[budget, tenant] += 1

    def give(self, budget: Budget, tenant: int) -> None:
        """Give one back."""
        self._free[budget] += 1
        self._taken[budget, tenant] -= 1
        if not self._taken[budget, tenant]:
            del self._taken[budget, tenant]


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
