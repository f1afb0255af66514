"""A consumer that dies at any point loses no event, and none takes effect twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.log.consumer_process import main
from tests.log.counting_consumer import Counting, effects, make_tables
from tests.support.events import record
from tests.support.processes import DIED, exit_status
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.storage.database import Database

FAILPOINTS = (
    "counting.before_cursor:1",
    "counting.after_cursor:1",
    "counting.after_cursor:4",
    "counting.before_commit:4",
    "counting.after_commit:4",
    "write_queue.before_commit:4",
    "write_queue.after_commit:4",
)
EVENTS = 23


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_death_at_a_failpoint_leaves_each_event_one_effect(database_url: str, failpoint: str) -> None:
    """The seventh event fails in writing, so that some deaths fall among single and among failed events."""
    asyncio.run(prepare(database_url))
    assert exit_status(main, database_url, failpoint, "e6") == DIED
    numbers = asyncio.run(carried_on(database_url))
    assert sorted(numbers) == list(range(1, EVENTS + 1))
    for key in range(3):
        of_key = [number for number in numbers if number % 3 == key]
        assert of_key == sorted(of_key)


async def prepare(url: str) -> None:
    database = await Database.open(url, clock=SystemClock())
    await make_tables(database)
    await database.write_queue.append([record(f"e{number}", entity_id=str(number % 3)) for number in range(EVENTS)])
    await database.close()


async def carried_on(url: str) -> list[int]:
    """The numbers of all events that took effect, after another process has gone on to the end."""
    clock = ManualClock(SystemClock().now() + timedelta(hours=1))
    database = await Database.open(url, clock=clock)
    runner = ConsumerRunner(Counting(), feed=LogFeed(database), database=database, clock=clock)
    while await runner.run_once():
        pass
    numbers = [number for number, _, _ in await effects(database)]
    await database.close()
    return numbers
