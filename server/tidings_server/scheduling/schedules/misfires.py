"""Which runs follow from a schedule that is due: this one, and those that were missed while nobody looked.

Pure: a schedule and an instant give the runs and the next fire time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from tidings_server.platform.clock import rfc3339_ms
from tidings_server.scheduling.schedules.policy import US_PER_S, CatchUp, Overlap, Policy
from tidings_server.scheduling.schedules.timing import Timing, unpacked
from tidings_server.scheduling.store.runs import MAX_NOTE, NewRun, RunCause, RunState
from tidings_server.scheduling.store.schedules import Schedule

GRACE_US: Final = 60 * US_PER_S
"""A run that is no later than this is late, not missed."""

PAGE: Final = 50
"""Fire times looked at in one go; of more that were missed, the first one's record stands for all."""

MISSED: Final = "missed"
OVERLAPPED: Final = "an earlier run was not over"

_RUNS: Final = UUID("0b6f1d0e-3c55-5a0b-9d3e-6f2a8f0c7d41")
"""The name space of ids of runs."""


@dataclass(frozen=True, slots=True)
class ScheduleFiring:
    """What follows from a schedule that is due: runs in the order of their times, and when it is due next."""

    schedule: Schedule
    runs: tuple[NewRun, ...]
    next_at: int | None


def fire(schedule: Schedule, *, now: int) -> ScheduleFiring:
    """The runs that are due at `now`, and the next fire time. The schedule has a timing, and is due."""
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
    is_wanted = now - latest <= _bound(policy)
    runs.append(waiting(schedule, latest) if is_wanted else _skipped(schedule, latest, MISSED, now=now))
    return ScheduleFiring(schedule, tuple(runs), next_at)


def overlapped(firing: ScheduleFiring, active: int, *, now: int) -> ScheduleFiring:
    """The same, where so many earlier runs of the schedule are not over: what may not overlap is skipped.

    Who wants every run made up for wants none skipped: there they queue.
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
    """A failed run, and no next one."""
    failed = _skipped(schedule, schedule.next_at or now, note[:MAX_NOTE], now=now)
    return ScheduleFiring(schedule, (failed._replace(state=RunState.FAILED.value),), None)


def waiting(schedule: Schedule, at: int) -> NewRun:
    """The run of a fire time, which somebody will take."""
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
    """The policy in its columns."""
    return Policy(CatchUp(schedule.catch_up), schedule.window_s, Overlap(schedule.overlap), schedule.jitter_s)


def run_id(schedule_key: int, cause: RunCause, number: int) -> str:
    """The id of the run of one fire time, event or request, in every process the same."""
    return str(uuid5(_RUNS, f"{schedule_key}/{cause}/{number}"))


def _all(
    schedule: Schedule, timing: Timing, policy: Policy, times: list[int], next_at: int | None, *, now: int
) -> ScheduleFiring:
    """Every run within the window; what lies before it is one record, and what is left over is for the next go."""
    bound = now - _bound(policy)
    runs = [waiting(schedule, at) for at in times if at >= bound]
    if times[0] >= bound:
        return ScheduleFiring(schedule, tuple(runs), next_at)
    if next_at is not None and next_at < bound:
        next_at = timing.after(bound - 1)
    runs.insert(0, _missed_before(schedule, times[0], bound, now=now))
    return ScheduleFiring(schedule, tuple(runs), next_at)


def _page(timing: Timing, first: int, now: int) -> tuple[list[int], int | None]:
    """Fire times from `first` upto `now`, at most PAGE, and the one after them."""
    times = [first]
    following = timing.after(first)
    while following is not None and following <= now and len(times) < PAGE:
        times.append(following)
        following = timing.after(following)
    return times, following


def _latest(timing: Timing, known: int, now: int) -> tuple[int, int | None]:
    """The last fire time upto `now`, which is at or after the known one, and the one after it."""
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
    """Instants before `now`, each twice as far as the one before, as long as they come after the known one."""
    step = 2 * GRACE_US
    while now - step > known:
        yield now - step
        step *= 2


def _bound(policy: Policy) -> int:
    """How late a run may be made up for, in µs."""
    return GRACE_US if policy.catch_up is CatchUp.NONE else max(GRACE_US, policy.window_s * US_PER_S)


def _missed_before(schedule: Schedule, first: int, end: int, *, now: int) -> NewRun:
    """The record of the first of many that were missed, which stands for them all."""
    return _skipped(schedule, first, f"{MISSED}, as was every one before {rfc3339_ms(end)}", now=now)


def _skipped(schedule: Schedule, at: int, note: str, *, now: int) -> NewRun:
    return waiting(schedule, at)._replace(
        state=RunState.SKIPPED.value, due_at=None, started_at=now, ended_at=now, note=note
    )
