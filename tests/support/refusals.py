"""A database that refuses a row, so that a test can have any writer meet one that cannot be stored or deleted."""

from sqlalchemy import Column, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.database import Database
from tidings_server.storage.tables import search_metadata


async def refuse(database: Database, column: "Column[int] | Column[str]", value: int | str) -> None:
    """From now on a row with this value in this column can be neither inserted nor updated."""
    table, name = column.table.name, f"refused_{column.table.name}_{column.name}"
    if database.dialect == "postgresql":
        check = f"CHECK ({column.name} <> {_literal(value)}) NOT VALID"
        await _execute(database, column, [f"ALTER TABLE {table} ADD CONSTRAINT {name} {check}"])
    else:
        await _execute(database, column, [_trigger(column, act, "NEW", value) for act in ("INSERT", "UPDATE")])


async def refuse_deletion(database: Database, column: "Column[int] | Column[str]", value: int | str) -> None:
    """From now on a row with this value in this column cannot be deleted."""
    table, name = column.table.name, f"kept_{column.table.name}_{column.name}"
    if database.dialect == "postgresql":
        raises = "BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END"
        statements = [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${raises}$$",
            (
                f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW "
                f"WHEN (OLD.{column.name} = {_literal(value)}) EXECUTE FUNCTION {name}()"
            ),
        ]
        await _execute(database, column, statements)
    else:
        await _execute(database, column, [_trigger(column, "DELETE", "OLD", value)])


def _trigger(column: "Column[int] | Column[str]", act: str, row: str, value: int | str) -> str:
    """SQLite's trigger against one kind of statement."""
    table = column.table.name
    return (
        f"CREATE TRIGGER refused_{table}_{column.name}_{act} BEFORE {act} ON {table} "
        f"WHEN {row}.{column.name} = {_literal(value)} BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


async def _execute(database: Database, column: "Column[int] | Column[str]", statements: list[str]) -> None:
    async def transaction(conn: AsyncConnection) -> None:
        for statement in statements:
            await conn.execute(text(statement))

    is_search = column.table.metadata is search_metadata
    await (database.search_writer if is_search else database.write_queue).run(transaction)
