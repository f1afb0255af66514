"""A crash at any failpoint neither loses points nor earns, spends or reports them twice."""

import asyncio

import pytest

from tests.loyalty.crashing_process import main
from tests.loyalty.scenario import check, play, prepare
from tests.support.loyalty_hub import Scheme
from tests.support.processes import DIED, exit_status
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

DEATHS = (
    "loyalty.before_cursor:1",
    "loyalty.after_cursor:1",
    "loyalty.locked:1",
    "loyalty.before_commit:1",
    "loyalty.before_commit:2",
    "loyalty.after_commit:1",
    "loyalty.after_commit:2",
    "redemption.decided:1",
    "redemption.decided:6",
    "expiry.decided:1",
    *(f"write_queue.before_commit:{number}" for number in (5, 14, 16, 20, 24)),
    *(f"write_queue.after_commit:{number}" for number in (13, 15, 17, 19, 21, 25)),
)


@pytest.mark.parametrize("failpoint", DEATHS)
def test_a_scenario_that_is_replayed_after_a_crash_has_the_same_result(database_url: str, failpoint: str) -> None:
    asyncio.run(prepared(database_url))
    assert exit_status(main, database_url, failpoint) == DIED
    asyncio.run(replayed(database_url))


async def prepared(url: str) -> None:
    clock = ManualClock()
    database = await Database.open(url, clock=clock)
    await prepare(database, clock)
    await database.close()


async def replayed(url: str) -> None:
    clock = ManualClock()
    database = await Database.open(url, clock=clock)
    for _ in range(2):
        await play(database, clock)
        await check(Scheme(database, clock))
    await database.close()
