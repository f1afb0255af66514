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
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.client_address import current_client
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, StorageFull, Unavailable
from tidings_server.platform.heartbeats import Heartbeat
from tidings_server.storage.co_committed_event import co_committed
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.disk_space import DiskSpace
from tidings_server.storage.log.cache import LogCache
from tidings_server.storage.log.head import UNKNOWN_SHARD, LogHeads
from tidings_server.storage.log.records import Appended, EventRecord
from tidings_server.storage.log.shards import by_shard, in_shard, shard_of, shard_of_tenant
from tidings_server.storage.log.staging import Append, StoredRow
from tidings_server.storage.queued_writes import QueuedWrites, QueueWorker, current_owner, has_room
from tidings_server.storage.transactions import Transaction, Writer
from tidings_server.storage.write_batch import QueuedWrite, WriteBatch, public_error

T = TypeVar("T")
Outcomes = tuple[list[object], list[StoredRow]]
AppendAtOnce = Callable[[Sequence[Append], int], Awaitable[Outcomes]]
"""Appends events, given the present instant (µs), and has committed them when it returns."""

QUEUED_TRANSACTIONS = 1_000
"""Transactions of one tenant, or of one worker, that may wait."""
APPENDS = 4
"""Appends to different shards that run at once on PostgreSQL."""
TRANSACTION_WORKERS = 4
"""Transactions that run at once on PostgreSQL."""
ROW_BYTES = 256
"""The size of a row of the log beside its body, roughly."""
DEAD = "The server cannot write any more."
RETRY_AFTER_S = 1.0
PROBE_S = 1.0


