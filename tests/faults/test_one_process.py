"""One process on SQLite, or on a PostgreSQL of its own: histories under faults of the machine and of receivers."""

import asyncio
import itertools
import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.e2e.instances import Instance, instance
from tests.faults.shop import AROUND_S, PATH, Shop, open_shop
from tests.support.histories import History
from tests.support.receiver import Answer, Received, Receiver

pytestmark = pytest.mark.timeout(400)

QUICK_RETRIES = {"retry_first_s": "0.5", "retry_flat": "true"}


@pytest.fixture
def own(database_url: str) -> Iterator[Instance]:
    """A server on each kind of database."""
    with instance(database_url="" if database_url.startswith("sqlite") else database_url, **QUICK_RETRIES) as started:
        yield started


@pytest.fixture
def down_s(request: pytest.FixtureRequest) -> float:
    return 30.0 if request.config.getoption("--long-faults") else 10.0


@pytest.fixture
def around_s(request: pytest.FixtureRequest) -> float:
    """Time that events are written before a fault and after it, whose rates are compared."""
    return 15.0 if request.config.getoption("--long-faults") else AROUND_S


async def test_a_process_that_is_killed_again_and_again(
    own: Instance,
    receiver: Receiver,
    session: aiohttp.ClientSession,
    request: pytest.FixtureRequest,
    around_s: float,
) -> None:
    shop = await open_shop([own], receiver, session, around_s=around_s)
    async with shop.writing("killed"):
        for _ in range(30 if request.config.getoption("--long-faults") else 2):
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.start)
            await asyncio.sleep(1.0)
    await shop.agrees(f"one process on {kind(own)} killed again and again")


async def test_a_process_that_stands_still(
    own: Instance, receiver: Receiver, session: aiohttp.ClientSession, down_s: float, around_s: float
) -> None:
    shop = await open_shop([own], receiver, session, around_s=around_s)
    async with shop.writing("stopped"):
        assert own.process is not None
        own.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(down_s)
        own.process.send_signal(signal.SIGCONT)
    await shop.agrees(f"one process on {kind(own)} stands still")


async def test_a_process_that_runs_out_of_files_goes_on_when_there_are_some(
    own: Instance, receiver: Receiver, session: aiohttp.ClientSession, around_s: float
) -> None:
    """Neither a connection nor a file can be opened meanwhile, a few of them or none at all."""
    shop = await open_shop([own], receiver, session, around_s=around_s)
    assert own.process is not None
    server = psutil.Process(own.process.pid)
    async with shop.writing("files"):
        for spare in (3, 0):
            with few_files(server, spare):
                await asyncio.sleep(3.0)
            await asyncio.sleep(1.0)
    assert server.is_running()
    await shop.agrees(f"one process on {kind(own)} out of files")


async def test_receivers_that_hang_reset_and_refuse_get_everything_once_they_behave(
    own: Instance, receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    """Each fifth event meets two faults, whichever come next, before it is taken. The model sees what was taken."""
    taken: list[Received] = []
    arrived: set[str] = set()
    tries: dict[str, int] = {}
    release = asyncio.Event()
    faults = itertools.cycle(
        [Answer(503), Answer(resets=True), Answer(500, b"\xff" * 5_000), Answer(302, headers={"location": "/other"})]
    )

    def answer(request: Received) -> Answer:
        body = json.loads(request.body)
        tries[body["eventId"]] = tries.get(body["eventId"], 0) + 1
        if body["isTest"] or not is_troubled(body["eventId"]) or tries[body["eventId"]] > 2:
            taken.append(request)
            arrived.add(body["eventId"])
            return Answer()
        return next(faults) if release.is_set() else Answer(resets=True, hold=release)

    shop = await open_shop([own], receiver, session)
    receiver.paths[PATH] = answer
    async with shop.writing("receiver"):
        await asyncio.sleep(3.0)
        release.set()
    ids = [f"{customer}:{number}" for customer, numbers in shop.history.acknowledged.items() for number in numbers]
    await receiver.wait_until(lambda _: arrived.issuperset(ids))
    assert all(tries[each] == 3 for each in filter(is_troubled, ids))
    receiver.requests[:] = taken
    await shop.agrees(f"one process on {kind(own)} receivers")


async def test_a_copy_of_a_live_directory_as_of_one_instant_is_a_server_of_that_instant(
    receiver: Receiver, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """As a snapshot of the file system makes it: the copy has all that was acknowledged before, and goes on alone."""
    with instance(**QUICK_RETRIES) as first:
        shop = await open_shop([first], receiver, session)
        async with shop.writing("before"):
            assert first.process is not None
            first.process.send_signal(signal.SIGSTOP)
            before = {customer: list(numbers) for customer, numbers in shop.history.acknowledged.items()}
            shutil.copytree(
                first.data_dir, tmp_path / "copy" / "data", ignore=shutil.ignore_patterns("*.sock", "*.lock")
            )
            first.process.send_signal(signal.SIGCONT)
        assert await shop.violations() == []
        first.stop()
    copy = Instance(tmp_path / "copy" / "data", QUICK_RETRIES)
    try:
        await asyncio.to_thread(copy.start)
        restored = replace(shop, processes=[copy], history=History())
        await has_all(restored, before)
        async with restored.writing("after"):
            pass
        receiver.requests[:] = [request for request in receiver.requests if b'"after-' in request.body]
        assert await restored.violations() == []
    finally:
        copy.close()


def kind(process: Instance) -> str:
    """The database of a process."""
    return "PostgreSQL" if process.settings["database_url"] else "SQLite"


def is_troubled(event_id: str) -> bool:
    return int(event_id.rpartition(":")[2]) % 5 == 0


async def has_all(shop: Shop, before: dict[str, list[int]]) -> None:
    """Every event that had been acknowledged is there, once."""
    [process] = shop.processes
    for customer, numbers in before.items():
        for number in numbers:
            async with shop.rest.session.get(
                f"{process.rest}/api/v1/events/{customer}:{number}", headers=shop.rest.headers
            ) as answer:
                assert answer.status == 200, (customer, number)


@contextmanager
def few_files(server: psutil.Process, spare: int) -> Iterator[None]:
    """A limit of open files that leaves so many beside those that are open."""
    _, hard = limits = server.rlimit(psutil.RLIMIT_NOFILE)
    server.rlimit(psutil.RLIMIT_NOFILE, (server.num_fds() + spare, hard))
    try:
        yield
    finally:
        server.rlimit(psutil.RLIMIT_NOFILE, limits)
