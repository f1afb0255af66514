"""Execution of runs: taken under a lease, handled, and completed together with the records that they append.

The runs of a process that dies keep their leases; another process takes them over when these expire. A run that is
taken over writes again what it has written, without effect (see `run_handler`), and only the process that holds its
lease completes it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.quotas import Quotas
from tidings_server.platform import failpoints, heartbeats
from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import LostRace, Overloaded, TidingsError, Unavailable
from tidings_server.platform.heartbeats import Heartbeat
from tidings_server.platform.pool_slots import SlotShares
from tidings_server.scheduling.schedules.run_completion import CompletedRun, RunCompletion
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunHandler, RunOutcome, RunState, ScheduleKind
from tidings_server.scheduling.store import run_leases
from tidings_server.storage.bisection import PausedRows, bisected, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.shared_look import rest

LEASE_S: Final = 60
"""Length of a lease where no other process could take over."""
SHARED_LEASE_S: Final = 8
"""Length of a lease between processes, which each renews; as long wait the runs of one that has died."""
RENEW_S: Final = 2.0
MAX_ATTEMPTS: Final = 5
RETRY_FIRST_S: Final = 2
RETRY_FACTOR: Final = 4
"""Pauses between attempts: 2, 8, 32 and 128 seconds."""
MAX_LEASES: Final = 60
"""A run that ends processes, or always finds the server busy, fails after so many leases: about an hour."""
MAX_CONCURRENCY: Final = 200
"""Runs that one process handles at the same time; the last of them only of tenants that have few."""
POLL_S: Final = 0.5
"""Longest time until a run is noticed that another process has created."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class DatabaseRunLease:
    """The lease of a run that this process has taken, as `RunLease`."""

    def __init__(self, run: LeasedRun, database: Database, clock: Clock, *, length_s: int = LEASE_S) -> None:
        self._run = run
        self._length_s = length_s
        self._database = database
        self._clock = clock

    async def commit(self, transaction: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        async def under_lease(conn: AsyncConnection) -> None:
            if not await run_leases.extend_lease(conn, self._run, until=_from_now(self._clock, self._length_s)):
                raise LostRace
            await transaction(conn)

        await self._database.write_queue.run(under_lease)
        failpoints.hit("run.after_chunk")


class RunExecutor:
    """Takes runs that are due and handles them. Every process runs one (`run`)."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[ScheduleKind, RunHandler],
        clock: Clock,
        *,
        max_concurrency: int = MAX_CONCURRENCY,
        quotas: Quotas | None = None,
    ) -> None:
        """The runs of tenants that `quotas` name as exhausted wait."""
        self._quotas = quotas
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._refused = PausedRows(clock)
        self._wake = asyncio.Event()
        self._lease_s = SHARED_LEASE_S if database.is_shared else LEASE_S
        self._running: dict[int, LeasedRun] = {}
        self._completion = RunCompletion(database, clock, on_complete=self._wake.set)
        self._max_concurrency = max_concurrency
        self._slots = SlotShares[int](max_concurrency)
        self._next_due = database.look.fact("runs_due", run_leases.NEXT_DUE)

    def wake(self) -> None:
        """Look for new runs at once."""
        self._wake.set()

    async def recover(self) -> None:
        """Before `run`, on an embedded database: end all leases, since no other process can hold one."""
        if not self._database.is_shared:
            now = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: run_leases.release_leases(conn, now=now))

    async def run(self) -> None:
        """Until cancelled. The leases of runs in progress are then given back: another process takes them over."""
        try:
            await self._run()
        finally:
            await self._set_leases(0)

    async def _run(self) -> None:
        heartbeat = heartbeats.current()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._completion.run())
            group.create_task(self._renew())
            while True:
                self._wake.clear()
                runs = await self._take_free(heartbeat)
                for run in runs:
                    self._slots.take(run.tenant)
                    self._running[run.key] = run
                    group.create_task(self._execute(run))
                if not (runs and self._slots.room()[0]):
                    await self._rest()

    async def run_once(self) -> int:
        """Take the runs that are due and handle them; returns how many there were."""
        runs = await self._take(self._max_concurrency)
        results = [(run, await self._handle(run)) for run in runs]
        await self._completion.complete([CompletedRun(run, result) for run, result in results if result])
        return len(runs)

    async def _take_free(self, heartbeat: Heartbeat) -> list[LeasedRun]:
        try:
            with heartbeat.round():
                room, full = self._slots.room()
                return await self._take(room, without=full) if room else []
        except (Unavailable, Overloaded) as error:
            logger.warning("runs_wait", error=error.message)
            await self._clock.sleep(PAUSE_S)
            return []

    async def _take(self, limit: int, *, without: frozenset[int] = frozenset()) -> list[LeasedRun]:
        now = self._clock.now_us()
        waiting = without | (self._quotas.exhausted() if self._quotas else frozenset())
        async with self._database.read() if waiting else self._database.read_inline() as conn:
            due_at = await run_leases.next_due(conn, without=waiting)
        if due_at is None or due_at > now:
            return []
        until = _from_now(self._clock, self._lease_s)
        take = partial(run_leases.take, now=now, lease_until=until, limit=limit, without=waiting)
        try:
            if not self._refused.active():
                return await self._database.write_queue.run(take)
        except Exception as error:
            if is_transient(error):
                raise
        return await self._take_apart(take, now=now, limit=limit, without=waiting)

    async def _take_apart(
        self,
        take: Callable[..., Awaitable[list[LeasedRun]]],
        *,
        now: int,
        limit: int,
        without: Collection[int],
    ) -> list[LeasedRun]:
        """Take runs of which one cannot be taken: the others."""
        refused, taken = self._refused.active(), list[LeasedRun]()
        async with self._database.read() as conn:
            keys = await run_leases.due_keys(conn, now=now, limit=limit + len(refused), without=without)

        async def take_these(only: Sequence[int]) -> None:
            taken.extend(await self._database.write_queue.run(lambda conn: take(conn, only=only)))

        await bisected([key for key in keys if key not in refused][:limit], take_these, refused=self._set_aside)
        return taken

    async def _set_aside(self, key: int, error: Exception) -> None:
        """Leave out a run that cannot be taken, for a while."""
        set_aside("runs", error, run=key)
        self._refused.add(key)

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(RENEW_S)
            if self._lease_s == SHARED_LEASE_S:
                await self._set_leases(self._lease_s)

    async def _set_leases(self, length_s: int) -> None:
        """Let the leases of the runs in progress end in `length_s`; what fails here, time will do."""
        runs, until = list(self._running.values()), _from_now(self._clock, length_s)
        if runs:
            with suppress(Unavailable, Overloaded):
                await self._database.write_queue.run(lambda conn: run_leases.renew(conn, runs, until=until))

    async def _rest(self) -> None:
        await rest(
            self._wake, interval_s=self._pause_s, may_be_work=lambda: self._next_due.is_due(self._clock.now_us())
        )

    def _pause_s(self) -> float:
        return self._next_due.pause_s(self._clock.now_us(), poll_s=POLL_S)

    async def _execute(self, run: LeasedRun) -> None:
        try:
            if result := await self._handle(run):
                await self._completion.put(run, result)
        except (Unavailable, Overloaded) as error:
            logger.warning("run_waits", run=run.id, error=error.message)
        except Exception:  # the worker's loop: the run is taken again when its lease has expired
            logger.exception("run_failed", run=run.id, attempts=run.attempts)
        finally:
            if self._slots.are_scarce:
                self._wake.set()
            self._slots.give(run.tenant)
        self._running.pop(run.key, None)  # unless it was cancelled: then its lease is given back

    async def _handle(self, run: LeasedRun) -> RunOutcome | None:
        """The result of a run; None when it will be handled again, by this process or another."""
        if run.attempts > MAX_LEASES:
            return RunOutcome(RunState.FAILED, note=f"was begun {MAX_LEASES} times and never ended")
        failpoints.hit("run.before_work")
        try:
            lease = DatabaseRunLease(run, self._database, self._clock, length_s=self._lease_s)
            return await self._handlers[run.kind].handle(run, lease)
        except (Unavailable, Overloaded, LostRace) as error:
            logger.warning("run_waits", run=run.id, error=error.message)
            return None
        except Exception as error:
            logger.exception("run_failed", run=run.id, attempts=run.attempts)
            return await self._after_failure(run, error)

    async def _after_failure(self, run: LeasedRun, error: Exception) -> RunOutcome | None:
        """The result after the last attempt; before that, None and a pause."""
        note = f"attempt {run.attempts} of {MAX_ATTEMPTS} failed: {_reason(error)}"
        if run.attempts >= MAX_ATTEMPTS:
            return RunOutcome(RunState.FAILED, note=note)
        pause_s = RETRY_FIRST_S * RETRY_FACTOR ** (run.attempts - 1)
        until = _from_now(self._clock, pause_s)
        self._running.pop(run.key, None)
        await self._database.write_queue.run(lambda conn: run_leases.postpone(conn, run, until=until, note=note))
        return None


def _reason(error: Exception) -> str:
    """Reason of a failure for the schedule's owner; the text of an error that is not ours may hold anything."""
    return error.message if isinstance(error, TidingsError) else f"an internal error ({type(error).__name__})"


def _from_now(clock: Clock, seconds: float) -> int:
    return clock.now_us() + int(seconds * US_PER_S)
