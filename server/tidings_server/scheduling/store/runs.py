"""Runs of schedules: statements.

A run waits, is taken by a process under a lease, and ends. Every change of one is guarded by the number of times that
it was taken, so a process whose lease has run out changes nothing any more.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.scheduling.store.tables import schedule, schedule_run
from tidings_server.storage.bulk_insert import insert_new_rows

MAX_NOTE: Final = 1_024


class RunCause(StrEnum):
    """Why there is a run; stored as its value."""

    TIME = "TIME"
    EVENT = "EVENT"
    MANUAL = "MANUAL"


class RunState(StrEnum):
    """How far a run is; stored as its value."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class NewRun(NamedTuple):
    """A run about to be stored; fields are columns. `due_at` is null for one that is over as it is made."""

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


class LeasedRun(NamedTuple):
    """A run that a process has taken. `cause_number` is the event's number where an event is its cause.

    `id` is the same whenever the run of this fire time, event or request is made. `attempts` counts how often it was
    taken. Instants in µs.
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
    """A run as people see it."""

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


class RunEnd(NamedTuple):
    """How a run has ended."""

    run: LeasedRun
    state: RunState
    mailed: int
    note: str
    at: int


_HEAD: Final = schedule_run.alias("before")
_IS_FIRST: Final = or_(
    schedule_run.c.cause == RunCause.EVENT.value,
    ~select(_HEAD.c.key)
    .where(
        _HEAD.c.schedule_key == schedule_run.c.schedule_key,
        _HEAD.c.due_at > 0,
        _HEAD.c.key < schedule_run.c.key,
        _HEAD.c.cause != RunCause.EVENT.value,
    )
    .exists(),
)
"""Runs of one schedule go one after the other, but those of events, which do not hinder each other."""

_IS_HELD: Final = (schedule_run.c.key == bindparam("of_key"), schedule_run.c.attempts == bindparam("of_attempts"))
_END: Final = (
    update(schedule_run)
    .where(*_IS_HELD)
    .values(
        state=bindparam("to_state"),
        mailed=bindparam("to_mailed"),
        note=bindparam("to_note"),
        ended_at=bindparam("to_ended_at"),
        due_at=None,
    )
)
_RECORD: Final = tuple(schedule_run.c[name] for name in RunRecord._fields)


async def add(conn: AsyncConnection, runs: Sequence[NewRun]) -> None:
    """Store runs; one that is there already is left as it is."""
    await insert_new_rows(conn, schedule_run, [tuple(run) for run in runs], columns=NewRun._fields)


async def next_due(conn: AsyncConnection) -> int | None:
    """When the next of all runs is due."""
    due_at: int | None = (await conn.execute(select(func.min(schedule_run.c.due_at)))).scalar_one()
    return due_at


async def take(conn: AsyncConnection, *, now: int, lease_until: int, limit: int) -> list[LeasedRun]:
    """Take runs that are due, the longest due first; other processes' units take others."""
    due = select(schedule_run.c.key).where(schedule_run.c.due_at <= now, _IS_FIRST)
    due = due.order_by(schedule_run.c.due_at, schedule_run.c.key).limit(limit)
    taken = (
        update(schedule_run)
        .where(schedule_run.c.key.in_(due.with_for_update(skip_locked=True, of=schedule_run)))
        .values(
            state=RunState.RUNNING.value,
            attempts=schedule_run.c.attempts + 1,
            due_at=lease_until,
            started_at=func.coalesce(schedule_run.c.started_at, now),
        )
    )
    rows = (await conn.execute(taken.returning(schedule_run))).all()
    keys = {row.schedule_key for row in rows}
    named = select(schedule.c.key, schedule.c.kind, schedule.c.subject).where(schedule.c.key.in_(keys))
    subjects = {row.key: (ScheduleKind(row.kind), row.subject) for row in await conn.execute(named)} if keys else {}
    return sorted((_run(row, *subjects[row.schedule_key]) for row in rows), key=lambda run: run.key)


