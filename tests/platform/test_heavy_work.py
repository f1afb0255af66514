"""Heavy work: one piece of a tenant at a time beside others, with a rest; without bound for who is alone."""

import asyncio

from tidings_server.platform.heavy_work import FOLLOWED_S, REST, heavy_work
from tidings_server.platform.turns import enter


async def most_at_once(*, by: int, pieces: int) -> int:
    """The most pieces of work of one tenant that were under way together."""
    under_way = most = 0

    async def work() -> None:
        nonlocal under_way, most
        async with heavy_work(by):
            under_way += 1
            most = max(most, under_way)
            for _ in range(5):
                await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(work() for _ in range(pieces)))
    return most


async def test_a_tenant_that_is_alone_does_all_of_it_at_once() -> None:
    enter(1)
    assert await most_at_once(by=1, pieces=5) == 5


async def test_beside_others_each_tenant_does_one_piece_at_a_time() -> None:
    enter(1)
    enter(2)
    assert tuple(await asyncio.gather(most_at_once(by=1, pieces=3), most_at_once(by=2, pieces=3))) == (1, 1)


async def test_what_stores_events_rests_for_those_who_follow_the_log_too() -> None:
    enter(1)
    enter(2)
    loop = asyncio.get_running_loop()
    async with heavy_work(1, events=200):
        ended_at = loop.time()
    async with heavy_work(1):
        assert loop.time() - ended_at >= 0.9 * REST * 200 * FOLLOWED_S


async def test_what_fails_or_is_cancelled_makes_room_for_the_next() -> None:
    enter(1)
    enter(2)

    async def failing() -> None:
        async with heavy_work(1):
            raise ValueError

    async def endless() -> None:
        async with heavy_work(1):
            await asyncio.Event().wait()

    hanging = asyncio.create_task(endless())
    waiting = asyncio.create_task(endless())
    await asyncio.sleep(0)
    for task in (waiting, hanging):
        task.cancel()
    failed = await asyncio.gather(failing(), hanging, waiting, return_exceptions=True)
    assert [type(each) for each in failed] == [ValueError, asyncio.CancelledError, asyncio.CancelledError]
    assert await most_at_once(by=1, pieces=2) == 1
