"""Heartbeats: a worker that hangs or fails for 8 s is stuck, one that rests never is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from tests.support.waiting import PATIENCE_S, until
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.heartbeats import STUCK_S, STUCK_SECONDS, Heartbeats
from tidings_server.rpc.health import Health

LONG = timedelta(seconds=STUCK_S)


class Worker:
    """Hangs in its rounds while `may_go` is not set, and fails while `error` is."""

    def __init__(self) -> None:
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.error: Exception | None = None
        self.rounds = 0
        self.wakeup = asyncio.Event()

    async def count(self) -> int:
        return self.rounds

    async def run(self) -> None:
        while True:
            with heartbeats.current().round():
                await self.may_go.wait()
                if self.error:
                    raise self.error
            self.rounds += 1
            self.wakeup.clear()
            await self.wakeup.wait()


@asynccontextmanager
async def supervised(clock: ManualClock, worker: Worker) -> AsyncIterator[Heartbeats]:
    registry = Heartbeats(clock)
    task = asyncio.create_task(registry.supervised("projection", worker.run))
    yield registry
    task.cancel()


async def test_a_worker_that_hangs_fails_readiness_and_names_itself_until_it_goes_on(clock: ManualClock) -> None:
    worker = Worker()
    worker.may_go.clear()
    async with supervised(clock, worker) as registry:
        health = Health(clock, is_able=lambda: True, workers=registry)
        await health.open()
        await asyncio.sleep(0)
        assert health.is_serving
        clock.advance(LONG)
        assert not health.is_serving
        assert health.reason == "The worker projection is stuck."  # type: ignore[unreachable]  # a property may change
        assert _metric() == STUCK_S
        worker.may_go.set()
        await until(worker.count, lambda rounds: rounds == 1)
        assert health.is_serving
        assert _metric() == 0


async def test_a_worker_that_fails_is_started_again_and_is_stuck_until_it_succeeds(clock: ManualClock) -> None:
    worker = Worker()
    worker.error = ValueError("one row")
    async with supervised(clock, worker) as registry:
        await asyncio.sleep(0)
        assert registry.stuck() == []
        clock.advance(LONG)
        assert registry.stuck() == ["projection"]
        worker.error = None
        clock.advance(LONG)
        await until(worker.count, lambda rounds: rounds == 1)
        assert registry.stuck() == []


async def test_a_worker_that_rests_is_not_stuck(clock: ManualClock) -> None:
    worker = Worker()
    async with supervised(clock, worker) as registry:
        await until(worker.count, lambda rounds: rounds == 1)
        clock.advance(100 * LONG)
        assert registry.stuck() == []


async def test_progress_within_a_long_round_is_no_silence(clock: ManualClock) -> None:
    registry = Heartbeats(clock)
    heartbeat = registry.of("retention")
    with heartbeat.round():
        for _ in range(5):
            clock.advance(LONG / 2)
            heartbeat.beat()
        assert registry.stuck() == []
        clock.advance(LONG)
        assert registry.stuck() == ["retention"]


async def test_a_part_of_a_worker_is_stuck_alone(clock: ManualClock) -> None:
    registry = Heartbeats(clock)
    with registry.of("dispatcher").part("recorder").round():
        clock.advance(LONG)
        assert registry.stuck() == ["dispatcher.recorder"]


def test_outside_of_a_supervised_worker_rounds_raise_what_they_raise() -> None:
    with pytest.raises(ValueError, match="x"), heartbeats.current().round():
        raise ValueError("x")


def _metric() -> float:
    [metric] = STUCK_SECONDS.collect()
    return next(each.value for each in metric.samples if each.labels == {"worker": "projection"})


@pytest.mark.parametrize("error", [None, ConnectionError("it never came")])
async def test_a_cancellation_that_is_taken_for_a_failure_ends_a_worker_with_its_round(
    clock: ManualClock, error: Exception | None
) -> None:
    """As some libraries do: a worker that tried again would never end."""

    async def run() -> None:
        while True:
            with suppress(ConnectionError), heartbeats.current().round():
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if error:
                        raise error from None

    task = asyncio.create_task(Heartbeats(clock).supervised("projection", run))
    await asyncio.sleep(0)
    task.cancel()
    assert await asyncio.wait((task,), timeout=PATIENCE_S) == ({task}, set())
    assert task.cancelled()
