"""Carrying runs out: taken by lease, done once, and ended together with what they append.

A process that dies leaves its runs with their leases; another takes them over when these run out. What a run has
stored meanwhile it stores again to no effect (see `work`), and its end is written by who holds it then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import failpoints
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Overloaded, Unavailable
from tidings_server.scheduling.schedules.policy import US_PER_S
from tidings_server.scheduling.schedules.run_completion import CompletedRun, RunCompletion
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunHandler, RunResult, ScheduleKind
from tidings_server.scheduling.store import runs as schedule_runs
from tidings_server.scheduling.store.runs import RunState
from tidings_server.storage.database import Database

LEASE_S: Final = 60
MAX_TRIES: Final = 5
RETRY_FIRST_S: Final = 2
RETRY_FACTOR: Final = 4
"""A failed try is followed by another after 2, 8, 32 and 128 seconds."""
MAX_TAKEN: Final = 60
"""A run that ends processes, or always finds the server busy, is given up after so many leases: an hour."""
AT_ONCE: Final = 200
"""Runs that one process carries out at the same time."""
LOOK_S: Final = 0.5
"""How late a run is noticed that another process has made."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class HeldRun:
    """A run that this process has taken: the port `Turn`."""

    def __init__(self, run: LeasedRun, database: Database, clock: Clock) -> None:
        self._run = run
        self._database = database
        self._clock = clock

    async def commit(self, unit: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async def held(conn: AsyncConnection) -> None:
            if not await schedule_runs.extend_lease(conn, self._run, until=_from_now(self._clock, LEASE_S)):
                raise LostRace
            await unit(conn)

        await self._database.write_queue.run(held)
        failpoints.hit("run.after_chunk")


class RunExecutor:
    """Takes runs that are due and carries them out. `run` it, in every process."""

    def __init__(
        self, database: Database, works: Mapping[ScheduleKind, RunHandler], clock: Clock, *, at_once: int = AT_ONCE
    ) -> None:
        """`at_once` bounds the runs under way."""
        self._database = database
        self._works = works
        self._clock = clock
        self._awake = asyncio.Event()
        self._endings = RunCompletion(database, clock, on_ended=self._awake.set)
        self._at_once = self._free = at_once

    def wake(self) -> None:
        """There are new runs."""
        self._awake.set()

    async def recover(self) -> None:
        """Before `run`: on an embedded database no other process has any run, so what is taken is taken over now."""
        if self._database.dialect == "sqlite":
            now = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: schedule_runs.release_leases(conn, now=now))

    async def run(self) -> None:
        """Until cancelled. What is under way then is taken over when its lease has run out."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._endings.run())
            while True:
                self._awake.clear()
                runs = await self._taken()
                self._free -= len(runs)
                for run in runs:
                    group.create_task(self._see_to(run))
                if not (runs and self._free):
                    await self._rest()

    async def run_once(self) -> int:
        """Take the runs that are due and carry them out; how many there were."""
        runs = await self._take(self._at_once)
        outcomes = [await self._outcome(run) for run in runs]
        await self._endings.end([outcome for outcome in outcomes if outcome])
        return len(runs)

    async def _taken(self) -> list[LeasedRun]:
        try:
            return await self._take(self._free) if self._free else []
        except (Unavailable, Overloaded) as error:
            logger.warning("runs_wait", error=error.message)
            await self._clock.sleep(PAUSE_S)
            return []

    async def _take(self, most: int) -> list[LeasedRun]:
        now = self._clock.now_us()
        async with self._database.read() as conn:
            due_at = await schedule_runs.next_due(conn)
        if due_at is None or due_at > now:
            return []
        until = _from_now(self._clock, LEASE_S)
        return await self._database.write_queue.run(
            lambda conn: schedule_runs.take(conn, now=now, lease_until=until, limit=most)
        )

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _see_to(self, run: LeasedRun) -> None:
        try:
            if outcome := await self._outcome(run):
                await self._endings.put(outcome)
        except (Unavailable, Overloaded) as error:
            logger.warning("run_waits", run=run.id, error=error.message)
        finally:
            if not self._free:
                self._awake.set()
            self._free += 1

    async def _outcome(self, run: LeasedRun) -> CompletedRun | None:
        """What a run has come to; None when it will be tried again, by us or by somebody else."""
        if run.attempts > MAX_TAKEN:
            return CompletedRun(run, RunState.FAILED, note=f"was begun {MAX_TAKEN} times and never ended")
        failpoints.hit("run.before_work")
        try:
            done = await self._works[run.kind].carry_out(run, HeldRun(run, self._database, self._clock))
        except (Unavailable, Overloaded, LostRace) as error:
            logger.warning("run_waits", run=run.id, error=error.message)
            return None
        except Exception as error:
            logger.exception("run_failed", run=run.id, attempts=run.attempts)
            return await self._failed(run, error)
        return CompletedRun(run, _state_of(done), done.mailed, done.note, done.records)

    async def _failed(self, run: LeasedRun, error: Exception) -> CompletedRun | None:
        """The outcome of a last try; before that, a pause."""
        if run.attempts >= MAX_TRIES:
            return CompletedRun(run, RunState.FAILED, note=f"{type(error).__name__}: {error}")
        pause_s = RETRY_FIRST_S * RETRY_FACTOR ** (run.attempts - 1)
        until = _from_now(self._clock, pause_s)
        await self._database.write_queue.run(lambda conn: schedule_runs.extend_lease(conn, run, until=until))
        return None


def _state_of(done: RunResult) -> RunState:
    if done.is_failed:
        return RunState.FAILED
    return RunState.SKIPPED if done.is_skipped else RunState.DONE


def _from_now(clock: Clock, seconds: float) -> int:
    return clock.now_us() + int(seconds * US_PER_S)
