"""Several processes over one PostgreSQL: what one does, or ceases to do, and what the others notice of it."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import IDS, record
from tests.support.installation import Installation
from tests.support.postgres import Cluster
from tests.support.processes import environment, with_clock_ahead
from tests.support.waiting import PATIENCE_S
from tidings_server.identity.data_keys import DataKey, DataKeys
from tidings_server.log.feed import LogFeed
from tidings_server.log.store.consumers import CURSORS
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.errors import Conflict, LostRace
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import master_keys
from tidings_server.scheduling.jobs.jobs import JobDraft, Jobs
from tidings_server.storage import schema
from tidings_server.storage.database import Database
from tidings_server.storage.log.events import head as log_head
from tidings_server.storage.postgresql.engine import postgres_engine
from tidings_server.storage.tables import config_version
from tidings_server.storage.write_queue import TRANSACTION_WORKERS

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

HOLDER = Path(__file__).with_name("head_holder.py")
TELLER = Path(__file__).with_name("time_teller.py")
WORKERS = 2 * TRANSACTION_WORKERS
SCOPE = Scope(1, "t", "t", "ada", "app")
MOVES = ("+3600", "-3600", "+40", "-40", "+0.3", "-0.3")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url, clock=SystemClock())
    yield database
    await database.close()


async def test_events_of_a_process_that_has_died_are_read_by_who_stands_at_the_end_of_its_own(
    database_url: str,
) -> None:
    async with opened(database_url) as survivor:
        feed = LogFeed(survivor)
        await survivor.write_queue.append([record()])
        assert [event.seq for event in await feed.read(0, 10)] == [1]
        async with opened(database_url) as other:
            await other.write_queue.append([record()])

        assert await feed.wait(1, PATIENCE_S) == 2
        assert [event.seq for event in await feed.read(1, 10)] == [2]


async def test_a_process_that_stops_while_it_holds_the_head_stops_nobody_for_long(database_url: str) -> None:
    holder = await _started(HOLDER, database_url)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        async with opened(database_url) as other:
            [appended] = await other.write_queue.append([record()])
        assert appended.seq == 1
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        await holder.wait()


async def test_the_first_call_after_all_sessions_were_cut_is_answered(database_url: str) -> None:
    cutter = postgres_engine(database_url, pool=1)
    async with opened(database_url) as database, cutter.connect() as conn:
        await database.write_queue.append([record()])
        feed = LogFeed(database)
        assert await feed.head() == 1
        own = "pid <> pg_backend_pid() AND datname = current_database()"
        cut = f"SELECT pg_terminate_backend(pid, {PATIENCE_S * 1_000:.0f}) FROM pg_stat_activity WHERE {own}"
        assert all((await conn.exec_driver_sql(cut)).scalars())
        [appended] = await database.write_queue.append([record()])
        assert appended.seq == 2
        assert await database.write_queue.run(partial(log_head, shard=0)) == 2
        async with database.read() as reading:
            assert await log_head(reading, 0) == 2
    await cutter.dispose()


@pytest.mark.usefixtures("database_url")
async def test_the_transaction_that_makes_all_tables_may_be_silent_for_longer(postgres: Cluster) -> None:
    engine = postgres_engine(postgres.url(postgres.create()), pool=1)
    shown = []
    async with engine.begin() as conn:
        await schema.admit(conn, 0)
        shown.append((await conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout")).scalar_one())
    async with engine.connect() as conn:
        shown.append((await conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout")).scalar_one())
    await engine.dispose()
    assert shown == ["25s", "5s"]


async def test_who_loses_a_cursor_does_not_wait_for_who_has_it(database_url: str) -> None:
    engine = postgres_engine(database_url)
    async with opened(database_url) as database:
        await database.write_queue.run(lambda conn: CURSORS.start(conn, "router", at=0))
        async with engine.begin() as winner, asyncio.timeout(PATIENCE_S):
            await CURSORS.move(winner, "router", old=0, new=1)
            with pytest.raises(LostRace):
                await database.write_queue.run(lambda conn: CURSORS.move(conn, "router", old=0, new=2))
    await engine.dispose()


@pytest.mark.parametrize("moved_by", MOVES)
async def test_a_process_with_another_clock_goes_by_the_databases(database_url: str, moved_by: str) -> None:
    """Its instant lies between two of this process, give or take the journey of an answer."""
    clock = SystemClock()
    database = await Database.open(database_url, clock=clock)
    teller = await _started(TELLER, database_url, **with_clock_ahead(moved_by))
    assert teller.stdout is not None
    assert teller.stdin is not None
    await teller.stdout.readline()
    for _ in range(3):
        earliest = clock.now_us()
        teller.stdin.write(b"\n")
        told, wall = map(int, (await teller.stdout.readline()).split())
        assert earliest - 50_000 <= told <= clock.now_us() + 50_000
        assert abs(wall - told - float(moved_by) * 1_000_000) < 250_000  # it did see another clock
    teller.stdin.close()
    assert await teller.wait() == 0
    await database.close()


async def _started(script: Path, *arguments: str, **variables: str) -> Process:
    command = [sys.executable, str(script), *arguments]
    return await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment() | variables
    )


async def test_who_finds_a_key_taken_since_it_looked_looks_again(database_url: str) -> None:
    """The kind of every read-then-insert: eight transactions have all read that there is no such row."""
    all_have_read = asyncio.Barrier(WORKERS)
    outcomes: list[str] = []
    begun: list[object] = []

    async def create(conn: AsyncConnection) -> str:
        exists = (await conn.execute(select(config_version).where(config_version.c.kind == "new"))).first()
        if len(begun) < WORKERS:
            begun.append(exists)
            await all_have_read.wait()
        if exists:
            return "found"
        await conn.execute(insert(config_version).values(kind="new", version=0))
        return "made"

    async def created(database: Database) -> None:
        outcomes.append(await database.write_queue.run(create))

    async with opened(database_url) as one, opened(database_url) as other, asyncio.TaskGroup() as group:
        for number in range(WORKERS):
            group.create_task(created(one if number % 2 else other))
    assert sorted(outcomes) == ["found"] * (WORKERS - 1) + ["made"]


async def test_a_job_and_a_data_key_that_eight_make_at_once_are_made_once(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        own = Installation(database, ManualClock(), tmp_path)
        await own.provision()
        keys = DataKeys(database, master_keys("", tmp_path), SystemClock())
        await keys.load()
        jobs = Jobs(database, SystemClock(), IDS)
        draft = JobDraft(id="j", notification="REMINDER", is_scheduled=True, schedule="0 9 * * *")
        made = await asyncio.gather(*(jobs.create(SCOPE, draft) for _ in range(8)))
        assert sorted(is_old for _, is_old in made) == [False] + [True] * 7
        rotated = await asyncio.gather(*(keys.rotate() for _ in range(8)), return_exceptions=True)
    assert {type(each) for each in rotated} <= {DataKey, Conflict}
    assert DataKey in map(type, rotated)
