"""PostgreSQL as Tidings uses it: shared by any number of processes, all at READ COMMITTED."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL = 10
STATEMENT_TIMEOUT_S = 30
LOCK_TIMEOUT_MS = 10_000
IDLE_IN_TRANSACTION_MS = 5_000
"""A process that stops inside a transaction holds its rows, the head of the log among them, no longer than this."""


def postgres_engine(url: str, *, pool: int = POOL) -> AsyncEngine:
    """A pool of at most `pool` connections. A statement fails after 30 s, a wait for a row lock after 10 s.

    A client that is silent inside a transaction loses it after 5 s, and a machine that has gone after some 10 s: until
    then its locks stand in everybody's way. Source: PostgreSQL, "Client Connection Defaults" and "TCP Settings".
    """
    return create_async_engine(
        url,
        hide_parameters=True,  # an error would show them, and they hold secrets
        pool_size=pool,
        max_overflow=0,
        connect_args={
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": {
                "application_name": "tidings",
                "jit": "off",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "statement_timeout": str(STATEMENT_TIMEOUT_S * 1_000),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                "tcp_keepalives_idle": "5",
                "tcp_keepalives_interval": "2",
                "tcp_keepalives_count": "3",
                "tcp_user_timeout": "10000",
            },
        },
    )
