"""The rules of the write queue. Source: DESIGN.md section 1, point 3."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from contextvars import copy_context
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import record
from tidings_server.platform import turns
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import Conflict, InvalidInput, Overloaded, StorageFull, Unavailable
from tidings_server.storage import queued_writes, write_queue
from tidings_server.storage import write_batch as batches
from tidings_server.storage.database import Database
from tidings_server.storage.disk_space import DiskSpace
from tidings_server.storage.log import events
from tidings_server.storage.write_batch import QueuedWrite
from tidings_server.storage.write_queue import WriteQueue

T = TypeVar("T")
FULL = 2
TOO_LARGE = 2**70
"""No column of either database holds it."""


class GatedWriter:
    """The database's writer, counting transactions, each of which waits until the gate is open."""

    def __init__(self, database: Database) -> None:
        self._inner = database.write_queue._writer
        self.gate = asyncio.Event()
        self.gate.set()
        self.transactions = 0
        self.failures: list[Exception] = []

    async def run(
        self, transaction: Callable[[AsyncConnection], Awaitable[Any]], *, is_repeatable: bool = False
    ) -> Any:
        self.transactions += 1
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        return await self._inner.run(transaction, is_repeatable=is_repeatable)

    async def close(self) -> None: ...


@asynccontextmanager
async def gated(database: Database, clock: ManualClock) -> AsyncIterator[tuple[WriteQueue, GatedWriter]]:
    """A second queue on the database, over a writer that the test holds back."""
    writer = GatedWriter(database)
    shares_commits = database.dialect == "sqlite"
    queue = WriteQueue(
        writer,
        clock=clock,
        heads=database.heads,
        log_cache=database.log_cache,
        space=DiskSpace(None, 0, clock),
        shares_commits=shares_commits,
    )
    async with asyncio.TaskGroup() as group:
        for worker in queue.workers():
            group.create_task(worker)
        yield queue, writer
        writer.gate.set()
        queue.close()


async def stored_ids(database: Database) -> list[str]:
    async with database.read() as conn:
        return [event.event_id for event in await events.page(conn, after=0, limit=20_000)]


