"""Runs of schedules: their records, and the SQL that creates, lists and deletes them.

A run waits, is taken by a process under a lease (see `run_leases`), and ends.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.scheduling.store.tables import schedule_run
from tidings_server.storage.bulk_insert import insert_new_rows

MAX_NOTE: Final = 1_024


class RunCause(StrEnum):
    """Cause of a run: its schedule's timing, an event, or a request to run now. Stored as its value."""

    TIME = "TIME"
    EVENT = "EVENT"
    MANUAL = "MANUAL"


class RunState(StrEnum):
    """State of a run; stored as its value."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class NewRun(NamedTuple):
    """A run to be inserted; fields are columns. `due_at` is null for a run that is created as ended."""

    id: str
    tenant_id: int
    schedule_key: int
    cause: str
    cause_number: int
    scheduled_at: int
    state: str
    due_at: int | None
    attempts: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    mailed: int = 0
    note: str = ""
    cause_id: str | None = None
    hops: int = 0
    root_id: str | None = None
    chain: str | None = None


class ChainLink(NamedTuple):
    """A run as a link of a chain of events: see the table."""

    id: str
    schedule_key: int
    root_id: str | None
    chain: str | None


class LeasedRun(NamedTuple):
    """A run that a process has taken. Instants in µs.

    `cause_number` is the event's sequence number where an event is the cause. `id` is derived from the schedule and the
    cause, so every process gives the same run the same id. `attempts` counts how often it was taken.
    """

    key: int
    id: str
    tenant: int
    kind: ScheduleKind
    subject: str
    schedule_key: int
    cause: RunCause
    cause_number: int
    scheduled_at: int
    started_at: int
    attempts: int
    cause_id: str | None
    hops: int


class RunRecord(NamedTuple):
    """A run as clients see it. Instants in µs."""

    key: int
    id: str
    schedule_key: int
    cause: RunCause
    scheduled_at: int
    state: RunState
    attempts: int
    started_at: int | None
    ended_at: int | None
    mailed: int
    note: str
    due_at: int | None

    @property
    def next_attempt_at(self) -> int | None:
        """Instant (µs) of the next attempt after one that failed."""
        return self.due_at if self.state is RunState.WAITING and self.attempts else None


_RECORD: Final = tuple(schedule_run.c[name] for name in RunRecord._fields)


async def add(conn: AsyncConnection, runs: Sequence[NewRun]) -> None:
    """Insert runs; those that exist already stay unchanged."""
    await insert_new_rows(conn, schedule_run, [tuple(run) for run in runs], columns=NewRun._fields)


async def active(conn: AsyncConnection, schedule_keys: Collection[int]) -> dict[int, int]:
    """Number of runs by schedule that have not ended and were not caused by events. Schedules with 0 are absent."""
    query = select(schedule_run.c.schedule_key, func.count().label("runs")).where(
        schedule_run.c.schedule_key.in_(list(schedule_keys)),
        schedule_run.c.due_at > 0,
        schedule_run.c.cause != RunCause.EVENT.value,
    )
    rows = await conn.execute(query.group_by(schedule_run.c.schedule_key))
    return {row.schedule_key: row.runs for row in rows}


async def find(conn: AsyncConnection, schedule_key: int, cause: RunCause, number: int) -> RunRecord | None:
    """The run of a schedule with this cause, None where there is none."""
    query = select(*_RECORD).where(
        schedule_run.c.schedule_key == schedule_key,
        schedule_run.c.cause == cause.value,
        schedule_run.c.cause_number == number,
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def first_active(conn: AsyncConnection, schedule_key: int) -> int | None:
    """Key of the first run of a schedule that has not ended and was not caused by an event: later ones wait for it."""
    query = select(func.min(schedule_run.c.key)).where(
        schedule_run.c.schedule_key == schedule_key,
        schedule_run.c.due_at > 0,
        schedule_run.c.cause != RunCause.EVENT.value,
    )
    first: int | None = (await conn.execute(query)).scalar_one()
    return first


async def link(conn: AsyncConnection, tenant: int, run_id: str) -> ChainLink | None:
    """The tenant's run of this id, as a link of its chain."""
    columns = [schedule_run.c[name] for name in ChainLink._fields]
    query = select(*columns).where(schedule_run.c.id == run_id, schedule_run.c.tenant_id == tenant)
    row = (await conn.execute(query)).first()
    return None if row is None else ChainLink._make(row)


async def count_of_chain(conn: AsyncConnection, tenant: int, root_id: str) -> int:
    """The number of runs that have followed from an event."""
    query = select(func.count()).where(schedule_run.c.tenant_id == tenant, schedule_run.c.root_id == root_id)
    counted: int = (await conn.execute(query)).scalar_one()
    return counted


async def page(conn: AsyncConnection, schedule_key: int, *, before: int | None, limit: int) -> list[RunRecord]:
    """Runs of a schedule, newest first, with a key below `before`."""
    query = select(*_RECORD).where(schedule_run.c.schedule_key == schedule_key)
    if before is not None:
        query = query.where(schedule_run.c.key < before)
    return [_record(row) for row in await conn.execute(query.order_by(schedule_run.c.key.desc()).limit(limit))]


async def delete_old(conn: AsyncConnection, *, ended_before: int, limit: int) -> int:
    """Delete those of the `limit` oldest runs that ended before an instant (µs); returns their number."""
    query = select(schedule_run.c.key, schedule_run.c.ended_at).order_by(schedule_run.c.key).limit(limit)
    keys = [row.key for row in await conn.execute(query) if row.ended_at is not None and row.ended_at < ended_before]
    if keys:
        await conn.execute(delete(schedule_run).where(schedule_run.c.key.in_(keys)))
    return len(keys)


def _record(row: Any) -> RunRecord:
    return RunRecord._make(row)._replace(cause=RunCause(row.cause), state=RunState(row.state))
