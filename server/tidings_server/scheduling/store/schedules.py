"""SQL of schedules: their timing, policy and next due time."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.tables import schedule
from tidings_server.storage.due_shares import DueShares


class ScheduleKind(StrEnum):
    """Kind of thing that is scheduled; stored as its value."""

    JOB = "JOB"
    """A notification job of document 000; its subject is the job's id."""
    EVENT = "EVENT"
    """A scheduled event of document 004; its subject is `store/id`."""


class Schedule(NamedTuple):
    """A row of the table. `timing` is the JSON of `Timing.packed`; `next_at` in µs."""

    key: int
    tenant_id: int
    kind: ScheduleKind
    subject: str
    timing: str | None
    catch_up: str
    window_s: int
    overlap: str
    jitter_s: int
    next_at: int | None


_SHARES: Final = DueShares(schedule.c.tenant_id, schedule.c.next_at)
_SET_NEXT_AT: Final = (
    update(schedule).where(schedule.c.key == bindparam("of_key")).values(next_at=bindparam("to_next_at"))
)


async def add(conn: AsyncConnection, new: Schedule) -> int:
    """Insert a schedule, ignoring `new.key`; returns its key."""
    values = {name: value for name, value in new._asdict().items() if name != "key"}
    key: int = (await conn.execute(insert(schedule).values(values).returning(schedule.c.key))).scalar_one()
    return key


async def change(conn: AsyncConnection, key: int, values: Mapping[str, Any]) -> None:
    """Update columns of a schedule."""
    await conn.execute(update(schedule).where(schedule.c.key == key).values(values))


async def get(conn: AsyncConnection, key: int) -> Schedule | None:
    """The schedule of that key, None where there is none."""
    row = (await conn.execute(select(schedule).where(schedule.c.key == key))).one_or_none()
    return None if row is None else _schedule(row)


NEXT_DUE: Final = select(func.min(schedule.c.next_at))
"""The earliest due time of all schedules, as a fact of the shared look."""


async def next_due(conn: AsyncConnection) -> int | None:
    """The earliest due time of all schedules, in µs; None where none is due any more."""
    due_at: int | None = (await conn.execute(NEXT_DUE)).scalar_one()
    return due_at


async def due(conn: AsyncConnection, *, now: int, limit: int) -> list[Schedule]:
    """Schedules that are due: of each tenant an equal share, and then the longest overdue."""
    query = select(schedule).where(schedule.c.next_at <= now).order_by(schedule.c.next_at, schedule.c.key)
    return [_schedule(row) for row in await _SHARES.rows(conn, query, now=now, limit=limit)]


async def lock(conn: AsyncConnection, keys: Collection[int]) -> dict[int, int | None]:
    """Lock these schedules (at most 1,000), skipping those that another process has locked.

    Returns the due time of each locked schedule by key.
    """
    query = select(schedule.c.key, schedule.c.next_at).where(schedule.c.key.in_(list(keys))).order_by(schedule.c.key)
    return {row.key: row.next_at for row in await conn.execute(query.with_for_update(skip_locked=True))}


async def set_next_at(conn: AsyncConnection, next_at: Mapping[int, int | None]) -> None:
    """Set the next due time of schedules, by key."""
    if next_at:
        await conn.execute(_SET_NEXT_AT, [{"of_key": key, "to_next_at": at} for key, at in sorted(next_at.items())])


def _schedule(row: Any) -> Schedule:
    return Schedule._make(row)._replace(kind=ScheduleKind(row.kind))
