"""The migrations, and which databases a server starts on."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.events import record
from tests.support.processes import environment
from tests.support.waiting import PATIENCE_S
from tidings_server.composition import tables  # noqa: F401  # declares every table
from tidings_server.platform.clock import ManualClock
from tidings_server.storage import schema
from tidings_server.storage.database import Database
from tidings_server.storage.sqlite.engines import LOCK_NAME, StartRefused
from tidings_server.storage.tables import metadata, search_metadata

Shape = dict[str, Any]


def shape(conn: Connection) -> Shape:
    """Every table of a database as it says itself."""
    inspector = inspect(conn)
    return {
        table: {
            "columns": [{**column, "type": repr(column["type"])} for column in inspector.get_columns(table)],
            "key": inspector.get_pk_constraint(table),
            "unique": sorted(map(repr, inspector.get_unique_constraints(table))),
            "checks": sorted(map(repr, inspector.get_check_constraints(table))),
            "foreign keys": sorted(map(repr, inspector.get_foreign_keys(table))),
            "indexes": sorted(_printed(index) for index in inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _printed(index: Any) -> str:
    conditions = {name: str(condition) for name, condition in index["dialect_options"].items()}
    return repr({**index, "dialect_options": conditions})


async def shape_of(url: str) -> Shape:
    engine = create_async_engine(url)
    async with engine.connect() as conn:
        found = await conn.run_sync(shape)
    await engine.dispose()
    return found


async def shape_made_of(url: str, *declared: MetaData) -> Shape:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        for tables in declared:
            await conn.run_sync(tables.create_all)
        found = await conn.run_sync(shape)
        for tables in declared:
            await conn.run_sync(tables.drop_all)
    await engine.dispose()
    return found


async def test_an_upgrade_from_empty_makes_what_the_tables_declare(empty_database_url: str, tmp_path: Path) -> None:
    database_url = empty_database_url
    is_sqlite = database_url.startswith("sqlite")
    beside = f"sqlite+aiosqlite:///{tmp_path / 'beside.db'}" if is_sqlite else database_url
    declared = await shape_made_of(beside, *([metadata] if is_sqlite else [metadata, search_metadata]))
    database = await Database.open(database_url, clock=ManualClock())
    await database.close()

    assert await shape_of(database_url) == declared
    assert "event" in declared
    if is_sqlite:
        search_url = database_url.replace("tidings.db", "search.db")
        assert await shape_of(search_url) == await shape_made_of(beside, search_metadata)


async def test_a_database_is_opened_again_as_it_was_left(database_url: str) -> None:
    for number in (1, 2, 3):
        database = await Database.open(database_url, clock=ManualClock())
        [appended] = await database.write_queue.append([record()])
        await database.close()
        assert appended.seq == number


async def test_a_second_server_on_an_embedded_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'tidings.db'}"
    database = await Database.open(url, clock=ManualClock())
    holder = (tmp_path / LOCK_NAME).read_text()

    with pytest.raises(StartRefused, match=rf"process {holder}\)"):
        await Database.open(url, clock=ManualClock())

    await database.close()
    database = await Database.open(url, clock=ManualClock())
    await database.close()


async def test_a_missing_or_outdated_search_file_is_built_again(tmp_path: Path) -> None:
    url, search_file = f"sqlite+aiosqlite:///{tmp_path / 'tidings.db'}", tmp_path / "search.db"
    database = await Database.open(url, clock=ManualClock())
    await database.close()
    search_file.unlink()
    database = await Database.open(url, clock=ManualClock())
    await database.close()
    with sqlite3.connect(search_file) as conn:
        conn.execute("DROP TABLE search_event")
        conn.execute("DROP TABLE search_cursor")
        conn.execute(f"PRAGMA user_version = {schema.SEARCH_VERSION + 1}")
    conn.close()
    database = await Database.open(url, clock=ManualClock())
    async with database.read_search() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM search_cursor"))).scalar() == 0
    await database.close()


def test_several_processes_may_start_on_an_empty_database_at_once(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        return
    program = (
        "import asyncio, sys\n"
        "from tidings_server.platform.clock import SystemClock\n"
        "from tidings_server.composition import tables\n"
        "from tidings_server.storage.database import Database\n"
        "async def main():\n"
        "    await (await Database.open(sys.argv[1], clock=SystemClock())).close()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, empty_database_url]
    started = [subprocess.Popen(command, env=environment()) for _ in range(3)]

    assert [process.wait(timeout=PATIENCE_S) for process in started] == [0, 0, 0]
