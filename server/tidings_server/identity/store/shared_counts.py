"""Counts of processes, in SQL: a row for each process, kind and name, so that no two write the same row."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import shared_count
from tidings_server.storage.conflicts import insert_into


class CountName(NamedTuple):
    """Name of a count: a kind, and a name within it."""

    kind: str
    name: str


class ReportedCount(NamedTuple):
    """The sum that one process has counted since its start."""

    kind: str
    name: str
    process: int
    total: int


async def report(conn: AsyncConnection, process: int, totals: Mapping[CountName, int], *, at: int) -> None:
    """Replace the sums of a process, at most 500; `at` in µs."""
    rows = [
        {"kind": kind, "name": name, "process": process, "total": total, "at": at}
        for (kind, name), total in sorted(totals.items())
    ]
    insert = insert_into(shared_count, conn.dialect.name).values(rows)
    new = {"total": insert.excluded.total, "at": insert.excluded.at}
    await conn.execute(insert.on_conflict_do_update(index_elements=["kind", "name", "process"], set_=new))


def sum_of_others(process: int) -> Select[Any]:
    """The sum of the instants at which others have reported, as a fact of the shared look: each report changes it."""
    return select(func.sum(shared_count.c.at)).where(shared_count.c.process != process)


async def others(conn: AsyncConnection, process: int, *, since: int) -> list[ReportedCount]:
    """The sums that all other processes have reported from the instant `since` (µs) on."""
    is_new = (shared_count.c.process != process, shared_count.c.at >= since)
    columns = (shared_count.c[name] for name in ReportedCount._fields)
    return [ReportedCount._make(row) for row in await conn.execute(select(*columns).where(*is_new))]


async def forget(conn: AsyncConnection, *, before: int) -> None:
    """Remove what nobody has reported since the instant `before` (µs)."""
    await conn.execute(delete(shared_count).where(shared_count.c.at < before))
