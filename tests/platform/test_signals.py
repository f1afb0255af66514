"""Signals: who waits is woken once it is set or pulses, and goes on after its time in any case."""

import asyncio

import pytest

from tidings_server.platform.signals import Signal

SOON_S = 0.01
LONG_S = 30.0


async def test_a_signal_that_is_set_wakes_all_that_wait_and_lets_nobody_wait_until_it_is_cleared() -> None:
    signal = Signal()
    waits = [asyncio.ensure_future(signal.wait(LONG_S)) for _ in range(3)]
    await asyncio.sleep(0)
    signal.set()
    assert await asyncio.gather(*waits) == [True] * 3
    assert signal.is_set()
    assert await signal.wait(LONG_S)
    signal.clear()
    assert not await signal.wait(SOON_S)


async def test_a_pulse_wakes_those_alone_who_wait_now() -> None:
    signal = Signal()
    waiting = asyncio.ensure_future(signal.wait(LONG_S))
    await asyncio.sleep(0)
    signal.pulse()
    assert not signal.is_set()
    assert not await signal.wait(SOON_S)
    assert await waiting


async def test_a_wait_ends_after_its_time_even_where_none_is_left() -> None:
    signal = Signal()
    assert not await signal.wait(SOON_S)
    assert not await signal.wait(0.0)
    assert not await signal.wait(-1.0)


async def test_whoever_stops_waiting_takes_nothing_from_the_others() -> None:
    signal = Signal()
    gone, staying = (asyncio.ensure_future(signal.wait(LONG_S)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    signal.set()
    assert await staying
