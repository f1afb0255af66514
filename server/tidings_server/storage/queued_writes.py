"""Writes that wait for a commit, and which of them come next."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from tidings_server.platform.clock import Clock
from tidings_server.storage.write_batch import QueuedWrite, WriteBatch

BATCH_ROWS = 1_000
BATCH_BYTES = 4 << 20
BATCH_TRANSACTIONS = 8
LARGE_ROWS = 100
LARGE_BYTES = 256 << 10
GATHER_S = 0.02
QUIET_TURNS = 8
QUIET_S = 0.001
"""A transaction begins when no append has come for so many turns of the event loop, or for so long where these are long
since others have heavy work; at most `GATHER_S` late."""

Take = Callable[[], WriteBatch]
"""Takes what is to be committed together off its queue; an empty batch where there is nothing."""


class QueuedWrites:
    """Small appends, large appends and transactions; `rows` and `size` are those of all appends."""

    def __init__(self) -> None:
        self.appends: deque[QueuedWrite] = deque()
        self.large_appends: deque[QueuedWrite] = deque()
        self.transactions: deque[QueuedWrite] = deque()
        self.rows = 0
        self.size = 0
        self._was_small = False
        self._turn = 0

    def __iter__(self) -> Iterator[QueuedWrite]:
        return chain(self.appends, self.large_appends, self.transactions)

    def queue_for(self, rows: int, size: int) -> deque[QueuedWrite]:
        """The queue of an append of so many rows and bytes, which count from now on."""
        self.rows += rows
        self.size += size
        return self.large_appends if rows > LARGE_ROWS or size > LARGE_BYTES else self.appends

    def take_all(self) -> WriteBatch:
        """Small appends every other time; between them a large one, or transactions."""
        return self._first(self._take_small, self._take_large, lambda: self.take_transactions(BATCH_TRANSACTIONS))

    def take_appends(self) -> WriteBatch:
        """Small appends every other time, and between them a large one."""
        return self._first(self._take_small, self._take_large)

    def _first(self, small: Take, *others: Take) -> WriteBatch:
        """The next of these that is due: `small` unless it came last, the others in turn."""
        turned = [*others[self._turn % len(others) :], *others[: self._turn % len(others)]]
        for take in [*turned, small] if self._was_small else [small, *turned]:
            if batch := take():
                self._was_small = take is small
                self._turn += not self._was_small
                return batch
        return WriteBatch()

    def _take_small(self) -> WriteBatch:
        return self._take_from(self.appends)

    def _take_large(self) -> WriteBatch:
        return self._take_from(self.large_appends)

    def _take_from(self, queue: deque[QueuedWrite]) -> WriteBatch:
        """Appends of one transaction: at least one, then as many as stay within its bounds."""
        batch = WriteBatch()
        rows = size = 0
        while queue:
            waiting = queue[0]
            if batch and (rows + waiting.rows > BATCH_ROWS or size + waiting.size > BATCH_BYTES):
                break
            queue.popleft()
            self.rows -= waiting.rows
            self.size -= waiting.size
            if not waiting.done.done():
                batch.appends.append(waiting)
                rows += waiting.rows
                size += waiting.size
        return batch

    def take_transactions(self, most: int = 1) -> WriteBatch:
        batch = WriteBatch()
        while self.transactions and len(batch) < most:
            waiting = self.transactions.popleft()
            if not waiting.done.done():
                batch.transactions.append(waiting)
        return batch


@dataclass(frozen=True, slots=True)
class QueueWorker:
    """A worker of the write queue: what it takes, and whether it waits a moment for more appends first."""

    name: str
    queued: QueuedWrites
    take: Callable[[], WriteBatch]
    gathers: bool = True
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    async def gather(self, clock: Clock) -> None:
        """Wait a moment for appends that are about to come: a commit costs the same for one event and for a hundred."""
        ends_at = clock.monotonic() + GATHER_S
        quiet_at, quiet, queued = clock.monotonic(), 0, len(self.queued.appends)
        while queued and quiet < QUIET_TURNS and self.queued.rows < BATCH_ROWS:
            await asyncio.sleep(0)
            now, quiet = clock.monotonic(), quiet + 1
            if len(self.queued.appends) > queued:
                quiet_at, quiet, queued = now, 0, len(self.queued.appends)
            if now >= min(ends_at, quiet_at + QUIET_S):
                return
