"""Ownership of work: one process does it, another takes over, and one that has lost it commits nothing."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.log.counting_consumer import Counting, effects, make_tables
from tests.support.events import record
from tidings_server.log.assignment import assigned
from tidings_server.log.checkpoints import LogCheckpoints
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.ownership import Ownership, Work
from tidings_server.log.store import ownership as table
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import LostRace
from tidings_server.storage.database import Database

WORK = {"counting": Work(4, ("counting",)), "other": Work(1), "third": Work(1)}


class _Process:
    """One process with a consumer, over a database of its own."""

    def __init__(self, database: Database) -> None:
        self.database, clock = database, SystemClock()
        self.ownership = Ownership(database, clock, WORK)
        self.runner = ConsumerRunner(Counting(), feed=LogFeed(database), database=database, clock=clock)
        self.runner.use_lease(self.ownership.lease("counting"))


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[list[_Process]]:
    async with AsyncExitStack() as stack:
        opened = [await Database.open(database_url, clock=SystemClock(), is_shared=True) for _ in range(2)]
        for database in opened:
            stack.push_async_callback(database.close)
        await make_tables(opened[0])
        yield list(map(_Process, opened))


def test_work_is_spread_by_its_cost_and_every_process_computes_the_same() -> None:
    costs = {name: work.cost for name, work in WORK.items()}
    one, two = assigned(costs, [1, 2]), assigned(costs, [2, 1])
    assert one == two
    assert one["other"] == one["third"] != one["counting"]
    assert set(assigned(costs, [7]).values()) == {7}
    assert assigned(costs, []) == {}


async def test_a_process_alone_has_all_work(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url, clock=SystemClock())
    assert set(Ownership(database, SystemClock(), WORK).held) == set(WORK)
    await database.close()


async def test_each_work_is_done_by_one_process_and_a_process_that_leaves_gives_it_back(
    processes: list[_Process],
) -> None:
    one, other = processes
    for _ in range(4):
        await one.ownership.run_once()
        await other.ownership.run_once()
    assert sorted(one.ownership.held + other.ownership.held) == sorted(WORK)
    await one.ownership.leave()
    await other.ownership.run_once()
    assert sorted(other.ownership.held) == sorted(WORK)


async def test_only_a_process_that_is_able_to_do_a_work_takes_it_and_keeps_it(processes: list[_Process]) -> None:
    databases = [process.database for process in processes]
    able = {**WORK, "relay": Work(9, is_assigned=False)}
    unable, first, second = (
        Ownership(database, SystemClock(), work)
        for database, work in zip([databases[0], *databases], [WORK, able, able], strict=True)
    )
    api = Ownership(databases[0], SystemClock(), able, role="api")
    for _ in range(5):
        for each in (unable, api, first, second):
            await each.run_once()
    assert [("relay" in each.held) for each in (unable, api, first, second)] == [False, False, True, False]
    assert sorted(unable.held + first.held + second.held) == sorted(able)
    await first.leave()
    await unable.run_once()
    await second.run_once()
    assert ("relay" in unable.held, "relay" in second.held) == (False, True)


async def test_a_process_that_has_lost_its_lease_without_knowing_commits_nothing(processes: list[_Process]) -> None:
    zombie, heir = processes
    await zombie.ownership.run_once()
    assert "counting" in zombie.ownership.held
    await zombie.database.write_queue.append([record("a")])
    assert await zombie.runner.run_once() == 1
    await heir.database.write_queue.run(table.end_all)
    await heir.ownership.run_once()
    assert "counting" in heir.ownership.held
    [appended] = await heir.database.write_queue.append([record("b")])
    zombie.database.heads[0].advance(appended.seq)

    assert "counting" in zombie.ownership.held, "it does not know"
    await zombie.runner.run_once()
    assert [event_id for *_, event_id in await effects(heir.database)] == ["a"]
    while await heir.runner.run_once():
        continue
    assert [event_id for *_, event_id in await effects(heir.database)] == ["a", "b"]
    assert await heir.runner.reach(appended.seq, 0.0)
    await zombie.ownership.run_once()
    assert "counting" not in zombie.ownership.held
    assert await zombie.runner.reach(appended.seq, 5.0), "it reads how far the other has come"


async def test_a_token_of_before_moves_no_cursor(processes: list[_Process]) -> None:
    one, _ = processes
    cursors = LogCheckpoints.cursors
    await one.database.write_queue.run(lambda conn: cursors.start(conn, "counting", at=0, token=2))
    with pytest.raises(LostRace):
        await one.database.write_queue.run(lambda conn: cursors.move(conn, "counting", old=0, new=1, token=1))
    await one.database.write_queue.run(lambda conn: cursors.move(conn, "counting", old=0, new=1, token=2))
