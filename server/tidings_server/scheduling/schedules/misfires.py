"""Runs of a schedule that is due: the current one, and misfires, which were due while no process was running.

Pure functions: a schedule and an instant give the runs and the next fire time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from tidings_server.platform.clock import US_PER_S, rfc3339_ms
from tidings_server.scheduling.schedules.policy import CatchUp, Overlap, Policy
from tidings_server.scheduling.schedules.timing import Timing, unpacked
from tidings_server.scheduling.store.runs import MAX_NOTE, NewRun, RunCause, RunState
from tidings_server.scheduling.store.schedules import Schedule

GRACE_US: Final = 60 * US_PER_S
"""A run that is late by no more than this is not a misfire."""

PAGE: Final = 50
"""Fire times handled at once. Of more misfires, one skipped run records them all."""

MISSED: Final = "missed"
OVERLAPPED: Final = "an earlier run was not over"

_RUNS: Final = UUID("0b6f1d0e-3c55-5a0b-9d3e-6f2a8f0c7d41")
"""Namespace of the UUIDs of runs."""


@dataclass(frozen=True, slots=True)
class ScheduleFiring:
    """Result of firing a schedule: its runs in the order of their fire times, and its next fire time (µs)."""

    schedule: Schedule
    runs: tuple[NewRun, ...]
    next_at: int | None


def fire(schedule: Schedule, *, now: int) -> ScheduleFiring:
    """The runs that are due at `now`, and the next fire time. Raises ValueError for a schedule that is not due."""
    if schedule.timing is None or schedule.next_at is None or schedule.next_at > now:
        raise ValueError("the schedule is not due")
    timing = unpacked(schedule.timing)
    times, next_at = _page(timing, schedule.next_at, now)
    policy = policy_of(schedule)
    if policy.catch_up is CatchUp.ALL:
        return _all(schedule, timing, policy, times, next_at, now=now)
    if next_at is None or next_at > now:
        *missed, latest = times
        runs = [_skipped(schedule, at, MISSED, now=now) for at in missed]
    else:
        latest, next_at = _latest(timing, times[-1], now)
        runs = [_missed_before(schedule, times[0], latest, now=now)]
    is_in_time = now - latest <= _bound(policy)
    runs.append(waiting(schedule, latest) if is_in_time else _skipped(schedule, latest, MISSED, now=now))
    return ScheduleFiring(schedule, tuple(runs), next_at)


def overlapped(firing: ScheduleFiring, active: int, *, now: int) -> ScheduleFiring:
    """The firing with runs skipped that would overlap one of the `active` earlier runs of the schedule.

    With the catch-up policy ALL no run is skipped: they queue.
    """
    policy = policy_of(firing.schedule)
    if not active or policy.overlap is Overlap.QUEUE or policy.catch_up is CatchUp.ALL:
        return firing
    runs = tuple(
        _skipped(firing.schedule, run.scheduled_at, OVERLAPPED, now=now) if run.state == RunState.WAITING else run
        for run in firing.runs
    )
    return ScheduleFiring(firing.schedule, runs, firing.next_at)


def stopped(schedule: Schedule, note: str, *, now: int) -> ScheduleFiring:
    """A firing of one failed run and no next fire time."""
    failed = _skipped(schedule, schedule.next_at or now, note[:MAX_NOTE], now=now)
    return ScheduleFiring(schedule, (failed._replace(state=RunState.FAILED.value),), None)


def waiting(schedule: Schedule, at: int) -> NewRun:
    """A waiting run for a fire time (µs)."""
    return NewRun(
        id=run_id(schedule.key, RunCause.TIME, at),
        tenant_id=schedule.tenant_id,
        schedule_key=schedule.key,
        cause=RunCause.TIME.value,
        cause_number=at,
        scheduled_at=at,
        state=RunState.WAITING.value,
        due_at=policy_of(schedule).start_of(schedule.key, at),
    )


def policy_of(schedule: Schedule) -> Policy:
    """The policy in the schedule's columns."""
    return Policy(CatchUp(schedule.catch_up), schedule.window_s, Overlap(schedule.overlap), schedule.jitter_s)


def run_id(schedule_key: int, cause: RunCause, number: int) -> str:
    """Id of the run for a fire time, event or request; the same in every process."""
    return str(uuid5(_RUNS, f"{schedule_key}/{cause}/{number}"))


def _all(
    schedule: Schedule, timing: Timing, policy: Policy, times: list[int], next_at: int | None, *, now: int
) -> ScheduleFiring:
    """A run for every fire time within the window, and one skipped run for all earlier ones."""
    bound = now - _bound(policy)
    runs = [waiting(schedule, at) for at in times if at >= bound]
    if times[0] >= bound:
        return ScheduleFiring(schedule, tuple(runs), next_at)
    if next_at is not None and next_at < bound:
        next_at = timing.after(bound - 1)
    runs.insert(0, _missed_before(schedule, times[0], bound, now=now))
    return ScheduleFiring(schedule, tuple(runs), next_at)


def _page(timing: Timing, first: int, now: int) -> tuple[list[int], int | None]:
    """Fire times from `first` to `now`, at most PAGE, and the fire time after them."""
    times = [first]
    following = timing.after(first)
    while following is not None and following <= now and len(times) < PAGE:
        times.append(following)
        following = timing.after(following)
    return times, following


def _latest(timing: Timing, known: int, now: int) -> tuple[int, int | None]:
    """The last fire time at or before `now`, and the one after it. `known` is a fire time before `now`."""
    for start in _earlier(now, known):
        latest = timing.after(start)
        if latest is not None and latest <= now:
            break
    else:
        latest = known
    following = timing.after(latest)
    while following is not None and following <= now:
        latest, following = following, timing.after(following)
    return latest, following


def _earlier(now: int, known: int) -> Iterator[int]:
    """Instants before `now` at doubling distances, as long as they are after `known`."""
    step = 2 * GRACE_US
    while now - step > known:
        yield now - step
        step *= 2


def _bound(policy: Policy) -> int:
    """Longest delay at which a run is still executed, in µs."""
    return GRACE_US if policy.catch_up is CatchUp.NONE else max(GRACE_US, policy.window_s * US_PER_S)


def _missed_before(schedule: Schedule, first: int, end: int, *, now: int) -> NewRun:
    """The skipped run of the first of many misfires, as the record of all of them."""
    return _skipped(schedule, first, f"{MISSED}, as was every one before {rfc3339_ms(end)}", now=now)


def _skipped(schedule: Schedule, at: int, note: str, *, now: int) -> NewRun:
    return waiting(schedule, at)._replace(
        state=RunState.SKIPPED.value, due_at=None, started_at=now, ended_at=now, note=note
    )
