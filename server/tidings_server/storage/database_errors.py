"""Failures of the database as errors of the server."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tidings_server.platform.errors import InvalidInput, StorageFull, TidingsError, Unavailable
from tidings_server.storage.sqlite.engines import StartRefused

RETRY_AFTER_S = 1.0

_FULL_SQLSTATES = frozenset({"53100"})
_GONE_SQLSTATE_CLASSES = ("08", "25P0", "40", "53", "55", "57")
"""Connection exception, idle too long in a transaction, deadlock, insufficient resources, lock timeout, operator
intervention (shutdown, cancelled)."""
_UNREACHED: Final = (
    "PostgresConnectionError",
    "OperatorInterventionError",
    "InsufficientResourcesError",
    "InterfaceError",
)
"""asyncpg's failures to connect. SQLAlchemy wraps the errors of statements, and those of connecting it does not."""
_GONE_SQLITE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY})


def unreachable() -> tuple[type[Exception], ...]:
    """Failures of a database that is opened: it cannot be reached, or is none."""
    return (DBAPIError, OSError, *_of_asyncpg("PostgresError", "InterfaceError"))


def refused(error: Exception) -> StartRefused:
    """The error of a database that cannot be opened, in a line: without its URL, which has a password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return StartRefused(f"The database cannot be opened: {lines[0]}"[:512])


def storage_fault(error: BaseException) -> TidingsError | None:
    """StorageFull or Unavailable when the database itself failed; None when it is the statement's own fault."""
    if isinstance(error, (OSError, PoolTimeout, *_of_asyncpg(*_UNREACHED))):
        return Unavailable("The database cannot be reached.", retry_after_s=RETRY_AFTER_S)
    if not isinstance(error, DBAPIError):
        return None
    sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
    sqlite_code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if sqlstate in _FULL_SQLSTATES or sqlite_code == sqlite3.SQLITE_FULL:
        return StorageFull()
    is_gone = error.connection_invalidated or sqlstate.startswith(_GONE_SQLSTATE_CLASSES)
    if is_gone or sqlite_code in _GONE_SQLITE:
        return Unavailable("The database failed.", retry_after_s=RETRY_AFTER_S)
    return None


@contextmanager
def raising_faults() -> Iterator[None]:
    """Raise a driver's error as the fault of the database that it is, if it is one."""
    try:
        yield
    except Exception as error:
        if fault := storage_fault(error):
            raise fault from error
        raise


def value_fault(error: BaseException) -> TidingsError | None:
    """InvalidInput when a value fits no column: an integer over 64 bits, a NUL on PostgreSQL, half a surrogate pair."""
    if isinstance(error, OverflowError | UnicodeError | DataError):
        return InvalidInput("A value cannot be stored.")
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
        if sqlstate.startswith("22"):
            return InvalidInput("A value cannot be stored.")
    return None


def _of_asyncpg(*names: str) -> tuple[type[Exception], ...]:
    """Errors of the driver of PostgreSQL; none where it is not imported, as over SQLite, which saves its memory."""
    asyncpg = sys.modules.get("asyncpg")
    return tuple(getattr(asyncpg, name) for name in names) if asyncpg else ()
