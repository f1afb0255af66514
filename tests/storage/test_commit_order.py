"""The order of the log where several processes write it."""

import asyncio
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from tests.support.processes import environment
from tests.support.waiting import PATIENCE_S
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events

APPENDER = Path(__file__).with_name("appender.py")
WRITERS = 4
SECONDS = 4.0


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_feed_beside_several_writing_processes_skips_no_event(database_url: str) -> None:
    """The feed follows the head all the while; what it has read at the end is the whole log, in order."""
    reader = await Database.open(database_url, clock=SystemClock())
    feed = LogFeed(reader)
    command = [sys.executable, str(APPENDER), database_url, "12", str(SECONDS)]
    writers = [await _started(command) for _ in range(WRITERS)]
    seen: list[int] = []
    seen_at: list[int] = []

    goal: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def follow() -> None:
        while not (goal.done() and seen and seen[-1] >= goal.result()):
            page = await feed.read(seen[-1] if seen else 0, 100)
            seen.extend(event.seq for event in page)
            seen_at.extend(event.recorded_at for event in page)
            if not page:
                await feed.wait(seen[-1] if seen else 0, 0.2)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        group.create_task(follow())
        acknowledged = [await _output(writer) for writer in writers]
        goal.set_result(head := await _head(reader))
    await reader.close()

    assert seen == list(range(1, head + 1))
    assert seen_at == sorted(seen_at)
    assert sum(map(len, acknowledged)) == head
    assert min(map(len, acknowledged)) > 100


async def _started(command: list[str]) -> Process:
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=environment())


async def _output(writer: Process) -> list[str]:
    output, _ = await writer.communicate()
    assert writer.returncode == 0
    return output.decode().split()


async def _head(database: Database) -> int:
    async with database.read() as conn:
        return await events.head(conn, 0)
