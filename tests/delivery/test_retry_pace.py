"""The pace of retries and replays beside other tenants."""

import asyncio

from tidings_server.delivery.dispatch.slots import RetryPace, wait_for_progress
from tidings_server.platform.turns import enter


async def test_retries_of_who_is_alone_begin_at_once() -> None:
    pace = RetryPace()
    enter(1)
    assert [pace.pause_s(1) for _ in range(100)] == [0.0] * 100


async def test_beside_others_each_begins_some_time_after_the_one_before() -> None:
    pace = RetryPace(apart_s=600.0)
    enter(2)
    assert pace.pause_s(1) == 0.0
    enter(2)
    assert 0.0 < pace.pause_s(1) <= 600.0
    enter(2)
    assert pace.pause_s(2) == 0.0


async def test_progress_ends_a_pause() -> None:
    progress = asyncio.Event()
    await wait_for_progress(progress, 0)
    await wait_for_progress(progress, 0.001)
    progress.set()
    await wait_for_progress(progress, None)
    await wait_for_progress(progress, 600.0)
