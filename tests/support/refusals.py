"""A database that refuses a value, so that a test can have any writer meet a row that cannot be stored."""

from sqlalchemy import Column, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.database import Database
from tidings_server.storage.tables import search_metadata


async def refuse(database: Database, column: "Column[int] | Column[str]", value: int | str) -> None:
    """From now on a row with this value in this column can be neither inserted nor updated."""
    literal = str(value) if isinstance(value, int) else f"'{value}'"
    table, name = column.table.name, f"refused_{column.table.name}_{column.name}"
    if database.dialect == "postgresql":
        statements = [f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column.name} <> {literal}) NOT VALID"]
    else:
        statements = [
            f"CREATE TRIGGER {name}_{act} BEFORE {act} ON {table} WHEN NEW.{column.name} = {literal} "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            for act in ("INSERT", "UPDATE")
        ]

    async def transaction(conn: AsyncConnection) -> None:
        for statement in statements:
            await conn.execute(text(statement))

    is_search = column.table.metadata is search_metadata
    await (database.search_writer if is_search else database.write_queue).run(transaction)
