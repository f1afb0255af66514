"""Turns of the loop: work of slices gives it up, work on threads leaves it alone, and tenants have shares of these."""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from tests.support.waiting import until
from tidings_server.platform.errors import Overloaded
from tidings_server.platform.interpreter import HURRIED_SWITCH_S, SWITCH_S, tune_threads
from tidings_server.platform.turns import (
    ALLOWANCE_S,
    CALM_S,
    INLINE_BYTES,
    REST_S,
    SLICE_S,
    Turn,
    enter,
    expect,
    give_way,
    has_others,
    in_turn,
    next_turn,
    owner,
)
from tidings_server.platform.worker_threads import WorkerThreads, off_loop


@asynccontextmanager
async def rounds_of_the_loop() -> AsyncIterator[Callable[[], int]]:
    """The number of rounds that the loop has gone inside."""
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count())
    yield lambda: rounds
    task.cancel()


async def test_others_run_between_slices() -> None:
    async with rounds_of_the_loop() as others:
        turn = Turn()
        for _ in range(20):
            ends_at = time.perf_counter() + SLICE_S
            while time.perf_counter() < ends_at:
                pass
            await turn.give()
    assert others() >= 20


async def turns_in(seconds: float, *, by: int, tenants: Sequence[int]) -> int:
    """Turns that work of one tenant gets in a time in which these tenants call."""
    count = 0

    async def work() -> None:
        nonlocal count
        enter(by)
        while True:
            await next_turn()
            count += 1

    task = asyncio.create_task(work())
    ends_at = time.perf_counter() + seconds
    while time.perf_counter() < ends_at:
        for tenant in tenants:
            await asyncio.create_task(call_of(tenant))
    task.cancel()
    return count


async def call_of(tenant: int) -> None:
    enter(tenant)


async def test_heavy_work_rests_where_several_tenants_call() -> None:
    assert 0 < await turns_in(0.2, by=1, tenants=(1, 2)) <= 0.2 / REST_S


async def test_a_tenant_has_others_while_they_call_whoever_called_last() -> None:
    assert not has_others(1)
    enter(1)
    assert (has_others(1), has_others(2)) == (False, True)
    enter(2)
    enter(2)
    assert (has_others(1), has_others(2)) == (True, True)
    enter(1)
    enter(1)
    assert (has_others(1), has_others(2)) == (True, True)


async def test_work_lets_the_loop_go_on_however_long_the_machine_stood_still() -> None:
    async with rounds_of_the_loop() as rounds:
        turn = Turn()
        for _ in range(3):
            before = rounds()
            time.sleep(2 * CALM_S)  # noqa: ASYNC251 - the loop is to stand still
            await turn.give()
            assert rounds() > before


async def test_owners_have_their_turns_by_turns() -> None:
    order: list[int] = []

    async def work(tenant: int) -> None:
        enter(tenant)
        await next_turn()
        order.append(tenant)

    await asyncio.gather(*(work(tenant) for tenant in (1, 1, 1, 1, 2, 3)))
    assert order.index(2) <= 2
    assert order.index(3) <= 2
    assert sorted(order) == [1, 1, 1, 1, 2, 3]


async def test_a_round_of_the_loop_gives_one_turn_at_once_however_long_the_machine_stands_still() -> None:
    order: list[int] = []

    async def work(tenant: int) -> None:
        enter(tenant)
        await next_turn()
        order.append(tenant)
        time.sleep(2 * CALM_S)  # noqa: ASYNC251 - the loop is to stand still

    await asyncio.gather(*(work(tenant) for tenant in (1, 1, 1, 2)))
    assert order[:2] == [1, 2]


async def test_calls_have_every_other_turn_however_many_consumers_are_busy() -> None:
    order: list[str] = []

    async def work(name: str, *, tenant: int | None = None) -> None:
        owner.set(name if tenant is None else tenant)
        await next_turn()
        order.append("call" if tenant else "consumer")

    consumers = [work(f"consumer {number}") for number in range(6) for _ in range(2)]
    await asyncio.gather(*consumers, *(work("", tenant=1) for _ in range(4)))
    assert order[:8].count("call") >= 3


async def test_consumers_that_somebody_waits_for_have_turns_beside_many_others() -> None:
    order: list[str] = []
    expect(["awaited"])

    async def work(name: str) -> None:
        owner.set(name)
        await next_turn()
        order.append(name)

    others = [work(f"consumer {number}") for number in range(6)]
    await asyncio.gather(*others, *(work("awaited") for _ in range(4)))
    assert order[:9].count("awaited") == 4


