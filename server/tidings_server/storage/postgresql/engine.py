"""PostgreSQL as Tidings uses it: shared by any number of processes, all at READ COMMITTED."""

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from tidings_server.storage.postgresql.prepared import PostgresEngine

POOL = 10
STATEMENT_TIMEOUT_S = 30
LOCK_TIMEOUT_MS = 10_000
MIGRATION_LOCK_MS = 1_000
CONNECT_S = 5
"""Longest time until a connection is there: a try that begins while the network is away ends soon after its return."""
IDLE_IN_TRANSACTION_MS = 5_000
"""A process that stops inside a transaction holds its rows, the head of the log among them, no longer than this."""


def postgres_engine(url: str, *, pool: int = POOL) -> AsyncEngine:
    """A pool of at most `pool` connections. A statement fails after 30 s, a wait for a row lock after 10 s.

    A client that is silent inside a transaction loses it after 5 s, and a machine that has gone after some 10 s: until
    then its locks stand in everybody's way. Source: PostgreSQL, "Client Connection Defaults" and "TCP Settings".
    """
    return _engine(url, pool, name="tidings", statement_s=STATEMENT_TIMEOUT_S, lock_ms=LOCK_TIMEOUT_MS)


def migration_engine(url: str) -> AsyncEngine:
    """One connection for changes of tables: a statement takes what it takes, and waits 1 s at most for a lock.

    While it waits for the lock on a table, all who come after it wait behind it: that must be short, and tried again.
    Source: PostgreSQL, "Explicit Locking", on the queue of ACCESS EXCLUSIVE.
    """
    return _engine(url, 1, name="tidings-migrate", statement_s=0, lock_ms=MIGRATION_LOCK_MS)


def _engine(url: str, pool: int, *, name: str, statement_s: int, lock_ms: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,  # an error would show them, and they hold secrets
        pool_size=pool,
        max_overflow=0,
        connect_args={
            "timeout": CONNECT_S,
            "command_timeout": statement_s or None,
            "server_settings": {
                "application_name": name,
                "jit": "off",
                "lock_timeout": str(lock_ms),
                "statement_timeout": str(statement_s * 1_000),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                "tcp_keepalives_idle": "5",
                "tcp_keepalives_interval": "2",
                "tcp_keepalives_count": "3",
                "tcp_user_timeout": "10000",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return PostgresEngine(engine.sync_engine)


def _refuse_closed(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Have the pool replace a connection that the server has closed: its first statement would fail, and its caller."""
    if connection.driver_connection.is_closed():  # asyncpg's, beyond the DBAPI
        raise DisconnectionError
