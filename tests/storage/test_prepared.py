"""Prepared queries give what SQLAlchemy's own connection gives."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.sqlite.engines import inline_reader_engine, writer_engine
from tidings_server.storage.sqlite.prepared import PreparedReads

THING = Table(
    "thing",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("name", String),
    Column("is_new", Boolean),
    Column("facts", JSON),
    Column("body", LargeBinary),
)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "one", "is_new": True, "facts": {"a": [1, None]}, "body": b"\x00\xff"},
    {"id": 2, "name": None, "is_new": None, "facts": None, "body": None},
    {"id": 3, "name": "ü\n'", "is_new": False, "facts": [], "body": b""},
]
BY_NAME = select(THING).where(THING.c.name == bindparam("wanted", type_=String))
QUERIES: list[tuple[Select[Any], dict[str, Any]]] = [
    (select(THING).order_by(THING.c.id), {}),
    (BY_NAME, {"wanted": "one"}),
    (BY_NAME, {"wanted": "nobody"}),
    (select(THING.c.name.label("called")).where(THING.c.is_new == bindparam("new", type_=Boolean)), {"new": True}),
    (select(func.count().label("count")).select_from(THING).where(THING.c.id > 1), {}),
    (select(THING.c.id).where(THING.c.id.in_([1, 3])).order_by(THING.c.id), {}),
    (select(THING.c.id).order_by(THING.c.id).limit(2).offset(1), {}),
]


@pytest.fixture
async def reads(tmp_path: Path) -> AsyncIterator[PreparedReads]:
    path = tmp_path / "things.db"
    writer = writer_engine(path)
    async with writer.begin() as conn:
        await conn.run_sync(THING.metadata.create_all)
        await conn.execute(insert(THING), ROWS)
    await writer.dispose()
    engine = inline_reader_engine(path)
    prepared = PreparedReads(engine)
    yield prepared
    await prepared.close()
    await engine.dispose()


@pytest.mark.parametrize(("query", "values"), QUERIES)
async def test_each_time_a_query_gives_the_same(
    reads: PreparedReads, query: Select[Any], values: dict[str, Any]
) -> None:
    async with reads as conn:
        plain = await AsyncConnection.execute(conn, query, values)
        expected = [tuple(row) for row in plain]
        names = list(plain.keys())
        for _ in range(3):
            found = await conn.execute(query, values)
            assert list(found.keys()) == names
            assert [tuple(row) for row in found] == expected


async def test_rows_have_their_columns_by_name(reads: PreparedReads) -> None:
    async with reads as conn:
        for _ in range(2):
            row = (await conn.execute(BY_NAME, {"wanted": "one"})).one()
            assert (row.id, row.is_new, row.facts, row.body) == (1, True, {"a": [1, None]}, b"\x00\xff")


async def test_what_another_connection_has_committed_is_seen(reads: PreparedReads, tmp_path: Path) -> None:
    count = select(func.count().label("count")).select_from(THING)
    writer = writer_engine(tmp_path / "things.db")
    for expected in (4, 5, 6):
        async with writer.begin() as conn:
            await conn.execute(insert(THING).values(id=expected))
        async with reads as conn:
            assert (await conn.execute(count)).scalar_one() == expected
    await writer.dispose()


async def test_a_failure_is_one_of_the_database(reads: PreparedReads) -> None:
    missing = select(text("x")).select_from(text("nowhere"))
    for _ in range(3):
        with pytest.raises(OperationalError):
            async with reads as conn:
                await conn.execute(missing)
    async with reads as conn:
        assert (await conn.execute(BY_NAME, {"wanted": "one"})).one().id == 1
