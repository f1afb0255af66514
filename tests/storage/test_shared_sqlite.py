"""Several processes over one SQLite: each writes, each hears of the others, and none has it alone meanwhile."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import record
from tests.support.waiting import PATIENCE_S, until
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.storage.sqlite.notices import SocketNotices

EACH = 50


@pytest.fixture
async def databases(sqlite_url: str) -> AsyncIterator[list[Database]]:
    async with AsyncExitStack() as stack:
        opened = [await Database.open(sqlite_url, clock=SystemClock(), is_shared=True) for _ in range(2)]
        for database in opened:
            stack.push_async_callback(database.close)
        yield opened


async def test_all_append_to_one_log_and_hear_of_each_other(databases: list[Database]) -> None:
    appended = await asyncio.gather(
        *(
            database.write_queue.append([record(f"{place}-{number}")])
            for number in range(EACH)
            for place, database in enumerate(databases)
        )
    )
    seqs = sorted(each.seq for each in chain.from_iterable(appended))
    assert seqs == list(range(1, 2 * EACH + 1))
    for database in databases:
        assert await database.heads[0].wait(seqs[-1] - 1, PATIENCE_S) == seqs[-1]
        async with database.read() as conn:
            assert [each.seq for each in await events.page(conn, after=0, limit=500)] == seqs


async def test_transactions_of_several_processes_are_one_after_another(databases: list[Database]) -> None:
    async def count(conn: AsyncConnection) -> None:
        found = (await conn.execute(text("SELECT n FROM counted"))).scalar_one()
        await conn.execute(text("UPDATE counted SET n = :n"), {"n": found + 1})

    await databases[0].write_queue.run(lambda conn: conn.execute(text("CREATE TABLE counted AS SELECT 0 AS n")))
    await asyncio.gather(*(each.write_queue.run(count) for _ in range(EACH) for each in databases))
    async with databases[1].read() as conn:
        assert (await conn.execute(text("SELECT n FROM counted"))).scalar_one() == 2 * EACH


async def test_what_another_process_writes_is_found_by_the_next_look(databases: list[Database]) -> None:
    one, other = databases

    async def change(conn: AsyncConnection) -> None:
        await conn.execute(text("INSERT INTO config_version (kind, version) VALUES ('test', 7)"))

    await one.write_queue.run(change)
    await until(lambda: asyncio.sleep(0.01, other.look.version("test")), lambda found: found == 7)


async def test_who_wants_it_alone_is_refused_while_others_share_it(databases: list[Database], sqlite_url: str) -> None:
    assert all(each.is_shared for each in databases)
    with pytest.raises(StartRefused, match="is in use by another Tidings server"):
        await Database.open(sqlite_url, clock=SystemClock())


async def test_a_notice_reaches_the_others_whatever_becomes_of_the_sockets(tmp_path: Path) -> None:
    one, other = (SocketNotices(tmp_path, SystemClock()) for _ in range(2))
    heard: list[str] = []
    other.subscribe("head", heard.append)
    tasks = [asyncio.create_task(each.run()) for each in (one, other)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(str(one.directory / "killed"))
    await until(lambda: asyncio.sleep(0.01, (one.directory / "killed").exists()), lambda is_there: not is_there)
    one.send("head", "7")
    await until(lambda: asyncio.sleep(0.01, heard), lambda found: found == ["7"])
    shutil.rmtree(one.directory)
    await until(lambda: asyncio.sleep(0.01, len(list(one.directory.glob("*")))), lambda sockets: sockets == 2)
    one.send("head", "8")
    await until(lambda: asyncio.sleep(0.01, heard), lambda found: found == ["7", "8"])
    for task in tasks:
        task.cancel()
    for each in (one, other):
        each.close()
    assert not one.directory.exists()
