"""SQL that takes runs under a lease, extends the lease, and completes them.

Every change is guarded by the number of times that the run was taken, so a process whose lease has expired changes
nothing any more.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.store.runs import MAX_NOTE, LeasedRun, RunCause, RunState
from tidings_server.scheduling.store.schedules import ScheduleKind
from tidings_server.scheduling.store.tables import schedule, schedule_run
from tidings_server.storage.due_shares import DueShares


class RunEnd(NamedTuple):
    """Final state of a run, its number of mails and a note for people."""

    run: LeasedRun
    state: RunState
    mailed: int
    note: str


_EARLIER: Final = schedule_run.alias("before")
_IS_FIRST: Final = or_(
    schedule_run.c.cause == RunCause.EVENT.value,
    ~select(_EARLIER.c.key)
    .where(
        _EARLIER.c.schedule_key == schedule_run.c.schedule_key,
        _EARLIER.c.due_at > 0,
        _EARLIER.c.key < schedule_run.c.key,
        _EARLIER.c.cause != RunCause.EVENT.value,
    )
    .exists(),
)
"""Runs of one schedule are taken one after the other; those caused by events run concurrently."""

_SHARES: Final = DueShares(schedule_run.c.tenant_id, schedule_run.c.due_at)
_IS_LEASED: Final = (schedule_run.c.key == bindparam("of_key"), schedule_run.c.attempts == bindparam("of_attempts"))
_END: Final = (
    update(schedule_run)
    .where(*_IS_LEASED)
    .values(
        state=bindparam("to_state"),
        mailed=bindparam("to_mailed"),
        note=bindparam("to_note"),
        ended_at=bindparam("to_ended_at"),
        due_at=None,
    )
)


NEXT_DUE: Final = select(func.min(schedule_run.c.due_at))
"""The earliest due time of all runs, as a fact of the shared look."""


async def next_due(conn: AsyncConnection, *, without: Collection[int] = ()) -> int | None:
    """The earliest due time of all runs `without` those of these tenants, in µs; None where no run waits or runs."""
    query = NEXT_DUE
    if without:
        query = query.where(schedule_run.c.tenant_id.not_in(without))
    due_at: int | None = (await conn.execute(query)).scalar_one()
    return due_at


async def due_keys(conn: AsyncConnection, *, now: int, limit: int, without: Collection[int] = ()) -> list[int]:
    """Keys of runs that are due, of each tenant a share, longest overdue first, `without` those of these tenants."""
    return await _shared_keys(conn, _due(now, without), now=now, limit=limit, without=without)


async def take(
    conn: AsyncConnection,
    *,
    now: int,
    lease_until: int,
    limit: int,
    without: Collection[int] = (),
    only: Collection[int] | None = None,
) -> list[LeasedRun]:
    """Take runs that are due under a lease, `without` those of these tenants; `only` these runs.

    Of each tenant with due runs a share of the limit, and for the rest of it those that are longest overdue.
    Concurrent calls take disjoint runs.
    """
    due = _due(now, without).with_for_update(skip_locked=True, of=schedule_run)
    if only is None:
        keys = await _shared_keys(conn, due, now=now, limit=limit, without=without)
    else:
        keys = list((await conn.execute(due.where(schedule_run.c.key.in_(only)).limit(limit))).scalars())
    if not keys:
        return []
    taken = (
        update(schedule_run)
        .where(schedule_run.c.key.in_(keys))
        .values(
            state=RunState.RUNNING.value,
            attempts=schedule_run.c.attempts + 1,
            due_at=lease_until,
            started_at=func.coalesce(schedule_run.c.started_at, now),
        )
    )
    rows = (await conn.execute(taken.returning(schedule_run))).all()
    schedules = {row.schedule_key for row in rows}
    named = select(schedule.c.key, schedule.c.kind, schedule.c.subject).where(schedule.c.key.in_(schedules))
    subjects = {row.key: (ScheduleKind(row.kind), row.subject) for row in await conn.execute(named)}
    return sorted((_run(row, *subjects[row.schedule_key]) for row in rows), key=lambda run: run.key)


async def _shared_keys(
    conn: AsyncConnection, due: Select[int], *, now: int, limit: int, without: Collection[int]
) -> list[int]:
    """Keys of `due` runs: an equal share of each tenant, then the longest overdue."""
    return [row.key for row in await _SHARES.rows(conn, due, now=now, limit=limit, without=without)]


def _due(now: int, without: Collection[int]) -> Select[int]:
    due = select(schedule_run.c.key).where(schedule_run.c.due_at <= now, _IS_FIRST)
    if without:
        due = due.where(schedule_run.c.tenant_id.not_in(without))
    return due.order_by(schedule_run.c.due_at, schedule_run.c.key)


async def extend_lease(conn: AsyncConnection, run: LeasedRun, *, until: int) -> bool:
    """Extend the lease of a run; false when another process has taken the run over, or it has ended."""
    extended = update(schedule_run).where(schedule_run.c.key == run.key, schedule_run.c.attempts == run.attempts)
    return (await conn.execute(extended.where(schedule_run.c.due_at.is_not(None)).values(due_at=until))).rowcount == 1


async def postpone(conn: AsyncConnection, run: LeasedRun, *, until: int, note: str) -> bool:
    """Let a run wait for its next attempt, with the reason; false when another process has taken it over."""
    postponed = (
        update(schedule_run)
        .where(
            schedule_run.c.key == run.key, schedule_run.c.attempts == run.attempts, schedule_run.c.due_at.is_not(None)
        )
        .values(state=RunState.WAITING.value, due_at=until, note=note[:MAX_NOTE])
    )
    return (await conn.execute(postponed)).rowcount == 1


async def renew(conn: AsyncConnection, runs: Collection[LeasedRun], *, until: int) -> None:
    """Move the ends of the leases of those of these runs (at most 200) that nobody has taken over and that go on."""
    is_ours = tuple_(schedule_run.c.key, schedule_run.c.attempts).in_([(run.key, run.attempts) for run in runs])
    is_running = (schedule_run.c.state == RunState.RUNNING.value, schedule_run.c.due_at.is_not(None))
    await conn.execute(update(schedule_run).where(is_ours, *is_running).values(due_at=until))


async def release_leases(conn: AsyncConnection, *, now: int) -> int:
    """End the leases of all runs; returns their number."""
    released = update(schedule_run).where(schedule_run.c.due_at > now, schedule_run.c.state == RunState.RUNNING.value)
    return (await conn.execute(released.values(due_at=now))).rowcount


async def lock_leased(conn: AsyncConnection, runs: Sequence[LeasedRun]) -> set[int]:
    """Lock the rows of those of these runs (at most 1,000) whose lease is still valid; returns their keys."""
    query = select(schedule_run.c.key, schedule_run.c.attempts).where(
        schedule_run.c.key.in_([run.key for run in runs]), schedule_run.c.state == RunState.RUNNING.value
    )
    rows = (await conn.execute(query.order_by(schedule_run.c.key).with_for_update())).all()
    leased = {(row.key, row.attempts) for row in rows}
    return {run.key for run in runs if (run.key, run.attempts) in leased}


async def complete(conn: AsyncConnection, ends: Sequence[RunEnd], *, at: int) -> None:
    """Store how runs have ended; the transaction has locked them with `lock_leased`."""
    rows = [
        {
            "of_key": each.run.key,
            "of_attempts": each.run.attempts,
            "to_state": each.state.value,
            "to_mailed": each.mailed,
            "to_note": each.note[:MAX_NOTE],
            "to_ended_at": at,
        }
        for each in ends
    ]
    await conn.execute(_END, rows)


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
