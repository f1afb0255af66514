"""PostgreSQL's connections that execute prepared statements with SQLAlchemy's adapter of the driver.

The adapter begins the transaction, keeps asyncpg's prepared statements and translates its errors, as ever; only the way
from a statement to it is shorter. Leans on parts of the adapter that are not public: a test pins the version.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import greenlet_spawn

from tidings_server.storage.prepared_statements import PreparedStatements, named_rows


class PostgresConnection(AsyncConnection):
    """A connection that executes statements which come again as the same object; others are SQLAlchemy's to run."""

    engine: "PostgresEngine"

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        if self._is_usable and (prepared := self.engine.statements.find(statement, parameters)):
            cursor = await self._executed(prepared.sql, prepared.values(parameters or {}))
            return prepared.outcome(cursor._rows, cursor.rowcount)  # noqa: SLF001 - all that it has fetched
        return await super().execute(statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> Any:
        if self._is_usable and isinstance(parameters, tuple):
            cursor = await self._executed(statement, parameters)
            names = [column[0] for column in cursor.description or ()]
            return named_rows(names, cursor._rows, cursor.rowcount)  # noqa: SLF001 - likewise
        return await super().exec_driver_sql(statement, parameters, execution_options)

    @property
    def _is_usable(self) -> bool:
        own = self.sync_connection
        return own is not None and not (own.closed or own.invalidated)

    async def _executed(self, sql: str, values: Sequence[Any]) -> Any:
        """The adapter's cursor after a statement. A failure is SQLAlchemy's, which gives up what is broken."""
        own: Any = self.sync_connection
        cursor = own.connection.cursor()
        try:
            await cursor._prepare_and_execute(sql, values)  # noqa: SLF001 - what its `execute` awaits
        except own.dialect.dbapi.Error as error:
            await greenlet_spawn(own._handle_dbapi_exception, error, sql, (), None, None)  # noqa: SLF001 - raises
            raise
        except BaseException as error:
            if not isinstance(error, Exception):  # cancelled while the server answers
                own.invalidate(error)
            raise
        return cursor


class PostgresEngine(AsyncEngine):
    """An engine of such connections."""

    _connection_cls = PostgresConnection

    def __init__(self, sync_engine: Engine) -> None:
        super().__init__(sync_engine)
        self.statements = PreparedStatements(sync_engine.dialect)

    def execution_options(self, **options: Any) -> "PostgresEngine":
        return PostgresEngine(self.sync_engine.execution_options(**options))
