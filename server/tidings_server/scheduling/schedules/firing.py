"""From what is due to runs: each fire time of each schedule becomes one row, whatever the number of processes.

Only what is due is ever read, by the index on `next_at`, so schedules that rest cost nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.scheduling.schedules.misfires import ScheduleFiring, fire, overlapped, stopped
from tidings_server.scheduling.schedules.policy import US_PER_S
from tidings_server.scheduling.schedules.run_events import run_event
from tidings_server.scheduling.store import runs, schedules
from tidings_server.scheduling.store.runs import NewRun, RunState
from tidings_server.scheduling.store.schedules import Schedule
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

BATCH: Final = 200
MAX_ROWS: Final = 500
"""Rows of one unit; what is left over is for the next."""
LOOK_S: Final = 0.5
"""How late a schedule is noticed that was made in another process, or a moment before it is due."""
GATHER_S: Final = 0.1
"""Between two pages that are not full: what is due meanwhile shares their transactions."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class ScheduleFirer:
    """Makes runs of what is due. `run` it, in every process."""

    def __init__(self, database: Database, clock: Clock, *, on_fired: Callable[[], None]) -> None:
        """`on_fired` hears that there are new runs."""
        self._database = database
        self._clock = clock
        self._on_fired = on_fired

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                rest_s = await self._rest_s()
                if not rest_s and await self.run_once() < BATCH:
                    rest_s = GATHER_S
                await self._clock.sleep(rest_s)
            except (Unavailable, Overloaded) as error:
                logger.warning("schedules_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> int:
        """Fire a page of schedules that are due; how many there were."""
        now = self._clock.now_us()
        async with self._database.read() as conn:
            due = await schedules.due(conn, now=now, limit=BATCH)
        firings = _within_bounds(due, now=now)
        if firings:
            await self._database.write_queue.run(lambda conn: self._fire(conn, firings, now=now))
            self._on_fired()
        return len(firings)

    async def _rest_s(self) -> float:
        """How long nothing is due, as far as is known."""
        async with self._database.read() as conn:
            next_at = await schedules.next_due(conn)
        if next_at is None:
            return LOOK_S
        return min(LOOK_S, max(0, next_at - self._clock.now_us()) / US_PER_S)

    async def _fire(self, conn: AsyncConnection, firings: Sequence[ScheduleFiring], *, now: int) -> None:
        """Store what follows, of those schedules that are as they were when it was worked out."""
        held = await schedules.lock(conn, [firing.schedule.key for firing in firings])
        ours = [firing for firing in firings if held.get(firing.schedule.key) == firing.schedule.next_at]
        active = await runs.active(conn, [firing.schedule.key for firing in ours])
        ours = [overlapped(firing, active.get(firing.schedule.key, 0), now=now) for firing in ours]
        await schedules.set_next_at(conn, {firing.schedule.key: firing.next_at for firing in ours})
        await runs.add(conn, [run for firing in ours for run in firing.runs])
        ended = [(firing.schedule, run) for firing in ours for run in firing.runs if run.ended_at is not None]
        if ended:
            await events.append_in(conn, [_event(schedule, run, at=now) for schedule, run in ended])


def _event(schedule: Schedule, run: NewRun, *, at: int) -> EventRecord:
    """The event of a run that is over as it is made."""
    return run_event(
        run,
        kind=schedule.kind,
        subject=schedule.subject,
        tenant=run.tenant_id,
        state=RunState(run.state),
        note=run.note,
        at=at,
    )


def _fired(schedule: Schedule, *, now: int) -> ScheduleFiring:
    """What follows from one schedule. One that cannot be read any more, as when its zone is gone, stops and says so."""
    try:
        return fire(schedule, now=now)
    except Exception as error:
        logger.exception("schedule_stopped", schedule=schedule.key, subject=schedule.subject)
        return stopped(schedule, f"{type(error).__name__}: {error}", now=now)


def _within_bounds(due: Sequence[Schedule], *, now: int) -> list[ScheduleFiring]:
    """What follows from the first of these schedules, as much as one unit may write."""
    firings: list[ScheduleFiring] = []
    rows = 0
    for schedule in due:
        firing = _fired(schedule, now=now)
        rows += 1 + 2 * len(firing.runs)
        if firings and rows > MAX_ROWS:
            break
        firings.append(firing)
    return firings
