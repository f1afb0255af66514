"""Limits that hold for all processes together: what one has let pass, the others know a moment later."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.identity.quotas import BURST_S, Quotas
from tidings_server.identity.shared_counts import KEPT_US, MAX_TOLD, RESTART_US, SharedCounts
from tidings_server.identity.store.quotas import Quota
from tidings_server.platform.client_address import current_client
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import LimitExceeded, Unauthenticated
from tidings_server.storage.database import Database

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

RATE = 2
BURST = int(RATE * BURST_S)


class _Process:
    """What one process limits by."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.counts = SharedCounts(database, clock)
        self.quotas = Quotas(database, defaults=Quota(RATE, 0, 0), clock=clock, shared=self.counts)
        self.throttle = LoginThrottle(clock, per_minute=3, shared=self.counts)


@dataclass
class _Client:
    address: str = "192.0.2.1"
    is_caller_check: bool = False


@pytest.fixture
async def processes(database: Database, clock: ManualClock) -> AsyncIterator[list[_Process]]:
    made = [_Process(database, clock) for _ in range(3)]
    await told(made)
    token = current_client.set(_Client())
    yield made
    current_client.reset(token)


async def told(processes: list[_Process]) -> None:
    for _ in range(2):
        for process in processes:
            await process.counts.run_once()


def admitted(process: _Process, tenant: int = 1) -> int:
    count = 0
    try:
        while True:
            process.quotas.take(tenant, 1)
            count += 1
    except LimitExceeded:
        return count


def fail(process: _Process) -> type[Exception]:
    with pytest.raises((Unauthenticated, LimitExceeded)) as failed, process.throttle.counted():
        raise Unauthenticated
    return failed.type


async def test_a_tenants_rate_is_one_for_all_processes(processes: list[_Process]) -> None:
    one, two, three = processes
    assert admitted(one) == BURST
    await told(processes)
    assert (admitted(two), admitted(three), admitted(three, tenant=2)) == (0, 0, BURST)


async def test_failed_log_ins_at_one_process_count_at_all(processes: list[_Process]) -> None:
    one, two, _ = processes
    assert [fail(one), fail(one), fail(two)] == [Unauthenticated] * 3
    await told(processes)
    assert [fail(process) for process in processes] == [LimitExceeded] * 3


async def test_what_was_told_before_a_process_began_is_not_counted_again(
    processes: list[_Process], database: Database, clock: ManualClock
) -> None:
    assert admitted(processes[0]) == BURST
    await told(processes)
    late = _Process(database, clock)
    await told([late])
    await told([late])
    assert admitted(late) == BURST


async def test_a_process_that_begins_is_told_nothing_of_what_was_before(
    processes: list[_Process], database: Database, clock: ManualClock
) -> None:
    one = processes[0]
    assert admitted(one) == BURST
    await told(processes)
    clock.advance(timedelta(microseconds=KEPT_US + 1))
    await one.counts.forget()
    late = _Process(database, clock)
    await late.counts.run_once()
    one.quotas.take(1, 1)
    await told([one, late])
    assert admitted(late) == BURST - 1


async def test_a_name_that_was_long_unused_counts_anew_for_those_who_knew_it(
    processes: list[_Process], clock: ManualClock
) -> None:
    one, two, _ = processes
    assert admitted(one) == BURST
    await told(processes)
    clock.advance(timedelta(microseconds=RESTART_US + 1))
    one.quotas.take(1, 1)
    await told(processes)
    assert admitted(two) == BURST - 1


async def test_of_many_names_each_is_told_in_time(processes: list[_Process]) -> None:
    one, two, _ = processes
    heard: list[str] = []
    two.counts.subscribe("name", lambda name, _: heard.append(name))
    names = [f"{number:04d}" for number in range(MAX_TOLD + 100)]
    for _ in range(2):
        for name in names:  # the busy ones are told first, and are counted again at once
            one.counts.count("name", name)
        await told([one, two])
    assert set(heard) == set(names)
