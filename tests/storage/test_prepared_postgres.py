"""On PostgreSQL, too, prepared statements give what SQLAlchemy's own connection gives, and fail as its own do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.postgres import Cluster
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.postgresql.engine import postgres_engine
from tidings_server.storage.postgresql.prepared import PostgresConnection, PostgresEngine

pytestmark = pytest.mark.postgresql

THING = Table(
    "thing",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("name", String(9)),
    Column("is_new", Boolean),
    Column("facts", JSON),
    Column("body", LargeBinary),
)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "one", "is_new": True, "facts": {"a": [1, None]}, "body": b"\x00\xff"},
    {"id": 2, "name": None, "is_new": None, "facts": None, "body": None},
    {"id": 3, "name": "ü\n'", "is_new": False, "facts": [], "body": b""},
]
IS_IT = THING.c.id == bindparam("of_id", type_=BigInteger)
INSERT = insert(THING)
RENAME = update(THING).where(IS_IT).values(name=bindparam("to", type_=String))
STATEMENTS: list[tuple[Any, dict[str, Any]]] = [
    (select(THING).order_by(THING.c.id), {}),
    (select(THING.c.name.label("called")).where(THING.c.is_new == bindparam("new", type_=Boolean)), {"new": True}),
    (select(func.count().label("count")).select_from(THING).where(THING.c.id > 1), {}),
    (select(THING.c.id).where(THING.c.id.in_([1, 3])).order_by(THING.c.id), {}),
    (select(THING.c.id).where(IS_IT).with_for_update(skip_locked=True), {"of_id": 2}),
    (select(THING.c.id).order_by(THING.c.id).limit(2).offset(1), {}),
    (INSERT, {"id": 9, "name": "nine", "facts": {"b": 2}, "is_new": True}),
    (INSERT, {"id": 9, "body": b"\x01"}),
    (postgres_insert(THING).on_conflict_do_nothing(), {"id": 1, "name": "taken"}),
    (RENAME, {"of_id": 77, "to": "nobody"}),
    (update(THING).where(IS_IT), {"of_id": 2, "is_new": False, "facts": [1]}),
    (RENAME.returning(THING.c.id, THING.c.facts), {"of_id": 1, "to": "first"}),
    (delete(THING).where(THING.c.id > 1).returning(THING.c.body), {}),
]
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
    plain = await _tried(engine, AsyncConnection.execute, statement, values)
    for _ in range(3):
        assert await _tried(engine, PostgresConnection.execute, statement, values) == plain


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
    query = select(func.count().label("count")).select_from(THING)
    for _ in range(3):
        with pytest.raises(DBAPIError) as caught:
            await _end_own_session(engine, query)
        assert storage_fault(caught.value) is not None
        async with engine.connect() as conn:
            assert (await conn.execute(query)).scalar_one() == len(ROWS)


async def test_a_cancelled_statement_leaves_no_broken_connection(engine: PostgresEngine) -> None:
    slow = select(func.pg_sleep(bindparam("seconds")).label("slept"))
    query = select(func.count().label("count")).select_from(THING)
    async with engine.connect() as conn:
        for _ in range(2):
            await conn.execute(slow, {"seconds": 0})
    for _ in range(engine.pool.size() + 1):  # type: ignore[attr-defined]  # of a pool with a size
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), engine.connect() as conn:
                await conn.execute(slow, {"seconds": 30})
    for _ in range(3):
        async with engine.connect() as conn:
            assert (await conn.execute(query)).scalar_one() == len(ROWS)


async def _end_own_session(engine: PostgresEngine, query: Any) -> None:
    async with engine.begin() as conn:
        await conn.execute(query)
        async with engine.connect() as other:
            own = (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        await conn.execute(query)


class _UndoneError(Exception):
    """Takes back what a block wrote."""


async def _tried(engine: PostgresEngine, execute: Any, statement: Any, values: dict[str, Any]) -> object:
    """The count, the names and the rows that a statement gives, and the table it leaves; it is rolled back."""
    found: object = None
    with suppress(_UndoneError):
        async with engine.begin() as conn:
            result = await execute(conn, statement, values)
            returns = bool(list(statement.exported_columns))
            names, rows = (list(result.keys()), [tuple(row) for row in result]) if returns else ([], [])
            left = [tuple(row) for row in await AsyncConnection.execute(conn, select(THING).order_by(THING.c.id))]
            found = (result.rowcount, names, rows, left)
            raise _UndoneError
    return found
