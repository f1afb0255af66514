"""Three processes over one PostgreSQL, each kind of fault of which leaves a history that agrees with the model.

By hand, at length: `make faults LONG=1`.
"""

import asyncio
import signal
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from os import urandom

import aiohttp
import psutil
import pytest

from tests.e2e.instances import Instance, instance
from tests.faults.shop import open_shop
from tests.support.postgres import Cluster
from tests.support.receiver import Receiver
from tests.support.waiting import until

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(600)]

PROCESSES = 3


@dataclass
class Installation:
    """Three equal processes and their database; `long` makes faults last as long as docs/reliability.md has them."""

    processes: Sequence[Instance]
    postgres: Cluster
    database: str
    long: bool

    @property
    def down_s(self) -> float:
        """Longer than any lease lasts: the others have taken over meanwhile."""
        return 30.0 if self.long else 10.0

    @property
    def between_s(self) -> float:
        return 10.0 if self.long else 1.0

    @property
    def rounds(self) -> int:
        return 20 if self.long else 1


@pytest.fixture(scope="module")
def installation(postgres: Cluster, request: pytest.FixtureRequest) -> Iterator[Installation]:
    name = postgres.create()
    shared = {"database_url": postgres.url(name), "master_key": urlsafe_b64encode(urandom(32)).decode()}
    shared |= {"retry_first_s": "0.5", "retry_flat": "true"}
    with ExitStack() as stack:
        processes = [stack.enter_context(instance(**shared)) for _ in range(PROCESSES)]
        yield Installation(processes, postgres, name, request.config.getoption("--long-faults"))


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

    The pattern leaves out the write queue, which has a place of that name beside its transactions.
    """
    process = one.processes[0]
    await asyncio.to_thread(process.stop, signal.SIGTERM)
    await asyncio.to_thread(process.start, failpoint="[!w]*.before_commit:3:stop")
    assert process.process is not None
    seen = psutil.Process(process.process.pid)
    await until(lambda: asyncio.to_thread(seen.status), lambda status: status == psutil.STATUS_STOPPED)
    await asyncio.sleep(one.down_s)
    process.process.send_signal(signal.SIGCONT)


async def restart_postgres(one: Installation) -> None:
    """A database that cuts all sessions and is back at once."""
    await asyncio.to_thread(one.postgres.restart)


async def stop_postgres(one: Installation) -> None:
    """A database that is away for longer than any lease lasts."""
    await asyncio.to_thread(one.postgres.stop, signal.SIGINT)
    await asyncio.sleep(one.down_s)
    await asyncio.to_thread(one.postgres.start)


async def end_all_sessions(one: Installation) -> None:
    """All sessions ended by an administrator, several times."""
    for _ in range(3):
        await asyncio.to_thread(one.postgres.end_sessions, one.database)
        await asyncio.sleep(1.0)


FAULTS = (
    kill_each,
    stop_each_for_a_while,
    stop_inside_a_transaction,
    restart_postgres,
    stop_postgres,
    end_all_sessions,
    restart_each,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_doubled_or_out_of_order(
    installation: Installation,
    receiver: Receiver,
    session: aiohttp.ClientSession,
    fault: Callable[[Installation], Awaitable[None]],
) -> None:
    shop = await open_shop(installation.processes, receiver, session)
    async with shop.writing(fault.__name__):
        await fault(installation)
    assert await shop.violations() == []
    assert all(shop.history.acknowledged.values())
    await shop.close()
