"""Writes that wait for a commit, and which of them come next."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.turns import owner
from tidings_server.platform.turns_by_owner import TurnsByOwner
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

QUEUED_ROWS = 10_000
QUEUED_BYTES = 64 << 20
LITTLE_ROWS = 1_000
LITTLE_BYTES = 1 << 20
"""Appends of a tenant that has no more waiting than this are taken, however much others have."""

Take = Callable[[], WriteBatch]
"""Takes what is to be committed together off its queue; an empty batch where there is nothing."""


def current_owner() -> Hashable:
    """The tenant whose call writes, or else the worker."""
    tenant = owner.get()
    return heartbeats.current().name if tenant is None else tenant


class QueuedWrites:
    """Small appends, large appends and transactions; `rows` and `size` are those of all appends."""

    def __init__(self) -> None:
        self.appends: deque[QueuedWrite] = deque()
        self.large_appends: deque[QueuedWrite] = deque()
        self.transactions: TurnsByOwner[QueuedWrite] = TurnsByOwner()
        self.rows = 0
        self.size = 0
        self._rows_of: Counter[Hashable] = Counter()
        self._was_small = False
        self._turn = 0

    def __iter__(self) -> Iterator[QueuedWrite]:
        return chain(self.appends, self.large_appends, self.transactions)

    def rows_of(self, owner: Hashable) -> int:
        """Rows that one owner's appends have."""
        return self._rows_of[owner]

    def add(self, append: QueuedWrite) -> None:
        """Queue an append."""
        self.rows += append.rows
        self.size += append.size
        self._rows_of[append.owner] += append.rows
        is_large = append.rows > LARGE_ROWS or append.size > LARGE_BYTES
        (self.large_appends if is_large else self.appends).append(append)

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
            self._forget(waiting)
            if not waiting.done.done():
                batch.appends.append(waiting)
                rows += waiting.rows
                size += waiting.size
        return batch

    def add_transaction(self, transaction: QueuedWrite) -> None:
        """Queue a transaction."""
        self.transactions.add(transaction.owner, transaction)

    def _forget(self, append: QueuedWrite) -> None:
        self.rows -= append.rows
        self.size -= append.size
        self._rows_of[append.owner] -= append.rows
        if not self._rows_of[append.owner]:
            del self._rows_of[append.owner]

    def put_back(self, taken: Sequence[QueuedWrite]) -> None:
        """Queue transactions again that were taken last and not begun, before all others."""
        for waiting in reversed(taken):
            self.transactions.put_back(waiting.owner, waiting)

    def take_transactions(self, most: int = 1) -> WriteBatch:
        batch = WriteBatch()
        while self.transactions and len(batch) < most:
            waiting = self.transactions.take()
            if not waiting.done.done():
                batch.transactions.append(waiting)
        return batch


def has_room(queues: Sequence[QueuedWrites], append: QueuedWrite) -> bool:
    """True while there is room for another append; beyond that for one of an owner that has little waiting."""
    rows, size = sum(each.rows for each in queues), sum(each.size for each in queues)
    if rows + append.rows <= QUEUED_ROWS and size + append.size <= QUEUED_BYTES:
        return True
    own = sum(each.rows_of(append.owner) for each in queues)
    return own + append.rows <= LITTLE_ROWS and append.size <= LITTLE_BYTES


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
