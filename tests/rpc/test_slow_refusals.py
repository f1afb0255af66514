"""Who is refused for too many bad credentials, or over a quota again and again, waits; others do not."""

import asyncio
from typing import Any

from tidings_server.platform.errors import LimitExceeded, Unauthenticated
from tidings_server.rpc.metadata import RpcCall
from tidings_server.rpc.middleware import Serve
from tidings_server.rpc.middleware.slow_refusals import MAX_IN_ALL, MAX_OF_ONE, QUICK, SlowRefusals

LONG_S = 3_600.0
RPC: Any = None
CONTEXT: Any = None
"""Nothing is asked of either."""


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


async def test_a_tenant_waits_for_the_refusals_of_a_second_that_come_after_its_first() -> None:
    slow = SlowRefusals(pause_s=LONG_S)
    begun_at = int(asyncio.get_running_loop().time())
    tasks = [asyncio.create_task(slow.pause_beyond(tenant)) for tenant in (1, 2) for _ in range(QUICK + 5)]
    await asyncio.sleep(0)
    if int(asyncio.get_running_loop().time()) == begun_at:  # else a second began in between
        assert sum(not task.done() for task in tasks) == 2 * 5
    other = asyncio.create_task(slow.pause_beyond(3))
    await asyncio.sleep(0)
    assert other.done()
    for task in tasks:
        task.cancel()


async def test_large_bodies_of_strangers_wait_beyond_the_first_of_a_second_and_questions_never() -> None:
    slow = SlowRefusals(pause_s=LONG_S)

    async def refuse(_call: RpcCall, _request: object, _context: object) -> bytes | None:
        raise Unauthenticated

    async def limit(_call: RpcCall, _request: object, _context: object) -> bytes | None:
        raise LimitExceeded("Too many.", retry_after_s=1.0)

    def asked(said: str, serve: Serve) -> asyncio.Task[bytes | None]:
        call = RpcCall("", {"x-tidings-caller": said, "x-tidings-client": "192.0.2.1"}, "", "", over_edge=True)
        return asyncio.ensure_future(slow.middleware(RPC, serve)(call, None, CONTEXT))

    begun_at = int(asyncio.get_running_loop().time())
    unread = [asked("unread", refuse) for _ in range(QUICK + 5)]
    others = [asked("asked", refuse) for _ in range(QUICK + 5)] + [asked("asked", limit), asked("", refuse)]
    for _ in range(5):
        await asyncio.sleep(0)
    if int(asyncio.get_running_loop().time()) == begun_at:
        assert sum(not task.done() for task in unread) == 5
    assert all(task.done() for task in others)
    for task in unread:
        task.cancel()
    await asyncio.gather(*unread, *others, return_exceptions=True)
