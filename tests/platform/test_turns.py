"""Turns of the loop: work of slices gives it up, work on threads leaves it alone, and tenants have shares of these."""

import asyncio
import threading
import time

import pytest

from tidings_server.platform.errors import Overloaded
from tidings_server.platform.turns import INLINE_BYTES, SLICE_S, Turn, WorkerThreads, off_loop


async def test_others_run_between_slices() -> None:
    others = 0

    async def count() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count())
    turn = Turn()
    for _ in range(20):
        ends_at = time.perf_counter() + SLICE_S
        while time.perf_counter() < ends_at:
            pass
        await turn.give()
    task.cancel()
    assert others >= 20


async def test_small_work_runs_at_once_and_large_work_on_a_thread() -> None:
    here = threading.get_ident()
    assert await off_loop(threading.get_ident, tenant=1, size=INLINE_BYTES) == here
    assert await off_loop(threading.get_ident, tenant=1, size=INLINE_BYTES + 1) != here


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


async def test_work_that_takes_too_long_is_overloaded_and_keeps_its_share_until_it_ends() -> None:
    threads = WorkerThreads(threads=2, share=1, deadline_s=0.05)
    release = threading.Event()
    try:
        for _ in range(2):
            with pytest.raises(Overloaded):
                await threads.run(release.wait, tenant=1)
        assert await threads.run(lambda: "done", tenant=2) == "done"
    finally:
        release.set()
    await asyncio.sleep(0.05)
    assert await threads.run(lambda: "done", tenant=1) == "done"


async def test_an_error_of_the_work_is_raised_to_its_caller() -> None:
    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await WorkerThreads().run(fails, tenant=1)