async def settled() -> None:
    """Lets every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_callers_that_wait_share_the_next_commit(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record()]))
        await settled()
        others = [asyncio.create_task(queue.append([record()])) for _ in range(50)]
        await settled()
        writer.gate.set()
        await asyncio.gather(first, *others)

        assert writer.transactions == 2


async def test_a_transaction_takes_at_most_a_thousand_rows(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record()]))
        await settled()
        others = [asyncio.create_task(queue.append([record() for _ in range(400)])) for _ in range(5)]
        await settled()
        writer.gate.set()
        await asyncio.gather(first, *others)

        assert writer.transactions == 1 + 3  # 2 × 400, 2 × 400, 400


async def test_a_transaction_takes_at_most_four_mib_but_always_one_list(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record()]))
        await settled()
        others = [asyncio.create_task(queue.append([record(body=bytes(size))])) for size in (5 << 20, 3 << 20, 3 << 20)]
        await settled()
        writer.gate.set()
        await asyncio.gather(first, *others)

        assert writer.transactions == 1 + 3


async def test_one_value_that_no_column_holds_fails_alone(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record("first")]))
        await settled()
        calls = [
            asyncio.create_task(queue.append([record(f"e{number}", site_id=TOO_LARGE if number == 2 else None)]))
            for number in range(5)
        ]
        await settled()
        writer.gate.set()
        outcomes = await asyncio.gather(first, *calls, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [list, list, list, InvalidInput, list, list]
    assert await stored_ids(database) == ["first", "e0", "e1", "e3", "e4"]


@pytest.mark.parametrize("poison", [{"name": "half a pair \ud800"}, {"occurred_at": 2**63}, {"hops": TOO_LARGE}])
async def test_a_bad_value_in_a_list_stores_none_of_it(database: Database, poison: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await database.write_queue.append([record("a"), record("b", **poison), record("c")])

    assert await stored_ids(database) == []
    [after] = await database.write_queue.append([record("a")])
    assert after.seq == 1


async def test_a_call_cancelled_before_its_commit_stores_nothing(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record("first")]))
        await settled()
        gone = asyncio.create_task(queue.append([record("gone")]))
        stays = asyncio.create_task(queue.append([record("stays")]))
        await settled()
        gone.cancel()
        await settled()
        writer.gate.set()
        await asyncio.gather(first, stays)

    assert await stored_ids(database) == ["first", "stays"]


async def test_a_call_cancelled_during_its_commit_does_not_stop_the_queue(
    database: Database, clock: ManualClock
) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        gone = asyncio.create_task(queue.append([record("gone")]))
        await settled()
        gone.cancel()
        await settled()
        writer.gate.set()
        await queue.append([record("after")])

    assert await stored_ids(database) == ["gone", "after"]


async def test_a_full_queue_refuses_and_recovers(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record("first")]))
        await settled()
        waiting = [
            asyncio.create_task(queue.append([record() for _ in range(1_000)], is_fresh=True))
            for _ in range(queued_writes.QUEUED_ROWS // 1_000)
        ]
        await settled()
        with pytest.raises(Overloaded) as refused:
            await queue.append([record()])
        with pytest.raises(Overloaded):
            await of_tenant(2, queue.append([record() for _ in range(queued_writes.LITTLE_ROWS + 1)]))
        little = of_tenant(2, queue.append([record("theirs", tenant_id=2)]))
        await settled()
        assert refused.value.retry_after_s == write_queue.RETRY_AFTER_S
        writer.gate.set()
        await asyncio.gather(first, little, *waiting)
        await queue.append([record()])

    assert len(await stored_ids(database)) == 1 + queued_writes.QUEUED_ROWS + 2


async def test_too_many_bytes_or_transactions_are_refused_too(database: Database, clock: ManualClock) -> None:
    async def transaction(_conn: AsyncConnection) -> None: ...

    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        large = record(body=bytes(queued_writes.QUEUED_BYTES // 2))
        calls: list[asyncio.Task[Any]] = [asyncio.create_task(queue.append([large]))]
        calls += [asyncio.create_task(queue.run(transaction)) for _ in range(write_queue.TRANSACTION_WORKERS)]
        await settled()
        calls += [asyncio.create_task(queue.run(transaction)) for _ in range(write_queue.QUEUED_TRANSACTIONS)]
        calls += [asyncio.create_task(queue.append([large]))]
        await settled()
        with pytest.raises(Overloaded):
            await queue.append([large])
        with pytest.raises(Overloaded):
            await queue.run(transaction)
        theirs = of_tenant(2, queue.run(transaction))
        await settled()
        assert not theirs.done(), "it waits for its turn"
        for call in [*calls, theirs]:
            call.cancel()


async def test_transactions_of_tenants_and_workers_take_turns(database: Database, clock: ManualClock) -> None:
    order: list[Hashable] = []

    def noted(owner: Hashable) -> Callable[[AsyncConnection], Awaitable[None]]:
        async def transaction(_conn: AsyncConnection) -> None:
            order.append(owner)

        return transaction

    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = [asyncio.create_task(queue.run(noted("first"))) for _ in range(write_queue.TRANSACTION_WORKERS)]
        await settled()
        calls = [of_tenant(1, queue.run(noted(1))) for _ in range(100)]
        calls += [of_tenant(tenant, queue.run(noted(tenant))) for tenant in (2, 3, 2)]
        await settled()
        writer.gate.set()
        await asyncio.gather(*first, *calls)

    others = [place for place, owner in enumerate(each for each in order if each != "first") if owner in (2, 3)]
    assert max(others) < 20, order


async def test_what_was_taken_and_not_begun_comes_first_again_in_its_order() -> None:
    queued = queued_writes.QueuedWrites()
    for owner in (1, 1, 2, 3):
        queued.add_transaction(waiting(owner))
    taken = queued.take_transactions(3).transactions
    assert [each.owner for each in taken] == [1, 2, 3]
    queued.put_back(taken[1:])
    assert [each.owner for each in queued.take_transactions(3).transactions] == [2, 3, 1]
    assert not queued.take_transactions()


def waiting(owner: Hashable) -> QueuedWrite:
    async def transaction(_conn: AsyncConnection) -> None: ...

    return QueuedWrite(transaction, asyncio.get_running_loop().create_future(), owner=owner)


def of_tenant(tenant: int, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A call in the name of a tenant."""
    context = copy_context()
    context.run(turns.owner.set, tenant)
    return asyncio.create_task(call, context=context)


