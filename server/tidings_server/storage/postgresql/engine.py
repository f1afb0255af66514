"""PostgreSQL as Tidings uses it: shared by any number of processes, all at READ COMMITTED."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL = 10
STATEMENT_TIMEOUT_S = 30
LOCK_TIMEOUT_MS = 10_000


def postgres_engine(url: str) -> AsyncEngine:
    """A pool of connections. A statement fails after 30 s, a wait for a row lock after 10 s."""
    return create_async_engine(
        url,
        hide_parameters=True,  # an error would show them, and they hold secrets
        pool_size=POOL,
        max_overflow=0,
        connect_args={
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": {
                "application_name": "tidings",
                "jit": "off",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
            },
        },
    )
