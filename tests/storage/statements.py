"""Statements of every kind on one table, and what each gives: for connections that prepare them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, NamedTuple

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
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.conflicts import insert_into

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
BY_NAME = select(THING).where(THING.c.name == bindparam("wanted", type_=String))
COUNT = select(func.count().label("count")).select_from(THING)
INSERT = insert(THING)
RENAME = update(THING).where(IS_IT).values(name=bindparam("to", type_=String))
QUERIES: list[tuple[Select[Any], dict[str, Any]]] = [
    (select(THING).order_by(THING.c.id), {}),
    (BY_NAME, {"wanted": "one"}),
    (BY_NAME, {"wanted": "nobody"}),
    (select(THING.c.name.label("called")).where(THING.c.is_new == bindparam("new", type_=Boolean)), {"new": True}),
    (COUNT.where(THING.c.id > 1), {}),
    (select(THING.c.id).where(THING.c.id.in_([1, 3])).order_by(THING.c.id), {}),
    (select(THING.c.id).where(IS_IT).with_for_update(skip_locked=True), {"of_id": 2}),
    (select(THING.c.id).order_by(THING.c.id).limit(2).offset(1), {}),
]
"""Each with the parameters it is given."""
WRITES = 10


def writes(dialect_name: str) -> list[tuple[Any, dict[str, Any]]]:
    """Statements that leave another state of the table each, `WRITES` of them, with the parameters they are given."""
    return [
        (INSERT, {"id": 9, "name": "nine", "facts": {"b": 2}, "is_new": True}),
        (INSERT, {"id": 9, "body": b"\x01"}),
        (insert_into(THING, dialect_name).on_conflict_do_nothing(), {"id": 1, "name": "taken"}),
        (RENAME, {"of_id": 1, "to": "first"}),
        (RENAME, {"of_id": 77, "to": "nobody"}),
        (update(THING).where(IS_IT), {"of_id": 2, "is_new": False, "facts": [1]}),
        (RENAME.returning(THING.c.id, THING.c.facts), {"of_id": 1, "to": "first"}),
        (update(THING).where(THING.c.id.in_([1, 3])).values(is_new=None), {}),
        (delete(THING).where(IS_IT), {"of_id": 3}),
        (delete(THING).where(THING.c.id > 1).returning(THING), {}),
    ]


class Given(NamedTuple):
    """What a statement gave, and the table that it left."""

    written: int
    names: list[str]
    rows: list[tuple[Any, ...]]
    left: list[tuple[Any, ...]]


class _UndoneError(Exception):
    """Takes back what a block wrote."""


async def tried(
    transaction: AbstractAsyncContextManager[AsyncConnection],
    execute: Callable[..., Any],
    statement: Any,
    values: dict[str, Any],
) -> Given | None:
    """What a statement gives that `execute` runs on the connection; it is rolled back."""
    given = None
    with suppress(_UndoneError):
        async with transaction as conn:
            result = await execute(conn, statement, values)
            returns = bool(list(statement.exported_columns))
            names, rows = (list(result.keys()), [tuple(row) for row in result]) if returns else ([], [])
            left = [tuple(row) for row in await AsyncConnection.execute(conn, select(THING).order_by(THING.c.id))]
            given = Given(result.rowcount, names, rows, left)
            raise _UndoneError
    return given
