"""Plans of statements: those that SQLite runs for tests, and those that PostgreSQL has for one."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Engine
from sqlalchemy.event import listen, remove

from tidings_server.storage.database import Database

RANGE: Final = re.compile(r"\s*(SELECT|WITH|UPDATE|DELETE)\b.*\bevent\.seq >", re.DOTALL | re.IGNORECASE)
WHOLE_TENANT: Final = re.compile(r"\bevent USING .*\(tenant_id=\?( AND api=\?)?\)")
LISTS: Final = re.compile(r"\(\?(, \?)*\)")


@contextmanager
def bounded_plans() -> Iterator[None]:
    """Fail at the first statement inside that reads all events of a tenant for a range. Each is looked at once.

    A log of a few events hides it: on a million such a statement takes a second.
    """
    seen = set[str]()

    def check(conn: Connection, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
        name = LISTS.sub("(?)", statement)
        if conn.dialect.name != "sqlite" or many or name in seen or not RANGE.match(statement):
            return
        seen.add(name)
        cursor = conn.connection.cursor()  # the driver's own: others count SQLAlchemy's statements
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[-1] for row in cursor.fetchall()]
        cursor.close()
        assert not any(map(WHOLE_TENANT.search, steps)), (steps, statement)

    listen(Engine, "before_cursor_execute", check)
    try:
        yield
    finally:
        remove(Engine, "before_cursor_execute", check)


async def postgres_plan(database: Database, statement: ClauseElement, parameters: Mapping[str, Any]) -> str:
    """The plan that PostgreSQL has for a statement, with what it knows of the tables now; nothing is carried out."""
    async with database.read() as conn:
        compiled: Any = statement.compile(dialect=conn.dialect)
        state = compiled.construct_expanded_state(dict(parameters))
        values = tuple(state.parameters[name] for name in state.positiontup)
        found = await conn.exec_driver_sql(f"EXPLAIN {state.statement}", values)
        return "\n".join(row[0] for row in found)