async def test_the_loop_goes_on_between_pieces_however_long_each_takes() -> None:
    """A turn that was given long ago is no room for the next piece: what was computed since may be all of that time."""
    loop, rounds, between = asyncio.get_running_loop(), 0, []

    def count() -> None:
        nonlocal rounds
        rounds += 1
        loop.call_soon(count)

    loop.call_soon(count)
    await give_way()
    for _ in range(5):
        ends_at = time.perf_counter() + 2 * CALM_S
        while time.perf_counter() < ends_at:
            continue
        before = rounds
        await give_way()
        between.append(rounds - before)
    assert min(between) >= 1


async def test_a_cancelled_wait_holds_up_nobody() -> None:
    waits = [asyncio.create_task(next_turn()) for _ in range(5)]
    await asyncio.sleep(0)
    waits[0].cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    await next_turn()


async def test_a_crowd_of_small_pieces_is_spread_over_rounds_of_the_loop() -> None:
    """Each takes its time at once, but the loop goes round between any few of them."""
    seen: list[int] = []

    def piece() -> None:
        ends_at = time.perf_counter() + ALLOWANCE_S
        while time.perf_counter() < ends_at:
            pass
        seen.append(rounds())

    async with rounds_of_the_loop() as rounds:
        await asyncio.gather(*(in_turn(piece) for _ in range(10)))
    assert max(Counter(seen).values()) <= 2


async def test_small_work_runs_at_once_and_large_work_on_a_thread() -> None:
    here = threading.get_ident()
    assert await off_loop(threading.get_ident, tenant=1, size=INLINE_BYTES) == here
    assert await off_loop(threading.get_ident, tenant=1, size=INLINE_BYTES + 1) != here


async def test_threads_hand_the_interpreter_over_more_often_while_one_computes() -> None:
    interval_s = sys.getswitchinterval()
    tune_threads()
    try:
        during = await WorkerThreads().run(sys.getswitchinterval, tenant=1)
        assert during == pytest.approx(HURRIED_SWITCH_S, abs=1e-6)
        await asyncio.sleep(0)
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S, abs=1e-6)
    finally:
        sys.setswitchinterval(interval_s)


async def test_one_tenant_at_its_share_leaves_threads_to_others() -> None:
    threads = WorkerThreads(threads=3, share=2)
    release = threading.Event()
    hanging = [asyncio.create_task(threads.run(release.wait, tenant=1)) for _ in range(5)]
    try:
        assert await threads.run(lambda: "done", tenant=2) == "done"
        assert not any(task.done() for task in hanging)
    finally:
        release.set()
    assert await asyncio.gather(*hanging) == [True] * 5


async def test_what_follows_the_log_does_not_wait_for_a_tenants_own_calls() -> None:
    threads = WorkerThreads(threads=2, share=1)
    release = threading.Event()
    hanging = [asyncio.create_task(threads.run(release.wait, tenant=tenant)) for tenant in (1, 1, 2, 2)]
    owner.set("a consumer")
    try:
        assert await threads.run(lambda: "done", tenant=1) == "done"
        assert not any(task.done() for task in hanging)
    finally:
        release.set()
    assert await asyncio.gather(*hanging) == [True] * 4


async def test_work_that_takes_too_long_is_overloaded_and_keeps_its_share_until_it_ends() -> None:
    threads = WorkerThreads(threads=2, share=1, deadline_s=0.05)
    release = threading.Event()

    async def done_by(tenant: int) -> bool:
        """Whether a moment's work is done; a machine that stands still for the deadline is no fault of the threads."""
        with suppress(Overloaded):
            return await threads.run(lambda: True, tenant=tenant)
        return False

    try:
        with pytest.raises(Overloaded):
            await threads.run(release.wait, tenant=1)
        assert not await done_by(1)
        await until(lambda: done_by(2), bool)
    finally:
        release.set()
    await until(lambda: done_by(1), bool)


async def test_an_error_of_the_work_is_raised_to_its_caller() -> None:
    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await WorkerThreads().run(fails, tenant=1)


def test_work_of_one_loop_leaves_the_share_of_another() -> None:
    """A thread with a loop of its own, such as the doctor's, and the loop of the calls share no semaphore."""
    workers, is_over = WorkerThreads(threads=2), threading.Event()
    with asyncio.Runner() as first:

        async def begin() -> asyncio.Task[bool]:
            task = asyncio.create_task(workers.run(is_over.wait, tenant=1))
            await asyncio.sleep(0)
            return task

        task = first.run(begin())
        assert asyncio.run(workers.run(lambda: "done", tenant=1)) == "done"
        is_over.set()

        async def end() -> bool:
            return await task

        assert first.run(end())
