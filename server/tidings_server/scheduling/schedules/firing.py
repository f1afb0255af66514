"""Creation of runs for schedules that are due: one row for each fire time, whatever the number of processes.

Only schedules that are due are read, by the index on `next_at`, so the others cost nothing.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.scheduling.schedules.misfires import ScheduleFiring, fire, overlapped, stopped
from tidings_server.scheduling.schedules.run_events import run_event
from tidings_server.scheduling.store import runs, schedules
from tidings_server.scheduling.store.runs import NewRun, RunState
from tidings_server.scheduling.store.schedules import Schedule
from tidings_server.storage.bisection import bisected, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

BATCH: Final = 200
MAX_ROWS: Final = 500
"""Rows of one transaction; the rest is left for the next."""
POLL_S: Final = 0.5
"""Longest time until a schedule is noticed that another process has created, or one created just before it is due."""
GATHER_S: Final = 0.1
"""Pause after a batch that is not full, so that schedules that become due meanwhile share a transaction."""
PAUSE_S: Final = 0.5
REFUSED_PAUSE_US: Final = 60 * US_PER_S

logger = structlog.get_logger(__name__)


class ScheduleFirer:
    """Creates the runs of schedules that are due. Every process runs one (`run`)."""

    def __init__(self, database: Database, clock: Clock, *, on_fired: Callable[[], None]) -> None:
        """`on_fired` is called when there are new runs."""
        self._database = database
        self._clock = clock
        self._on_fired = on_fired
        self._next_due = database.look.fact("schedules_due", schedules.NEXT_DUE)

    async def run(self) -> None:
        """Until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            try:
                with heartbeat.round():
                    rest_s = await self._rest_s()
                    if not rest_s and await self.run_once() < BATCH:
                        rest_s = GATHER_S
                await self._clock.sleep(rest_s)
            except (Unavailable, Overloaded) as error:
                logger.warning("schedules_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Fire a batch of schedules that are due; returns their number."""
        now = self._clock.now_us()
        async with self._database.read() as conn:
            due = await schedules.due(conn, now=now, limit=BATCH)
        firings = _within_bounds(due, now=now)
        if firings:
            await bisected(firings, partial(self._store, now=now), refused=partial(self._stop, now=now))
            self._on_fired()
        return len(firings)

    async def _store(self, firings: Sequence[ScheduleFiring], *, now: int) -> None:
        await self._database.write_queue.run(lambda conn: self._fire(conn, firings, now=now))

    async def _stop(self, firing: ScheduleFiring, error: Exception, *, now: int) -> None:
        """Stop a schedule whose runs cannot be stored; when even that fails, try it again later."""
        schedule = firing.schedule
        set_aside("schedules", error, schedule=schedule.key, tenant=schedule.tenant_id)
        try:
            await self._store([stopped(schedule, f"could not be stored: {type(error).__name__}", now=now)], now=now)
        except Exception as again:
            if is_transient(again):
                raise
            set_aside("schedules", again, schedule=schedule.key, tenant=schedule.tenant_id)
            later = {schedule.key: now + REFUSED_PAUSE_US}
            await self._database.write_queue.run(lambda conn: schedules.set_next_at(conn, later))

    async def _rest_s(self) -> float:
        """Seconds until the next schedule is due, at most POLL_S."""
        if not self._next_due.is_due(self._clock.now_us() + int(POLL_S * US_PER_S)):
            return self._next_due.pause_s(self._clock.now_us(), poll_s=POLL_S)
        async with self._database.read_inline() as conn:
            next_at = await schedules.next_due(conn)
        if next_at is None:
            return POLL_S
        return min(POLL_S, max(0, next_at - self._clock.now_us()) / US_PER_S)

    async def _fire(self, conn: AsyncConnection, firings: Sequence[ScheduleFiring], *, now: int) -> None:
        """Store the firings of those schedules that no other transaction has fired or changed meanwhile."""
        locked = await schedules.lock(conn, [firing.schedule.key for firing in firings])
        ours = [firing for firing in firings if locked.get(firing.schedule.key) == firing.schedule.next_at]
        active = await runs.active(conn, [firing.schedule.key for firing in ours])
        ours = [overlapped(firing, active.get(firing.schedule.key, 0), now=now) for firing in ours]
        await schedules.set_next_at(conn, {firing.schedule.key: firing.next_at for firing in ours})
        await runs.add(conn, [run for firing in ours for run in firing.runs])
        ended = [(firing.schedule, run) for firing in ours for run in firing.runs if run.ended_at is not None]
        if ended:
            await events.append_in(conn, [_event(schedule, run, at=now) for schedule, run in ended])


def _event(schedule: Schedule, run: NewRun, *, at: int) -> EventRecord:
    """The event of a run that is created as ended."""
    return run_event(
        run,
        kind=schedule.kind,
        subject=schedule.subject,
        tenant=run.tenant_id,
        state=RunState(run.state),
        note=run.note,
        at=at,
    )


def _firing(schedule: Schedule, *, now: int) -> ScheduleFiring:
    """The firing of one schedule. One that can no longer be read, as when its time zone is gone, gets a failed run."""
    try:
        return fire(schedule, now=now)
    except Exception as error:
        logger.exception("schedule_stopped", schedule=schedule.key, subject=schedule.subject)
        return stopped(schedule, f"{type(error).__name__}: {error}", now=now)


def _within_bounds(due: Sequence[Schedule], *, now: int) -> list[ScheduleFiring]:
    """The firings of the first of these schedules, as many as one transaction may write."""
    firings: list[ScheduleFiring] = []
    rows = 0
    for schedule in due:
        firing = _firing(schedule, now=now)
        rows += 1 + 2 * len(firing.runs)
        if firings and rows > MAX_ROWS:
            break
        firings.append(firing)
    return firings
