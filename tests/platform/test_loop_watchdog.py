"""The watchdog of the event loop, over a loop that is really held."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tidings_server.platform.telemetry import loop_watchdog
from tidings_server.platform.telemetry.loop_watchdog import LAG_MAX, LAG_SECONDS, Hold, LoopWatchdog

HOLD_S = 0.3


@contextmanager
def watching(holds: list[Hold]) -> Iterator[LoopWatchdog]:
    watchdog = LoopWatchdog(asyncio.get_running_loop(), holds.append)
    watchdog.start()
    try:
        yield watchdog
    finally:
        watchdog.stop()


def computes(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


def holds_the_interpreter() -> None:
    """C code that does not give the interpreter away: more than HELD_S of one power."""
    started = time.monotonic()
    size = 200_000
    while time.monotonic() - started < HOLD_S:
        pow(7, size)
        size *= 2


async def hold_until_seen(hold: Callable[[], None], holds: list[Hold], *, named: str = "") -> None:
    """Once is enough, unless the machine was so busy that the watchdog took the loop for an idle one.

    `named`: a function that the stack of one of them must have, which a busy machine may look at too late.
    """
    while not any(named in place for each in holds for place in each.stack or [""]):
        hold()
        await asyncio.sleep(0.05)


def samples() -> float:
    return next(s.value for m in LAG_SECONDS.collect() for s in m.samples if s.name.endswith("_count"))


async def test_a_held_loop_is_named_with_the_function_that_holds_it() -> None:
    holds: list[Hold] = []
    with watching(holds):
        await hold_until_seen(lambda: computes(HOLD_S), holds)
    hold = max(holds, key=lambda each: each.lag_s)
    assert hold.lag_s >= loop_watchdog.HELD_S
    assert any(place.startswith("platform/test_loop_watchdog.py:computes:") for place in hold.stack[:2])


async def test_code_that_keeps_the_interpreter_is_named_by_its_caller() -> None:
    holds: list[Hold] = []
    with watching(holds):
        await hold_until_seen(holds_the_interpreter, holds, named="holds_the_interpreter")
    assert max(hold.lag_s for hold in holds) >= loop_watchdog.HELD_S


async def test_a_waiting_thread_is_distinguished_from_a_computing_one() -> None:
    holds: list[Hold] = []
    with watching(holds):
        await hold_until_seen(lambda: time.sleep(HOLD_S), holds)
    hold = max(holds, key=lambda each: each.lag_s)
    assert hold.cpu_s < hold.lag_s / 2


async def test_a_loop_that_answers_is_measured_and_named_nowhere() -> None:
    holds: list[Hold] = []
    before = samples()
    with watching(holds):
        for _ in range(20):
            await asyncio.sleep(0.01)
    assert samples() > before
    [lag] = LAG_MAX.collect()
    assert lag.samples[0].value > 0
    assert all(hold.lag_s >= loop_watchdog.HELD_S for hold in holds)  # a busy machine may hold even this one


class LateEvent(threading.Event):
    """An event whose waiter gets its core late, as on a machine that has more to do: once its time is up."""

    is_late = False

    def wait(self, timeout: float | None = None) -> bool:
        self.is_late = not self.is_late
        if self.is_late:
            time.sleep(2 * loop_watchdog.HELD_S)
        return not self.is_late and super().wait(timeout)


async def test_an_answer_counts_from_when_the_loop_gives_it_however_late_the_watchdog_sees_it() -> None:
    watchdog = LoopWatchdog(asyncio.get_running_loop())
    watchdog._answered = LateEvent()
    asked = [await asyncio.to_thread(watchdog._ask) for _ in range(5)]
    soonest = min(asked, key=lambda each: each.lag_s)
    assert soonest.lag_s < loop_watchdog.HELD_S
    assert soonest.stack == ()


def count_questions(loop: asyncio.AbstractEventLoop) -> list[object]:
    """What other threads hand to this loop from now on; other loops of the process have watchdogs of their own."""
    asked: list[object] = []
    hand_over = loop.call_soon_threadsafe

    def counting(callback: Callable[..., object], *arguments: object, **other: Any) -> asyncio.Handle:
        asked.append(callback)
        return hand_over(callback, *arguments, **other)

    loop.call_soon_threadsafe = counting  # type: ignore[method-assign]  # asyncio's own, of this test alone
    return asked


async def test_an_idle_loop_is_probed_once_a_second() -> None:
    asked = count_questions(asyncio.get_running_loop())
    with watching([]):
        await asyncio.sleep(2.2)  # the first second is spent finding out
        before = len(asked)
        await asyncio.sleep(2.0)
        assert len(asked) - before <= 4
    assert asked


async def test_stopping_does_not_wait_for_the_loop() -> None:
    before = set(threading.enumerate())
    with watching([]) as watchdog:
        await asyncio.sleep(0.05)
    assert not watchdog._thread.is_alive()
    assert "loop-watchdog" not in {thread.name for thread in set(threading.enumerate()) - before}
