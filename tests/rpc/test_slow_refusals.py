"""Who is refused for too many bad credentials waits for each refusal; others do not."""

import asyncio

from tidings_server.rpc.middleware.slow_refusals import MAX_IN_ALL, MAX_OF_ONE, SlowRefusals

LONG_S = 3_600.0


async def paused(slow: SlowRefusals, address: str, count: int) -> list[asyncio.Task[None]]:
    """So many refusals of an address; those that wait are not done."""
    tasks = [asyncio.create_task(slow.pause(address)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_refusals_wait_and_those_beyond_the_bounds_do_not() -> None:
    slow = SlowRefusals(pause_s=LONG_S)
    of_one = await paused(slow, "192.0.2.1", MAX_OF_ONE + 3)
    assert sum(task.done() for task in of_one) == 3
    others = [task for number in range(2, 6) for task in await paused(slow, f"192.0.2.{number}", MAX_OF_ONE)]
    assert sum(not task.done() for task in (*of_one, *others)) == MAX_IN_ALL
    for task in (*of_one, *others):
        task.cancel()
    await asyncio.gather(*of_one, *others, return_exceptions=True)
    [again] = await paused(slow, "192.0.2.9", 1)
    assert not again.done()
    again.cancel()


async def test_a_network_of_ipv6_is_one_address() -> None:
    slow = SlowRefusals(pause_s=LONG_S)
    tasks = [task for number in range(MAX_OF_ONE + 1) for task in await paused(slow, f"2001:db8::{number:x}", 1)]
    assert sum(task.done() for task in tasks) == 1
    for task in tasks:
        task.cancel()
