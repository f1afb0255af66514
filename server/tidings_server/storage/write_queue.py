"""The write queue (group commit): appends of concurrent callers are committed together, then other transactions.

A caller waits for its own commit, so what it got an answer for is durable; that all who wait meanwhile share the next
commit makes it fast. A commit takes small appends, up to 1,000 rows or 4 MiB; or large ones (over `LARGE_ROWS` or
`LARGE_BYTES`); or callers' transactions, for as long as these have taken less than 10 ms. Small appends are every other
commit's, so that who stores one event waits for at most one of the others. One transaction changes at most about 500
rows and takes at most about 20 ms.

On SQLite transactions that are committed together share one of the database. On PostgreSQL appends and transactions
take separate connections, and each transaction is one of the database's own: a connection that holds the head of the
log, or a row that another process wants, must not meanwhile wait for another.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, StorageFull, Unavailable
from tidings_server.platform.heartbeats import Heartbeat
from tidings_server.storage.co_committed_event import co_committed
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.disk_space import DiskSpace
from tidings_server.storage.log.cache import LogCache
from tidings_server.storage.log.events import Append, StoredRow
from tidings_server.storage.log.head import LogHead
from tidings_server.storage.log.records import Appended, EventRecord
from tidings_server.storage.transactions import Transaction, Writer
from tidings_server.storage.write_batch import QueuedWrite, WriteBatch, public_error

T = TypeVar("T")
Outcomes = tuple[list[object], list[StoredRow]]
Take = Callable[[], WriteBatch]
"""Takes what is to be committed together off its queue; an empty batch where there is nothing."""

BATCH_ROWS = 1_000
BATCH_BYTES = 4 << 20
QUEUED_ROWS = 10_000
QUEUED_BYTES = 64 << 20
QUEUED_TRANSACTIONS = 1_000
BATCH_TRANSACTIONS = 8
LARGE_ROWS = 100
LARGE_BYTES = 256 << 10
ROW_BYTES = 256
"""The size of a row of the log beside its body, roughly."""
DEAD = "The server cannot write any more."
RETRY_AFTER_S = 1.0
PROBE_S = 1.0
GATHER_S = 0.02
QUIET_TURNS = 8
QUIET_S = 0.001
"""A transaction begins when no append has come for so many turns of the event loop, or for so long where these are long
since others have heavy work; at most `GATHER_S` late."""


class WriteQueue:
    """Bounded queues and the workers that empty them."""

    def __init__(
        self,
        writer: Writer,
        *,
        clock: Clock,
        head: LogHead,
        log_cache: LogCache,
        space: DiskSpace,
        is_shared: bool,
        between: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`is_shared`: appends and transactions share a commit. `between` is awaited before each commit."""
        self._writer = writer
        self._clock = clock
        self._head = head
        self._log_cache = log_cache
        self._space = space
        self._between = between
        self._appends: deque[QueuedWrite] = deque()
        self._large_appends: deque[QueuedWrite] = deque()
        self._was_small = False
        self._turn = 0
        self._transactions: deque[QueuedWrite] = deque()
        self._rows = 0
        self._bytes = 0
        self._is_closing = False
        takes = [self._take_all] if is_shared else [self._take_appends, self._take_transactions]
        self._workers = [(take, asyncio.Event()) for take in takes]

    async def append(
        self, events: Sequence[EventRecord], *, is_fresh: bool = False, first_wins: bool = False
    ) -> list[Appended]:
        """Store events, all or none, and return when they are durable. A taken id answers the stored event.

        `is_fresh`: the server has just made all these ids. `first_wins`: see `log.Append`.
        Raises Conflict when an id is taken by another body, InvalidInput for a value that no column holds, Overloaded
        when the queue is full, StorageFull when the disk nearly is, Unavailable when the database fails: then the
        events may or may not be stored, and the same call again is safe.
        """
        if self._space.is_low:
            raise StorageFull
        size = sum(len(record.body) + ROW_BYTES for record in events)
        if self._rows + len(events) > QUEUED_ROWS or self._bytes + size > QUEUED_BYTES:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        self._rows += len(events)
        self._bytes += size
        is_large = len(events) > LARGE_ROWS or size > LARGE_BYTES
        queue = self._large_appends if is_large else self._appends
        appended = await self._enqueue(queue, Append(events, is_fresh, first_wins), len(events), size)
        return cast("list[Appended]", appended)

    async def run(self, transaction: Transaction[T]) -> T:
        """Carry out one transaction, all or nothing, and return its result when it is durable.

        An error that it raises is raised here, and nothing of it stored; it may be run a second time when what shared
        its commit failed. Raises Overloaded and Unavailable as `append` does.
        The co-committed event of the present task (see co_commit.py) is stored with its first transaction.
        """
        if len(self._transactions) >= QUEUED_TRANSACTIONS:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        event = co_committed.get()
        if event is None or event.is_stored:
            return cast("T", await self._enqueue(self._transactions, transaction))
        done = await self._enqueue(self._transactions, event.beside(transaction))
        event.is_stored = True
        return cast("T", done)

    @property
    def is_storage_low(self) -> bool:
        """Whether appends are refused because the disk is nearly full."""
        return self._space.is_low

    def workers(self) -> list[Coroutine[Any, Any, None]]:
        """The workers, to be run as tasks; each ends after `close` when its queue is empty."""
        return [self._work(take, awake) for take, awake in self._workers]

    def close(self) -> None:
        """Refuse new work; the workers end when the work at hand is done."""
        self._is_closing = True
        self._wake()

    def abandon(self) -> None:
        """Refuse new work and fail all that waits: a worker has died."""
        self._is_closing = True
        for waiting in (*self._appends, *self._large_appends, *self._transactions):
            waiting.settle(Unavailable(DEAD))

    async def _enqueue(
        self, queue: deque[QueuedWrite], work: Append | Transaction[Any], rows: int = 0, size: int = 0
    ) -> object:
        if self._is_closing:
            raise Unavailable("The server is stopping.", retry_after_s=RETRY_AFTER_S)
        waiting = QueuedWrite(work, asyncio.get_running_loop().create_future(), rows, size)
        queue.append(waiting)
        self._wake()
        return await waiting.done

    def _wake(self) -> None:
        for _, awake in self._workers:
            awake.set()

    async def _work(self, take: Callable[[], WriteBatch], awake: asyncio.Event) -> None:
        heartbeat = heartbeats.current().part(f"write_queue{take.__name__.removeprefix('_take')}")
        while True:
            awake.clear()
            await self._gather()
            if batch := take():
                with heartbeat.round():
                    await self._carry_out_or_die(batch, heartbeat)
            elif self._is_closing:
                return
            elif heartbeat.is_failing:
                await self._probe(awake, heartbeat)
            else:
                await awake.wait()

    async def _gather(self) -> None:
        """Wait a moment for appends that are about to come: a commit costs the same for one event and for a hundred."""
        ends_at = self._clock.monotonic() + GATHER_S
        quiet_at, quiet, queued = self._clock.monotonic(), 0, len(self._appends)
        while queued and quiet < QUIET_TURNS and self._rows < BATCH_ROWS:
            await asyncio.sleep(0)
            now, quiet = self._clock.monotonic(), quiet + 1
            if len(self._appends) > queued:
                quiet_at, quiet, queued = now, 0, len(self._appends)
            if now >= min(ends_at, quiet_at + QUIET_S):
                return

    def _take_all(self) -> WriteBatch:
        """Small appends every other time; between them a large one, or transactions."""
        return self._first(self._take_small, self._take_large, lambda: self._take_transactions(BATCH_TRANSACTIONS))

    def _take_appends(self) -> WriteBatch:
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
        return self._take_from(self._appends)

    def _take_large(self) -> WriteBatch:
        return self._take_from(self._large_appends)

    def _take_from(self, queue: deque[QueuedWrite]) -> WriteBatch:
        """Appends of one transaction: at least one, then as many as stay within its bounds."""
        batch = WriteBatch()
        rows = size = 0
        while queue:
            waiting = queue[0]
            if batch and (rows + waiting.rows > BATCH_ROWS or size + waiting.size > BATCH_BYTES):
                break
            queue.popleft()
            self._rows -= waiting.rows
            self._bytes -= waiting.size
            if not waiting.done.done():
                batch.appends.append(waiting)
                rows += waiting.rows
                size += waiting.size
        return batch

    def _take_transactions(self, most: int = 1) -> WriteBatch:
        batch = WriteBatch()
        while self._transactions and len(batch) < most:
            waiting = self._transactions.popleft()
            if not waiting.done.done():
                batch.transactions.append(waiting)
        return batch

    async def _probe(self, awake: asyncio.Event, heartbeat: Heartbeat) -> None:
        """After a fault of the database, find out whether it takes writes again, unless work comes first."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PROBE_S):
                await awake.wait()
                return
        with suppress(Exception), heartbeat.round():
            await self._writer.run(_nothing)

    async def _carry_out_or_die(self, batch: WriteBatch, heartbeat: Heartbeat) -> None:
        try:
            await self._carry_out(batch, heartbeat)
        except BaseException:
            batch.settle([Unavailable(DEAD)] * len(batch))
            raise

    async def _carry_out(self, batch: WriteBatch, heartbeat: Heartbeat) -> None:
        """Commit a batch and settle its callers' futures; when it fails as a whole, once more with its parts apart."""
        began = self._clock.monotonic()
        if self._between is not None:
            await self._between()
        try:
            try:
                outcomes, rows = await self._writer.run(partial(self._carry_out_in, batch, apart=False))
            except Exception as error:
                if storage_fault(error) or len(batch) == 1:
                    raise
                outcomes, rows = await self._writer.run(partial(self._carry_out_in, batch, apart=True))
        except Exception as error:  # noqa: BLE001  # the worker loop: the callers get the error
            outcomes, rows = [public_error(error)] * len(batch), []
            if storage_fault(error):
                heartbeat.failed(began)
        failpoints.hit("write_queue.after_commit")
        if rows:
            self._log_cache.extend(rows)
            self._head.advance(rows[-1][0])
        self._transactions.extendleft(reversed(batch.settle(outcomes)))

    async def _carry_out_in(self, batch: WriteBatch, conn: AsyncConnection, *, apart: bool) -> Outcomes:
        outcomes = await batch.carry_out(conn, clock=self._clock, apart=apart)
        failpoints.hit("write_queue.before_commit")
        return outcomes


async def _nothing(_conn: AsyncConnection) -> None:
    """A transaction without effects."""
