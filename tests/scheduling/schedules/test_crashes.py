"""A scheduler that dies anywhere neither loses a run nor carries its end out twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.scheduling.schedules.scheduler_process import main
from tests.support.processes import DIED, exit_status
from tests.support.schedules import NOW, Scheduling
from tidings_server.platform.clock import ManualClock
from tidings_server.scheduling.schedules.run_executor import LEASE_S
from tidings_server.storage.database import Database

POINTS = (
    "write_queue.before_commit:1",  # before the runs are there
    "write_queue.after_commit:1",  # they are, and nobody has taken one
    "write_queue.before_commit:2",
    "write_queue.after_commit:2",  # taken
    "run.before_work:1",
    "run.before_work:3",
    "run.after_chunk:1",
    "run.after_chunk:2",
    "write_queue.before_commit:6",  # before they end
    "write_queue.after_commit:6",
)
SCHEDULES = 3


@pytest.mark.parametrize("failpoint", POINTS)
def test_a_death_at_a_failpoint_leaves_each_fire_time_one_run(database_url: str, failpoint: str) -> None:
    asyncio.run(prepare(database_url))
    assert exit_status(main, database_url, failpoint, "1") == DIED
    asyncio.run(carried_on(database_url))


async def prepare(url: str) -> None:
    database = await Database.open(url, clock=ManualClock(NOW))
    scheduling = Scheduling(database, ManualClock(NOW))
    for _ in range(SCHEDULES):
        await scheduling.start()
    await database.close()


async def carried_on(url: str) -> None:
    """Another process, while the first one's leases last and after them."""
    clock = ManualClock(NOW + timedelta(minutes=1, seconds=30))
    database = await Database.open(url, clock=clock)
    scheduling = Scheduling(database, clock)
    scheduling.handler.do = scheduling.mailing
    await scheduling.settle()
    await scheduling.pass_time(timedelta(seconds=LEASE_S - 31))
    for key in range(1, SCHEDULES + 1):
        assert (await scheduling.states(key))[0] in {"12:01 DONE", "12:01 RUNNING"}
    await scheduling.pass_time(timedelta(seconds=2))
    for key in range(1, SCHEDULES + 1):
        assert (await scheduling.states(key))[0] == "12:01 DONE"
    first = [
        fired for fired in await scheduling.event_attributes("schedule.fired") if fired["scheduledAt"][11:16] == "12:01"
    ]
    assert len(first) == SCHEDULES
    done = [fired for fired in await scheduling.event_attributes("schedule.fired") if fired["mailed"] == "1"]
    assert len(await scheduling.mailed()) == len(done)
    await database.close()
