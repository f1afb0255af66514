"""Ownership of shards: one process runs the consumers of each, and one that has lost a shard commits nothing there."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import pytest

from tests.log.counting_consumer import Counting, effects, make_tables
from tests.support.events import record
from tidings_server.composition.ownership import CONSUMERS, SHARED_WORK, WORK_OF, own_work, work_of
from tidings_server.log.assignment import assigned
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.ownership import Ownership, Work
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.store import ownership as table
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord
from tidings_server.storage.log.shards import TENANT_BITS, in_shard, shard_of, start_of

SHARDS: Final = 4
ROUNDS: Final = 3
"""Of a runner, so that one that has lost its shard and tries again and again comes to an end."""
WORK: Final = {in_shard("shard", shard): Work(4, (in_shard("counting", shard),)) for shard in range(SHARDS)}
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def of_shard(shard: int, event_id: str) -> EventRecord:
    return record(event_id, tenant_id=(shard << TENANT_BITS) + 1)


class _Process:
    """One process with a consumer in each shard, over a database of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ownership = Ownership(database, SystemClock(), WORK)
        self.runners = ShardRunners(SHARDS, partial(self._runner, SystemClock()))
        self.runners.use_leases(lambda shard: self.ownership.lease(in_shard("shard", shard)))

    def _runner(self, clock: SystemClock, shard: int) -> ConsumerRunner:
        feed = LogFeed(self.database, shard)
        return ConsumerRunner(Counting(), feed=feed, database=self.database, clock=clock, shard=shard)

    @property
    def shards(self) -> list[int]:
        """The shards that it has."""
        return [shard for shard in range(SHARDS) if in_shard("shard", shard) in self.ownership.held]

    async def work_off(self) -> None:
        """Work off what there is in its shards, as far as it can."""
        for shard in self.shards:
            for _ in range(ROUNDS):
                await self.runners[shard].run_once()


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[list[_Process]]:
    async with AsyncExitStack() as stack:
        opened = [await Database.open(database_url, clock=SystemClock()) for _ in range(2)]
        for database in opened:
            stack.push_async_callback(database.close)
        await make_tables(opened[0])
        yield list(map(_Process, opened))


def test_shards_are_spread_evenly_over_processes() -> None:
    costs = {name: work.cost for name, work in own_work(8, relays=True).items()}
    for processes in (1, 2, 3, 4, 8):
        found = assigned(costs, range(1, processes + 1))
        loads = Counter(dict.fromkeys(range(1, processes + 1), 0))
        for name, process in found.items():
            loads[process] += costs[name]
        assert max(loads.values()) - min(loads.values()) <= max(costs.values())
        assert set(found) == set(costs)


def test_every_consumer_of_a_further_shard_belongs_to_its_one_piece_of_work() -> None:
    assert own_work(1, relays=True) == SHARED_WORK
    work = own_work(3, relays=False)
    assert set(work) - set(SHARED_WORK) == {"shard/1", "shard/2"}
    assert set(work["shard/2"].consumers) == {f"{name}/2" for name in CONSUMERS}
    assert {work_of(f"{name}/2") for name in WORK_OF} == {"shard/2", "relay/2"}
    assert work_of("relay/2") in own_work(3, relays=True).keys() - work.keys()
    assert work_of("router") == "delivery"
    assert work_of("health") is None


@pytest.mark.postgresql
@on_postgres
async def test_each_shard_is_worked_off_by_its_owner_and_by_the_other_after_it_is_gone(
    processes: list[_Process],
) -> None:
    one, other = processes
    for _ in range(2 * SHARDS):
        await one.ownership.run_once()
        await other.ownership.run_once()
    assert sorted(one.shards + other.shards) == list(range(SHARDS))
    assert len(one.shards) == len(other.shards)
    ids = [f"e{shard}-{number}" for shard in range(SHARDS) for number in range(3)]
    for event_id in ids:
        await one.database.write_queue.append([of_shard(int(event_id[1]), event_id)])
    for shard in range(SHARDS):
        await other.database.heads[shard].wait(start_of(shard) + 2, 5.0)
    await one.work_off()
    await other.work_off()
    assert sorted(event_id for *_, event_id in await effects(one.database)) == sorted(ids)

    await one.database.write_queue.run(table.end_all)  # its owner has died, and its leases have run out
    for _ in range(2 * SHARDS):
        await other.ownership.run_once()
    assert other.shards == list(range(SHARDS))
    last = [f"e{shard}-last" for shard in range(SHARDS)]
    seqs = [(await other.database.write_queue.append([of_shard(int(each[1]), each)]))[0].seq for each in last]
    for seq in seqs:
        one.database.heads.advance(seq)
    await one.work_off()  # it does not know that it has lost its shards
    await other.work_off()
    found = [event_id for *_, event_id in await effects(other.database)]
    assert sorted(found) == sorted([*ids, *last]), "each once"
    for shard in range(SHARDS):
        own = [each for each in found if each.startswith(f"e{shard}-")]
        assert own == [*(f"e{shard}-{number}" for number in range(3)), f"e{shard}-last"]
        assert await one.runners.reach(seqs[shard], 5.0), "whoever does the work"
    assert [shard_of(seq) for seq in seqs] == list(range(SHARDS))


@pytest.mark.postgresql
@on_postgres
async def test_a_shard_that_was_opened_later_is_not_waited_for(processes: list[_Process]) -> None:
    with pytest.raises(Unavailable, match="started again"):
        await processes[0].runners.reach(start_of(SHARDS) + 1, 5.0)
