"""The write-ahead log of SQLite stays small, whoever is busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.events import record
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite import checkpoint
from tidings_server.storage.sqlite.checkpoint import Checkpointer

MIB = 1 << 20
RESTART_PAGES = 2 * MIB // 4_096
TRUNCATE_BYTES = 6 * MIB


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tidings.db"


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url, clock=ManualClock())
    yield opened
    await opened.close()


@asynccontextmanager
async def checkpointing(path: Path, clock: ManualClock) -> AsyncIterator[Checkpointer]:
    checkpointer = Checkpointer(path, clock, restart_pages=RESTART_PAGES, truncate_bytes=TRUNCATE_BYTES)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(checkpointer.run())
        yield checkpointer
        running.cancel()
    await checkpointer.close()


async def write_a_mib(database: Database, checkpointer: Checkpointer, clock: ManualClock) -> None:
    """A transaction as the write queue makes it, and time for a checkpoint after it."""
    await checkpointer.between()
    await database.write_queue.append([record(body=bytes(MIB))])
    clock.advance(timedelta(seconds=checkpoint.EVERY_S))
    await asyncio.sleep(0)
    await checkpointer._on_thread(lambda: None)  # the thread is done with what the clock has started


def size(path: Path) -> int:
    return path.with_name("tidings.db-wal").stat().st_size


async def test_a_busy_writer_uses_the_same_log_again(database: Database, path: Path) -> None:
    clock = ManualClock()
    async with checkpointing(path, clock) as checkpointer:
        for _ in range(20):
            await write_a_mib(database, checkpointer, clock)

    assert size(path) < 5 * MIB


async def test_a_log_that_a_reader_held_is_cut_when_the_reader_has_gone(database: Database, path: Path) -> None:
    clock = ManualClock()
    async with checkpointing(path, clock) as checkpointer:
        async with database.read() as conn:
            await conn.execute(text("BEGIN"))
            await conn.execute(text("SELECT count(*) FROM event"))
            for _ in range(10):
                await write_a_mib(database, checkpointer, clock)
            held = size(path)
            await conn.execute(text("ROLLBACK"))
        for _ in range(2):
            await write_a_mib(database, checkpointer, clock)

    assert held > 10 * MIB
    assert size(path) < 5 * MIB


async def test_an_idle_database_is_not_checkpointed(database: Database, path: Path) -> None:
    clock = ManualClock()
    await database.write_queue.append([record()])
    async with checkpointing(path, clock) as checkpointer:
        for _ in range(3):
            clock.advance(timedelta(seconds=checkpoint.EVERY_S))
            await asyncio.sleep(0)
        assert checkpointer._conn is None
