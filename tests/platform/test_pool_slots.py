"""Slots of a shared pool: some are left to others, and who waits gets one in turn by owner."""

import asyncio
import threading

from tests.support.waiting import PATIENCE_S
from tidings_server.platform.pool_slots import FEW, RESERVED, PoolSlots, SharedThreads

MOST = 32


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_owner_at_its_bound_leaves_slots_to_others() -> None:
    slots = PoolSlots(MOST)
    greedy = [asyncio.create_task(slots.take(1)) for _ in range(2 * MOST)]
    await settled()
    assert sum(task.done() for task in greedy) == MOST - MOST // RESERVED
    for _ in range(MOST // FEW):
        await asyncio.wait_for(slots.take(2), 1)
    for task in greedy:
        task.cancel()


async def test_those_who_wait_get_slots_in_turn_by_owner() -> None:
    slots, order = PoolSlots(1), list[int]()

    async def use(owner: int) -> None:
        async with slots.slot(owner):
            order.append(owner)

    await slots.take(0)
    uses = [asyncio.create_task(use(owner)) for owner in (1, 1, 1, 2, 3)]
    await settled()
    slots.give(0)
    await asyncio.gather(*uses)
    assert order == [1, 2, 3, 1, 1]


async def test_nobodys_work_waits_for_its_turn_as_any() -> None:
    slots = PoolSlots(1)
    await slots.take(None)
    waiting = asyncio.create_task(slots.take(None))
    await settled()
    slots.give(None)
    await asyncio.wait_for(waiting, PATIENCE_S)


async def test_whoever_is_cancelled_takes_no_slot_along() -> None:
    slots = PoolSlots(1)
    await slots.take(1)
    waiting, given = (asyncio.create_task(slots.take(2)) for _ in range(2))
    await settled()
    waiting.cancel()
    await settled()
    slots.give(1)
    given.cancel()  # after its slot was handed to it
    await settled()
    await asyncio.wait_for(slots.take(3), 1)


async def test_a_thread_is_free_once_its_work_has_ended_and_not_its_caller() -> None:
    threads, release = SharedThreads(16, name="test"), threading.Event()
    try:
        gave_up = [threads.run(release.wait, owner=1, timeout_s=0.01) for _ in range(14)]
        assert {type(each) for each in await asyncio.gather(*gave_up, return_exceptions=True)} == {TimeoutError}
        waiting = asyncio.create_task(threads.run(lambda: "mine", owner=1))
        assert await threads.run(lambda: "theirs", owner=2, timeout_s=PATIENCE_S) == "theirs"
        assert not waiting.done()
    finally:
        release.set()
    assert await asyncio.wait_for(waiting, PATIENCE_S) == "mine"
    threads.close()