async def test_a_transactions_error_is_its_callers_and_rolls_back_it_alone(
    database: Database, clock: ManualClock
) -> None:
    async def transaction(conn: AsyncConnection) -> None:
        await events.append_in(conn, [record("of the transaction", recorded_at=1)])
        raise Conflict("taken")

    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.append([record("first")]))
        await settled()
        together = asyncio.gather(queue.append([record("beside")]), queue.run(transaction), return_exceptions=True)
        await settled()
        writer.gate.set()
        await first
        beside, error = await together
    assert isinstance(beside, list)
    [appended] = beside

    assert isinstance(error, Conflict)
    assert appended.seq == 2
    assert await stored_ids(database) == ["first", "beside"]
    assert database.heads[0].seq == 2


async def test_waiting_transactions_share_a_commit_until_its_time_is_up(database: Database, clock: ManualClock) -> None:
    """On SQLite; on PostgreSQL each has its own, so that none holds rows while it waits for another's."""

    async def transaction(_conn: AsyncConnection) -> int:
        return writer.transactions

    async def slow(conn: AsyncConnection) -> int:
        clock.advance(timedelta(seconds=batches.TRANSACTIONS_S))
        return await transaction(conn)

    async with gated(database, clock) as (queue, writer):
        writer.gate.clear()
        first = asyncio.create_task(queue.run(transaction))
        await settled()
        waiting = asyncio.gather(*map(queue.run, (transaction, transaction, slow, transaction)))
        await settled()
        writer.gate.set()
        taken = [await first, *await waiting]
    assert writer.transactions == (3 if database.dialect == "sqlite" else 5)
    assert database.dialect != "sqlite" or taken == [1, 2, 2, 2, 3]


async def test_a_transaction_stores_events_with_its_other_effects(database: Database, clock: ManualClock) -> None:
    async def transaction(conn: AsyncConnection) -> list[int]:
        return await events.append_in(conn, [record("a", recorded_at=clock.now_us()), record("b", recorded_at=1)])

    assert await database.write_queue.run(transaction) == [1, 2]
    assert await database.write_queue.run(transaction) == [1, 2]
    assert database.heads[0].seq == 2


async def test_a_transaction_that_awaits_anything_else_is_refused(database: Database) -> None:
    if database.dialect != "sqlite":
        return

    async def transaction(conn: AsyncConnection) -> None:
        await conn.execute(text("SELECT 1"))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="other than its connection"):
        await database.write_queue.run(transaction)
    await database.write_queue.append([record()])


async def test_a_database_that_fails_is_unavailable_until_it_recovers(database: Database, clock: ManualClock) -> None:
    async with gated(database, clock) as (queue, writer):
        writer.failures = [ConnectionResetError()]
        with pytest.raises(Unavailable):
            await queue.append([record()])
        await queue.append([record("after")])

    assert await stored_ids(database) == ["after"]


async def test_a_full_disk_stores_nothing_half(database: Database) -> None:
    if database.dialect != "sqlite":
        return
    await database.write_queue.append([record("before")])
    pages = await database.write_queue.run(lambda conn: _scalar(conn, "PRAGMA page_count"))
    await database.write_queue.run(lambda conn: _scalar(conn, f"PRAGMA max_page_count = {pages + 8}"))

    with pytest.raises(StorageFull):
        await database.write_queue.append([record(body=bytes(10_000)) for _ in range(100)])

    assert await stored_ids(database) == ["before"]
    await database.write_queue.append([record("after")])


