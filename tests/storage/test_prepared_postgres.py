"""On PostgreSQL, too, prepared statements give what SQLAlchemy's own connection gives, and fail as its own do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.storage.statements import COUNT, INSERT, IS_IT, QUERIES, RENAME, ROWS, THING, tried, writes
from tests.support.postgres import Cluster
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.postgresql.engine import postgres_engine
from tidings_server.storage.postgresql.prepared import PostgresConnection, PostgresEngine

pytestmark = pytest.mark.postgresql

STATEMENTS: list[tuple[Any, dict[str, Any]]] = [*QUERIES, *writes("postgresql")]
TOO_LONG = {"of_id": 1, "to": "x" * 10}


@pytest.fixture
async def engine(postgres: Cluster) -> AsyncIterator[PostgresEngine]:
    name = postgres.create()
    engine = postgres_engine(postgres.url(name))
    assert isinstance(engine, PostgresEngine)
    async with engine.begin() as conn:
        await conn.run_sync(THING.metadata.create_all)
        await conn.execute(INSERT, ROWS)
    yield engine
    await engine.dispose()
    postgres.drop(name)


@pytest.mark.parametrize("place", range(len(STATEMENTS)))
async def test_each_time_a_statement_does_the_same(engine: PostgresEngine, place: int) -> None:
    statement, values = STATEMENTS[place]
    plain = await tried(engine.begin(), AsyncConnection.execute, statement, values)
    for _ in range(3):
        assert await tried(engine.begin(), PostgresConnection.execute, statement, values) == plain


async def test_a_transaction_is_committed_whole_or_not_at_all(engine: PostgresEngine) -> None:
    async def rename_and_fail() -> None:
        async with engine.begin() as conn:
            await conn.execute(RENAME, {"of_id": 1, "to": "lost"})
            await conn.execute(INSERT, {"id": 1})

    for name in ("first", "second", "third"):
        async with engine.begin() as conn:
            await conn.execute(RENAME, {"of_id": 1, "to": name})
        with pytest.raises(IntegrityError):
            await rename_and_fail()
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            assert (await conn.execute(select(THING.c.name).where(IS_IT), {"of_id": 1})).scalar_one() == name


async def test_a_value_that_does_not_fit_is_the_statements_fault(engine: PostgresEngine) -> None:
    for _ in range(3):
        with pytest.raises(DBAPIError) as caught:
            async with engine.begin() as conn:
                await conn.execute(RENAME, TOO_LONG)
        assert storage_fault(caught.value) is None
        assert "xxxxxxxxxx" not in str(caught.value)


async def test_a_session_that_was_ended_is_the_databases_fault_and_replaced(engine: PostgresEngine) -> None:
    for _ in range(3):
        with pytest.raises(DBAPIError) as caught:
            await _end_own_session(engine)
        assert storage_fault(caught.value) is not None
        async with engine.connect() as conn:
            assert (await conn.execute(COUNT)).scalar_one() == len(ROWS)


async def test_a_cancelled_statement_leaves_no_broken_connection(engine: PostgresEngine) -> None:
    slow = select(func.pg_sleep(bindparam("seconds")).label("slept"))
    async with engine.connect() as conn:
        for _ in range(2):
            await conn.execute(slow, {"seconds": 0})
    for _ in range(engine.pool.size() + 1):  # type: ignore[attr-defined]  # of a pool with a size
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), engine.connect() as conn:
                await conn.execute(slow, {"seconds": 30})
    for _ in range(3):
        async with engine.connect() as conn:
            assert (await conn.execute(COUNT)).scalar_one() == len(ROWS)


async def _end_own_session(engine: PostgresEngine) -> None:
    async with engine.begin() as conn:
        await conn.execute(COUNT)
        async with engine.connect() as other:
            own = (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        await conn.execute(COUNT)
