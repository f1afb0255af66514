"""Two processes over one database: each fire time has one run, whichever takes it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.postgres import Cluster
from tests.support.schedules import NOW, Scheduling
from tidings_server.platform.clock import ManualClock
from tidings_server.scheduling.schedules.policy import CatchUp
from tidings_server.storage.database import Database

pytestmark = pytest.mark.postgresql

SCHEDULES = 40
MINUTES = 5


@pytest.fixture
async def pair(postgres: Cluster) -> AsyncIterator[tuple[Scheduling, Scheduling]]:
    name, clock = postgres.create(), ManualClock(NOW)
    first = await Database.open(postgres.url(name), clock=clock)
    second = await Database.open(postgres.url(name), clock=clock)
    yield Scheduling(first, clock, max_concurrency=5), Scheduling(second, clock, max_concurrency=5)
    await first.close()
    await second.close()
    postgres.drop(name)


async def test_two_processes_fire_each_time_once(pair: tuple[Scheduling, Scheduling]) -> None:
    for each in pair:
        each.handler.do = each.mailing
    keys = [await pair[0].start() for _ in range(SCHEDULES)]
    for _ in range(MINUTES):
        pair[0].clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]  # a ManualClock, of both
        await asyncio.gather(*(each.settle() for each in pair), *(each.settle() for each in pair))
    for key in keys:
        assert await pair[0].states(key) == [f"12:0{minute} DONE" for minute in range(1, MINUTES + 1)]
    runs = Counter(run.id for each in pair for run in each.handler.runs)
    assert set(runs.values()) == {1}
    assert len(runs) == len(await pair[0].mailed()) == SCHEDULES * MINUTES
    assert all(each.handler.runs for each in pair)


async def test_two_processes_make_up_for_a_downtime_once_and_in_order(pair: tuple[Scheduling, Scheduling]) -> None:
    key = await pair[0].start(catch_up=CatchUp.ALL)
    pair[0].clock.advance(timedelta(minutes=130))  # type: ignore[attr-defined]  # a ManualClock, of both
    for _ in range(3):
        await asyncio.gather(*(each.settle() for each in pair))
    runs = [run.scheduled_at for each in pair for run in each.handler.runs]
    assert len(runs) == len(set(runs)) == 130
    assert Counter(run.state for run in await pair[0].records(key)) == {"DONE": 100}