async def extend_lease(conn: AsyncConnection, run: LeasedRun, *, until: int) -> bool:
    """Extend the lease of a run; false when it is not ours any more."""
    kept = update(schedule_run).where(schedule_run.c.key == run.key, schedule_run.c.attempts == run.attempts)
    return (await conn.execute(kept.where(schedule_run.c.due_at.is_not(None)).values(due_at=until))).rowcount == 1


async def release_leases(conn: AsyncConnection, *, now: int) -> int:
    """End the leases of all runs; how many there were."""
    released = update(schedule_run).where(schedule_run.c.due_at > now, schedule_run.c.state == RunState.RUNNING.value)
    return (await conn.execute(released.values(due_at=now))).rowcount


async def lock_leased(conn: AsyncConnection, runs: Sequence[LeasedRun]) -> set[int]:
    """Take the rows of those runs (at most 1,000) that are still ours, and give their keys."""
    wanted = select(schedule_run.c.key, schedule_run.c.attempts).where(
        schedule_run.c.key.in_([run.key for run in runs]), schedule_run.c.state == RunState.RUNNING.value
    )
    rows = (await conn.execute(wanted.order_by(schedule_run.c.key).with_for_update())).all()
    found = {(row.key, row.attempts) for row in rows}
    return {run.key for run in runs if (run.key, run.attempts) in found}


async def complete(conn: AsyncConnection, ended: Sequence[RunEnd]) -> None:
    """Say how runs have ended; they are held."""
    rows = [
        {
            "of_key": each.run.key,
            "of_attempts": each.run.attempts,
            "to_state": each.state.value,
            "to_mailed": each.mailed,
            "to_note": each.note[:MAX_NOTE],
            "to_ended_at": each.at,
        }
        for each in ended
    ]
    await conn.execute(_END, rows)


async def active(conn: AsyncConnection, schedule_keys: Collection[int]) -> dict[int, int]:
    """How many runs that are not over, but for those of events, each of these schedules has; none is left out."""
    query = select(schedule_run.c.schedule_key, func.count().label("runs")).where(
        schedule_run.c.schedule_key.in_(list(schedule_keys)),
        schedule_run.c.due_at > 0,
        schedule_run.c.cause != RunCause.EVENT.value,
    )
    rows = await conn.execute(query.group_by(schedule_run.c.schedule_key))
    return {row.schedule_key: row.runs for row in rows}


async def find(conn: AsyncConnection, schedule_key: int, cause: RunCause, number: int) -> RunRecord | None:
    """The run with this cause."""
    query = select(*_RECORD).where(
        schedule_run.c.schedule_key == schedule_key,
        schedule_run.c.cause == cause.value,
        schedule_run.c.cause_number == number,
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def page(conn: AsyncConnection, schedule_key: int, *, before: int | None, limit: int) -> list[RunRecord]:
    """The schedule's runs, newest first, those whose key is below `before`."""
    query = select(*_RECORD).where(schedule_run.c.schedule_key == schedule_key)
    if before is not None:
        query = query.where(schedule_run.c.key < before)
    return [_record(row) for row in await conn.execute(query.order_by(schedule_run.c.key.desc()).limit(limit))]


async def delete_old(conn: AsyncConnection, *, ended_before: int, limit: int) -> int:
    """Delete the oldest runs if they ended before that; how many of at most `limit`."""
    query = select(schedule_run.c.key, schedule_run.c.ended_at).order_by(schedule_run.c.key).limit(limit)
    keys = [row.key for row in await conn.execute(query) if row.ended_at is not None and row.ended_at < ended_before]
    if keys:
        await conn.execute(delete(schedule_run).where(schedule_run.c.key.in_(keys)))
    return len(keys)


def _run(row: Any, kind: ScheduleKind, subject: str) -> LeasedRun:
    return LeasedRun(
        key=row.key,
        id=row.id,
        tenant=row.tenant_id,
        kind=kind,
        subject=subject,
        schedule_key=row.schedule_key,
        cause=RunCause(row.cause),
        cause_number=row.cause_number,
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        attempts=row.attempts,
        cause_id=row.cause_id,
        hops=row.hops,
    )


def _record(row: Any) -> RunRecord:
    return RunRecord._make(row)._replace(cause=RunCause(row.cause), state=RunState(row.state))
