"""INSERT with a word on conflicts, which both databases know, and SQLAlchemy by dialect alone."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(table: Table, dialect_name: str) -> postgresql.Insert:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    made = postgresql.insert if dialect_name == "postgresql" else sqlite.insert
    return cast("postgresql.Insert", made(table))
