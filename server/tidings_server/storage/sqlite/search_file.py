"""The file of the search projection: opened, and begun anew where it is torn.

Whatever it holds is in the log, too. Its consumers fill it again from there, and searches say meanwhile that they are
partial (see `log.search.SearchPage`).
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage import schema
from tidings_server.storage.sqlite.engines import writer_engine
from tidings_server.storage.transactions import SqliteWriter

CHECKED_BYTES: Final = 64 << 20
"""A larger file is checked only when its last process did not end in order: it takes a second for some 200 MiB."""
_TORN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PARTS: Final = ("", "-wal", "-shm")

logger = structlog.get_logger(__name__)


async def open_search(path: Path, *, is_alone: bool = True) -> SqliteWriter:
    """The writer of the search file, whose tables are there. It is checked by the process that has it alone."""
    if not is_alone:
        return await _opened(path, is_checked=False)
    try:
        return await _opened(path, is_checked=_is_doubtful(path))
    except DatabaseError as error:
        if (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) not in _TORN:
            raise
        logger.error("search_file_torn", error=str(error.orig))  # noqa: TRY400 - the cause is the file's, and known
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)
    return await _opened(path, is_checked=False)


async def _opened(path: Path, *, is_checked: bool) -> SqliteWriter:
    writer = SqliteWriter(writer_engine(path, is_rebuildable=True), "search")
    try:
        if is_checked:
            await writer.run(_check)
        await writer.run(schema.prepare_search)
    except BaseException:
        with suppress(DatabaseError):
            await writer.close()
        raise
    return writer


def _is_doubtful(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return path.exists() and (log.exists() or path.stat().st_size <= CHECKED_BYTES)


async def _check(conn: AsyncConnection) -> None:
    found = (await conn.exec_driver_sql("PRAGMA quick_check(1)")).scalar_one()
    if found != "ok":
        torn = sqlite3.DatabaseError(str(found))
        torn.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise DatabaseError("PRAGMA quick_check", None, torn)