class WriteQueue:
    """Bounded queues and the workers that empty them."""

    def __init__(
        self,
        writer: Writer,
        *,
        clock: Clock,
        heads: LogHeads,
        log_cache: LogCache,
        space: DiskSpace,
        shares_commits: bool,
        append: AppendAtOnce | None = None,
        on_append: Callable[[int], None] | None = None,
        between: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`shares_commits`: appends and transactions share one; else `append` may carry out appends.

        `on_append` gets the head of a shard after each commit that moved it; `between` is awaited before each commit.
        """
        self._append_at_once = append
        self._on_append = on_append
        self._writer = writer
        self._clock = clock
        self._heads = heads
        self._log_cache = log_cache
        self._space = space
        self._between = between
        self.commits = 0
        self._queues = [QueuedWrites() for _ in range(len(heads))]
        self._queued = self._queues[0]
        self._appending = asyncio.Semaphore(APPENDS)
        self._is_closing = False
        self._appenders, self._others = self._alone() if shares_commits else self._apart()

    def _alone(self) -> tuple[list[QueueWorker], list[QueueWorker]]:
        """The one worker of a database with one writer."""
        worker = QueueWorker("all", self._queued, self._queued.take_all)
        return [worker], [worker]

    def _apart(self) -> tuple[list[QueueWorker], list[QueueWorker]]:
        """A worker for appends to each shard, and those of transactions, of which one may wait for a row."""
        appenders = [
            QueueWorker(in_shard("appends", shard), queued, queued.take_appends)
            for shard, queued in enumerate(self._queues)
        ]
        queued, names = self._queued, [f"transactions_{number}" for number in range(1, TRANSACTION_WORKERS + 1)]
        return appenders, [QueueWorker(name, queued, queued.take_transactions, gathers=False) for name in names]

    async def append(
        self, events: Sequence[EventRecord], *, is_fresh: bool = False, first_wins: bool = False
    ) -> list[Appended]:
        """Store events, all or none, and return when they are durable. A taken id answers the stored event.

        `is_fresh`: the server has just made all these ids. `first_wins`: see `log.Append`.
        All are of one tenant, or of tenants of one shard.
        Raises Conflict when an id is taken by another body, InvalidInput for a value that no column holds, Overloaded
        when the queue is full, StorageFull when the disk nearly is, Unavailable when the database fails: then the
        events may or may not be stored, and the same call again is safe.
        """
        if self._space.is_low:
            raise StorageFull
        size = sum(len(record.body) + ROW_BYTES for record in events)
        append = QueuedWrite(Append(events, is_fresh, first_wins), _future(), len(events), size, owner=current_owner())
        if not has_room(self._queues, append):
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        shard = self._shard(events)
        done = self._enqueue(self._queues[shard].add, append, self._appenders[shard : shard + 1])
        return cast("list[Appended]", await done)

    def _shard(self, events: Sequence[EventRecord]) -> int:
        if len(self._queues) == 1:
            return 0
        shards = {shard_of_tenant(record.tenant_id) for record in events} or {0}
        shard = shards.pop()
        if shards:
            raise ValueError("The events of one append are of several shards.")
        if shard >= len(self._queues):
            raise Unavailable(UNKNOWN_SHARD)
        return shard

    async def run(self, transaction: Transaction[T], *, is_repeatable: bool = False) -> T:
        """Carry out one transaction, all or nothing, and return its result when it is durable.

        An `is_repeatable` one follows from the log, with its cursor: after a power cut the server would do it again,
        and nobody could tell. It does not wait for the disk, unless it has appended an event after all.
        An error that it raises is raised here, and nothing of it stored; it may be run a second time when what shared
        its commit failed. Raises Overloaded and Unavailable as `append` does, and a call of a client StorageFull: what
        the server does by itself goes on, retention among it.
        The co-committed event of the present task (see co_committed_event.py) is stored with its first transaction.
        """
        if current_client.get() is not None and self._space.is_low:
            raise StorageFull
        if self._queued.transactions.waiting(current_owner()) >= QUEUED_TRANSACTIONS:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        event = co_committed.get()
        if event is None or event.is_stored:
            return cast("T", await self._queue_transaction(transaction, is_repeatable=is_repeatable))
        done = await self._queue_transaction(event.beside(transaction))
        event.is_stored = True
        return cast("T", done)

    @property
    def is_storage_low(self) -> bool:
        """Whether appends are refused because the disk is nearly full."""
        return self._space.is_low

    def workers(self) -> list[Coroutine[Any, Any, None]]:
        """The workers, to be run as tasks; each ends after `close` when its queue is empty."""
        return [self._work(worker) for worker in self._workers]

    @property
    def _workers(self) -> list[QueueWorker]:
        return list({id(worker): worker for worker in (*self._appenders, *self._others)}.values())

    def close(self) -> None:
        """Refuse new work; the workers end when the work at hand is done."""
        self._is_closing = True
        for worker in self._workers:
            worker.awake.set()

    def abandon(self) -> None:
        """Refuse new work and fail all that waits: a worker has died."""
        self._is_closing = True
        for queued in self._queues:
            for waiting in queued:
                waiting.settle(Unavailable(DEAD))

    async def _queue_transaction(self, transaction: Transaction[Any], *, is_repeatable: bool = False) -> object:
        waiting = QueuedWrite(transaction, _future(), is_repeatable=is_repeatable, owner=current_owner())
        return await self._enqueue(self._queued.add_transaction, waiting, self._others)

    async def _enqueue(
        self, add: Callable[[QueuedWrite], None], waiting: QueuedWrite, workers: Sequence[QueueWorker]
    ) -> object:
        if self._is_closing:
            raise Unavailable("The server is stopping.", retry_after_s=RETRY_AFTER_S)
        add(waiting)
        for worker in workers:
            worker.awake.set()
        return await waiting.done

    async def _work(self, worker: QueueWorker) -> None:
        heartbeat, awake = heartbeats.current().part(f"write_queue_{worker.name}"), worker.awake
        while True:
            awake.clear()
            if worker.gathers:
                await worker.gather(self._clock)
            if batch := worker.take():
                with heartbeat.round():
                    await self._carry_out_or_die(batch, heartbeat)
            elif self._is_closing:
                return
            elif heartbeat.is_failing:
                await self._probe(awake, heartbeat)
            else:
                await awake.wait()

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
                outcomes, rows = await self._attempt(batch)
            except Exception as error:
                if storage_fault(error) or len(batch) == 1:
                    raise
                outcomes, rows = await self._writer.run(partial(self._carry_out_in, batch, apart=True))
        except Exception as error:  # noqa: BLE001  # the worker loop: the callers get the error
            outcomes, rows = [public_error(error)] * len(batch), []
            if storage_fault(error):
                heartbeat.failed(began)
        self.commits += 1
        failpoints.hit("write_queue.after_commit")
        self._queued.put_back(batch.settle(outcomes))  # callers go on before those who follow
        if rows:
            self._note(rows)

    def _note(self, rows: Sequence[StoredRow]) -> None:
        """Let readers of the log have rows that are committed."""
        self._log_cache.extend(rows)
        lasts = [rows[-1][0]] if len(self._queues) == 1 else _lasts(rows)
        for seq in lasts:
            self._heads.advance(seq)
            if self._on_append:
                self._on_append(seq)

    async def _attempt(self, batch: WriteBatch) -> Outcomes:
        if batch.is_repeatable:
            with suppress(_AppendedError):
                return await self._writer.run(partial(self._carry_out_repeatable, batch), is_repeatable=True)
        if self._append_at_once is None or batch.transactions:
            return await self._writer.run(partial(self._carry_out_in, batch, apart=False))
        failpoints.hit("write_queue.before_commit")
        async with self._appending:
            return await self._append_at_once(batch.appended, self._clock.now_us())

    async def _carry_out_repeatable(self, batch: WriteBatch, conn: AsyncConnection) -> Outcomes:
        outcomes, rows = await self._carry_out_in(batch, conn, apart=False)
        if rows:
            raise _AppendedError
        return outcomes, rows

    async def _carry_out_in(self, batch: WriteBatch, conn: AsyncConnection, *, apart: bool) -> Outcomes:
        outcomes = await batch.carry_out(conn, clock=self._clock, apart=apart)
        failpoints.hit("write_queue.before_commit")
        return outcomes


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


def _lasts(rows: Sequence[StoredRow]) -> list[int]:
    """The last number in each shard."""
    return [max(row[0] for row in own) for _, own in by_shard(rows, lambda row: shard_of(row[0]))]


class _AppendedError(Exception):
    """A repeatable transaction has appended an event, which others may read, so it must be durable."""


async def _nothing(_conn: AsyncConnection) -> None:
    """A transaction without effects."""
