"""Installations of several processes, and the kinds of faults that they meet."""

import asyncio
import signal
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from os import urandom
from typing import TypeVar

import aiohttp
import psutil

from tests.e2e.instances import Instance
from tests.faults.shop import AROUND_S, Shop, open_shop
from tests.support.postgres import Cluster
from tests.support.receiver import Receiver
from tests.support.waiting import until

PROCESSES = 3
ROLES = ("api", "api", "worker", "worker")
"""Those of the processes over one SQLite."""


@dataclass
class Installation:
    """Processes over one database; `long` makes faults last as long as docs/reliability.md has them."""

    processes: Sequence[Instance]
    long: bool

    @property
    def serving(self) -> list[Instance]:
        """The processes that requests go to."""
        return [each for each in self.processes if each.settings.get("role") != "worker"]

    @property
    def down_s(self) -> float:
        """Longer than any lease lasts: the others have taken over meanwhile."""
        return 30.0 if self.long else 10.0

    @property
    def around_s(self) -> float:
        """Time that events are written before a fault, and after it."""
        return 15.0 if self.long else AROUND_S

    @property
    def between_s(self) -> float:
        return 10.0 if self.long else 1.0

    @property
    def rounds(self) -> int:
        return 20 if self.long else 1


@dataclass
class OverPostgres(Installation):
    """Three equal processes."""

    postgres: Cluster
    database: str


Faulty = TypeVar("Faulty", bound=Installation)


def shared(url: str) -> dict[str, str]:
    """Settings that the processes of one installation have in common."""
    key = urlsafe_b64encode(urandom(32)).decode()
    return {"database_url": url, "master_key": key, "retry_first_s": "0.5", "retry_flat": "true"}


async def kill_each(one: Installation) -> None:
    """kill -9 of one process after the other."""
    for _ in range(one.rounds):
        for process in one.processes:
            await asyncio.to_thread(process.kill)
            await asyncio.sleep(one.between_s)
            await asyncio.to_thread(process.start)


async def restart_each(one: Installation) -> None:
    """A rolling restart."""
    for process in one.processes:
        assert await asyncio.to_thread(process.stop, signal.SIGTERM) == 0
        await asyncio.to_thread(process.start)


async def stop_each_for_a_while(one: Installation) -> None:
    """SIGSTOP of one process after the other, wherever it is, and SIGCONT."""
    for process in one.processes:
        assert process.process is not None
        process.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(one.down_s)
        process.process.send_signal(signal.SIGCONT)


async def stop_inside_a_transaction(one: Installation) -> None:
    """A process that stands still in a transaction that moves a cursor, and goes on when its session is long gone.

    It is alone at first: beside others it might have nothing to move. The pattern leaves out the write queue, which has
    a place of that name beside its transactions. On SQLite others start after it: they could not write before.
    """
    process, *others = [each for each in one.processes if each.settings.get("role") != "api"]
    for each in (process, *others):
        await asyncio.to_thread(each.stop, signal.SIGTERM)
    async with asyncio.TaskGroup() as starts:
        starts.create_task(asyncio.to_thread(process.start, failpoint="[!w]*.before_commit:3:stop"))
        await until(lambda: asyncio.to_thread(_stands_still, process), bool)
        assert process.process is not None
        try:
            if isinstance(one, OverPostgres):
                await _start(others)
            await asyncio.sleep(one.down_s)
        finally:
            process.process.send_signal(signal.SIGCONT)
    if not isinstance(one, OverPostgres):
        await _start(others)


async def _start(processes: Sequence[Instance]) -> None:
    for each in processes:
        await asyncio.to_thread(each.start)


def _stands_still(process: Instance) -> bool:
    assert process.process is not None
    if process.process.poll() is not None:
        return False
    return bool(psutil.Process(process.process.pid).status() == psutil.STATUS_STOPPED)


async def restart_postgres(one: OverPostgres) -> None:
    """A database that cuts all sessions and is back at once."""
    await asyncio.to_thread(one.postgres.restart)


async def stop_postgres(one: OverPostgres) -> None:
    """A database that is away for longer than any lease lasts."""
    await asyncio.to_thread(one.postgres.stop, signal.SIGINT)
    await asyncio.sleep(one.down_s)
    await asyncio.to_thread(one.postgres.start)


async def end_all_sessions(one: OverPostgres) -> None:
    """All sessions ended by an administrator, several times."""
    for _ in range(3):
        await asyncio.to_thread(one.postgres.end_sessions, one.database)
        await asyncio.sleep(1.0)


FAULTS = (kill_each, stop_each_for_a_while, stop_inside_a_transaction, restart_each)
FAULTS_OF_POSTGRES = (restart_postgres, stop_postgres, end_all_sessions)


async def agrees_with_the_model(
    one: Faulty, receiver: Receiver, session: aiohttp.ClientSession, *, fault: Callable[[Faulty], Awaitable[None]]
) -> Shop:
    """Cause a fault while a shop's events are written. The shop, which has no more events on their way."""
    shop = await open_shop(one.serving, receiver, session, around_s=one.around_s)
    async with shop.writing(fault.__name__):
        await fault(one)
    await shop.agrees(f"{type(one).__name__} {fault.__name__}")
    await shop.close()
    return shop
