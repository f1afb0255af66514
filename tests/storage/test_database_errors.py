"""Failures of the database itself: the error that each caller gets, and that all goes on afterwards."""

import asyncio
import sqlite3
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import record
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import StorageFull, TidingsError, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.log import events

CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_IOERR, Unavailable),
        (sqlite3.SQLITE_IOERR_WRITE, Unavailable),
        (sqlite3.SQLITE_BUSY, Unavailable),
        (sqlite3.SQLITE_ERROR, None),
    ],
)
def test_sqlites_codes_have_their_meaning(code: int, expected: type[TidingsError] | None) -> None:
    original = sqlite3.OperationalError("…")
    original.sqlite_errorcode = code
    fault = storage_fault(OperationalError("INSERT", {}, original))

    assert (None if fault is None else type(fault)) is expected


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_cuts_all_connections_is_unavailable_and_then_there_again(
    database_url: str,
) -> None:
    database = await Database.open(database_url, clock=SystemClock())
    other = await Database.open(database_url, clock=SystemClock())
    [before] = await database.write_queue.append([record()])
    await other.write_queue.run(lambda conn: conn.execute(CUT))
    await asyncio.sleep(0)

    outcomes = [await _outcome(database) for _ in range(3)]

    assert set(outcomes) <= {"stored", "Unavailable"}
    assert outcomes[-1] == "stored"
    async with database.read() as conn:
        assert len(await events.page(conn, after=before.seq, limit=10)) == outcomes.count("stored")
    await database.close()
    await other.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_deadlocked_transactions_the_one_that_the_database_ends_is_run_again(
    database: Database, database_url: str
) -> None:
    """Two processes take two rows in opposite order.

    The one that runs again may have its first row before the other wakes up for it; then one is ended once more.
    """
    other = await Database.open(database_url, clock=SystemClock())
    rows = text("CREATE TABLE pair (id integer PRIMARY KEY)"), text("INSERT INTO pair VALUES (1), (2)")
    for statement in rows:
        await database.write_queue.run(partial(AsyncConnection.execute, statement=statement))
    both = asyncio.Barrier(2)
    begun: list[int] = []

    async def transaction(conn: AsyncConnection, first: int, second: int) -> None:
        lock = text("SELECT id FROM pair WHERE id = :id FOR UPDATE")
        await conn.execute(lock, {"id": first})
        begun.append(first)
        if len(begun) <= 2:
            await both.wait()
        await conn.execute(lock, {"id": second})

    await asyncio.gather(
        database.write_queue.run(lambda conn: transaction(conn, 1, 2)),
        other.write_queue.run(lambda conn: transaction(conn, 2, 1)),
    )
    await other.close()

    assert len(begun) >= 3


async def _outcome(database: Database) -> str:
    try:
        await database.write_queue.append([record()])
    except TidingsError as error:
        return type(error).__name__
    return "stored"
