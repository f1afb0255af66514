"""Every statement that a server carries out, with who wrote it, judged by whether it keeps to one tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import greenlet
from sqlalchemy import Table, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import ClauseElement, Insert

from tidings_server.storage import co_committed_event, database, due_shares, transactions, write_batch, write_queue

SERVER = "tidings_server."
CARRIERS = (co_committed_event, database, due_shares, transactions, write_batch, write_queue)
"""Modules that carry out what others have written."""
STORES = (".store.", ".storage.")
TENANT = "tenant_id"


@dataclass(frozen=True)
class Statement:
    """One statement: its function, and the tables of tenants that it touches without naming one."""

    origin: str
    loose: frozenset[str]
    text: str


@contextmanager
def watched() -> Iterator[dict[str, Statement]]:
    """Statements by their text, as every engine of this process carries them out."""
    seen: dict[str, Statement] = {}

    def note(_conn: Any, clause: Any, *_: Any) -> None:
        text = str(clause)
        if text not in seen and isinstance(clause, ClauseElement):
            seen[text] = Statement(_origin(), frozenset(loose_tables(clause)), text)

    event.listen(Engine, "before_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_execute", note)


def loose_tables(clause: ClauseElement) -> set[str]:
    """Names of the tables with a tenant which a statement reads or changes without a condition on it.

    A row that is inserted names its tenant by itself. A table that is joined by its key to one whose tenant is named
    belongs to the same tenant.
    """
    if isinstance(clause, Insert):
        return set()
    touched = {each for each in _tables(clause) if TENANT in each.c}
    named = {column.table for column in _compared(clause)}
    return set() if named else {table.name for table in touched}


def _tables(clause: ClauseElement) -> Iterator[Table]:
    for part in visitors.iterate(clause):
        if isinstance(part, Table):
            yield part
        elif isinstance(part, ColumnElement) and isinstance(getattr(part, "table", None), Table):
            yield part.table


def _compared(clause: ClauseElement) -> Iterator[Any]:
    """Columns that hold a tenant and stand in a comparison."""
    for part in visitors.iterate(clause):
        if part.__visit_name__ == "binary":
            for side in visitors.iterate(part):
                if getattr(side, "name", "") == TENANT and isinstance(getattr(side, "table", None), Table):
                    yield side


def _origin() -> str:
    """The innermost function of a store that waits for this statement, with the name of its module."""
    frame: FrameType | None = _waiting()
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(SERVER) and any(each in module for each in STORES) and not _carries(module):
            return f"{module}.{frame.f_code.co_qualname}"
        frame = frame.f_back
    return "elsewhere"


def _carries(module: str) -> bool:
    return ".storage.sqlite." in module or module in {each.__name__ for each in CARRIERS}


def _waiting() -> FrameType | None:
    """The frame that awaits the connection: SQLAlchemy runs the statement itself on a greenlet of its own."""
    parent = greenlet.getcurrent().parent
    return parent.gr_frame if parent is not None else None