async def test_a_nearly_full_disk_refuses_appends_and_admits_transactions(
    database_url: str, clock: ManualClock
) -> None:
    database = await Database.open(database_url, clock=clock, min_free_mib=1 << 40)
    try:
        if database.dialect == "sqlite":
            with pytest.raises(StorageFull):
                await database.write_queue.append([record()])
            assert database.write_queue.is_storage_low
        assert await database.write_queue.run(lambda conn: _scalar(conn, "SELECT 1")) == 1
    finally:
        await database.close()


async def test_closing_finishes_what_waits_and_refuses_the_rest(database_url: str, clock: ManualClock) -> None:
    database = await Database.open(database_url, clock=clock)
    waiting = [asyncio.create_task(database.write_queue.append([record()])) for _ in range(20)]
    await asyncio.sleep(0)
    await database.close()

    assert sorted(appended.seq for [appended] in await asyncio.gather(*waiting)) == list(range(1, 21))
    with pytest.raises(Unavailable):
        await database.write_queue.append([record()])


async def test_the_death_of_a_worker_is_reported_and_fails_waiting_calls(database_url: str, clock: ManualClock) -> None:
    died: list[BaseException] = []
    database = await Database.open(database_url, clock=clock, on_death=died.append)
    unanswerable: Any = None
    queue = database.write_queue
    writes = [QueuedWrite(unanswerable, asyncio.get_running_loop().create_future()) for _ in range(2)]
    with pytest.raises(Unavailable):
        await asyncio.gather(*[queue._enqueue(queue._queued.appends.append, each, queue._appenders) for each in writes])
    with pytest.raises(Unavailable):
        await database.write_queue.append([record()])
    await database.close()

    assert len(died) == 1


async def _scalar(conn: AsyncConnection, statement: str) -> Any:
    return (await conn.execute(text(statement))).scalar()


async def test_a_small_append_waits_for_one_large_one_or_one_commit_of_transactions(
    database: Database, clock: ManualClock
) -> None:
    """Whatever one tenant queues, a commit of its own comes next but one for who stores a single event."""
    order: list[str] = []

    async def done(name: str, work: Awaitable[Any]) -> None:
        await work
        order.append(name)

    async with gated(database, clock) as (queue, writer), asyncio.TaskGroup() as group:
        writer.gate.clear()
        group.create_task(done("first", queue.append([record()])))
        await settled()
        for number in range(4):
            group.create_task(done(f"large {number}", queue.append([record() for _ in range(600)])))
        await settled()
        group.create_task(done("small", queue.append([record()])))
        await settled()
        writer.gate.set()
    assert order.index("small") <= 2
    assert order[-1] == "large 3"


async def waits_for_the_disk(conn: AsyncConnection) -> bool:
    """Whether the present transaction's commit does: of SQLite, which alone can do without."""
    if conn.dialect.name != "sqlite":
        return True
    return int((await conn.execute(text("PRAGMA synchronous"))).scalar_one()) == FULL


async def test_a_repeatable_transaction_alone_does_not_wait_for_the_disk(database: Database) -> None:
    queue, is_sqlite = database.write_queue, database.dialect == "sqlite"

    assert await queue.run(waits_for_the_disk)
    assert await queue.run(waits_for_the_disk, is_repeatable=True) is not is_sqlite
    together = await asyncio.gather(queue.run(waits_for_the_disk), queue.run(waits_for_the_disk, is_repeatable=True))
    assert list(together) == [True, True]


async def test_a_repeatable_transaction_that_appends_waits_for_the_disk(database: Database) -> None:
    async def transaction(conn: AsyncConnection) -> bool:
        await events.append_in(conn, [record("appended")])
        return await waits_for_the_disk(conn)

    assert await database.write_queue.run(transaction, is_repeatable=True)
    assert await stored_ids(database) == ["appended"]
    assert database.heads[0].seq == 1
