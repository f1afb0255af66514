"""Prepared statements give what SQLAlchemy's own connection gives."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.storage.statements import BY_NAME, COUNT, INSERT, QUERIES, RENAME, ROWS, THING, WRITES, Given, tried, writes
from tidings_server.storage.sqlite.engines import inline_reader_engine, writer_engine
from tidings_server.storage.sqlite.prepared import PreparedReads, WriterConnection


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[WriterConnection]:
    engine = writer_engine(tmp_path / "things.db")
    async with engine.begin() as conn:
        await conn.run_sync(THING.metadata.create_all)
        await conn.execute(INSERT, ROWS)
    await engine.dispose()
    connection = await WriterConnection(engine).start()
    yield connection
    await connection.close()
    await engine.dispose()


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
    writer = writer_engine(tmp_path / "things.db")
    for expected in (4, 5, 6):
        async with writer.begin() as conn:
            await conn.execute(insert(THING).values(id=expected))
        async with reads as conn:
            assert (await conn.execute(COUNT)).scalar_one() == expected
    await writer.dispose()


async def test_a_failure_is_one_of_the_database(reads: PreparedReads) -> None:
    missing = select(text("x")).select_from(text("nowhere"))
    for _ in range(3):
        with pytest.raises(OperationalError):
            async with reads as conn:
                await conn.execute(missing)
    async with reads as conn:
        assert (await conn.execute(BY_NAME, {"wanted": "one"})).one().id == 1


@pytest.mark.parametrize("place", range(WRITES))
async def test_each_time_a_write_does_the_same(writer: WriterConnection, place: int) -> None:
    statement, values = writes("sqlite")[place]
    plain = counted(await tried(writer.writing(), AsyncConnection.execute, statement, values))
    for _ in range(3):
        assert counted(await tried(writer.writing(), WriterConnection.execute, statement, values)) == plain


def counted(given: Given | None) -> Given | None:
    """The same with the number of rows as their count, which the driver does not know before it has read them."""
    return given._replace(written=len(given.rows)) if given and given.rows else given


async def test_what_a_block_wrote_is_committed_and_seen_by_others(writer: WriterConnection, tmp_path: Path) -> None:
    for name in ("once", "twice", "thrice"):
        async with writer.writing() as conn:
            await conn.execute(RENAME, {"of_id": 1, "to": name})
            assert (await conn.exec_driver_sql("SELECT count(*) AS n FROM thing")).one().n == 3
            await conn.run_sync(lambda own: own.execute(text("UPDATE thing SET is_new = 0 WHERE id = 3")))
        assert await _names(tmp_path) == [name, None, "ü\n'"]


async def test_what_a_block_wrote_goes_when_it_raises(writer: WriterConnection, tmp_path: Path) -> None:
    async def attempt(*, by_library: bool) -> None:
        async with writer.writing() as conn:
            await conn.execute(RENAME, {"of_id": 1, "to": "lost"})
            if by_library:
                await conn.execute(text("UPDATE thing SET name = 'lost' WHERE id = 2"))
            await conn.execute(INSERT, {"id": 1})

    for by_library in (False, True, False):
        with pytest.raises(IntegrityError):
            await attempt(by_library=by_library)
        assert await _names(tmp_path) == ["one", None, "ü\n'"]


async def test_a_savepoint_keeps_the_rest(writer: WriterConnection, tmp_path: Path) -> None:
    async def attempt(conn: AsyncConnection) -> None:
        async with conn.begin_nested():
            await conn.execute(RENAME, {"of_id": 2, "to": "lost"})
            async with conn.begin_nested():
                await conn.execute(RENAME, {"of_id": 3, "to": "lost"})
            await conn.execute(INSERT, {"id": 1})

    for name in ("first", "second"):
        async with writer.writing() as conn:
            await conn.execute(RENAME, {"of_id": 1, "to": name})
            with pytest.raises(IntegrityError):
                await attempt(conn)
            async with conn.begin_nested():
                await conn.execute(RENAME, {"of_id": 3, "to": f"{name} again"})
        assert await _names(tmp_path) == [name, None, f"{name} again"]


async def test_the_librarys_transaction_is_the_same(writer: WriterConnection, tmp_path: Path) -> None:
    async def attempt() -> None:
        async with writer.writing() as conn:
            await conn.execute(text("UPDATE thing SET name = 'lost' WHERE id = 1"))
            async with conn.begin_nested():
                await conn.execute(text("UPDATE thing SET name = 'lost' WHERE id = 2"))
                await conn.execute(INSERT, {"id": 1})

    with pytest.raises(IntegrityError):
        await attempt()
    assert await _names(tmp_path) == ["one", None, "ü\n'"]
    async with writer.writing() as conn:
        await conn.execute(text("UPDATE thing SET name = 'kept' WHERE id = 1"))
    assert await _names(tmp_path) == ["kept", None, "ü\n'"]


async def _names(directory: Path) -> list[str | None]:
    """The names as another connection sees them."""
    with closing(sqlite3.connect(directory / "things.db")) as other:
        return [name for (name,) in other.execute("SELECT name FROM thing ORDER BY id")]
