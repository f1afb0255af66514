"""Size of what is stored, and the room that is left."""

import shutil
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from tidings_server.storage.database import SEARCH_FILE, Database

BESIDE = ("", "-wal")
"""Endings of the files of one SQLite database."""


class StoredSize(NamedTuple):
    """Bytes that the database takes, and that its disk has left: None where the server does not see the disk."""

    used_bytes: int
    free_bytes: int | None


async def stored_size(database: Database) -> StoredSize:
    """The size of an open database now."""
    if database.path is not None:
        return _of_files(database.path)
    async with database.read() as conn:
        found = await conn.execute(text("SELECT pg_database_size(current_database())"))
        return StoredSize(int(found.scalar_one()), None)


def _of_files(path: Path) -> StoredSize:
    files = [each.with_name(each.name + end) for each in (path, path.with_name(SEARCH_FILE)) for end in BESIDE]
    return StoredSize(sum(map(_bytes, files)), shutil.disk_usage(path.parent).free)


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # a WAL that a checkpoint has just ended
        return 0
