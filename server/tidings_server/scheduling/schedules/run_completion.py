"""Batched completion of runs: their rows, the records they append, and one event for each run."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Overloaded, Unavailable
from tidings_server.platform.turns_by_owner import TurnsByOwner
from tidings_server.scheduling.schedules.run_events import run_event
from tidings_server.scheduling.schedules.run_handler import RunOutcome
from tidings_server.scheduling.store import run_leases
from tidings_server.scheduling.store.run_leases import RunEnd
from tidings_server.scheduling.store.runs import LeasedRun, RunState
from tidings_server.storage.bisection import bisected, is_transient, set_aside
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 500
"""Rows of one transaction; the rows of one run are never split."""
PAUSE_S: Final = 0.5
COMPLETION: Final = "run_executor.completion"

logger = structlog.get_logger(__name__)


class CompletedRun(NamedTuple):
    """A run and its result."""

    run: LeasedRun
    result: RunOutcome

    @property
    def rows(self) -> int:
        return 2 + len(self.result.records)

    def records(self, at: int) -> list[EventRecord]:
        """All that is appended to the log when the run ends."""
        run, result = self.run, self.result
        event = run_event(
            run,
            kind=run.kind,
            subject=run.subject,
            tenant=run.tenant,
            state=result.state,
            mailed=result.mailed,
            note=result.note,
            at=at,
        )
        return [*result.records, event]


class RunCompletion:
    """Writes the results of runs in batches, of each tenant in turn. `put` returns only while `run` runs."""

    def __init__(self, database: Database, clock: Clock, *, on_complete: Callable[[], None]) -> None:
        """`on_complete` is called after each batch: later runs of the same schedules may wait for it."""
        self._database = database
        self._on_complete = on_complete
        self._clock = clock
        self._waiting: TurnsByOwner[tuple[CompletedRun, asyncio.Future[None]]] = TurnsByOwner()
        self._wake = asyncio.Event()

    async def put(self, run: LeasedRun, result: RunOutcome) -> None:
        """Complete a run; returns when that is durable, or when another process has taken the run over."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.add(run.tenant, (CompletedRun(run, result), written))
        self._wake.set()
        await written

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if batch := self._batch():
                await self._complete_batch([completed for completed, _ in batch])
                for _, written in batch:
                    if not written.done():
                        written.set_result(None)
                self._on_complete()
            else:
                self._wake.clear()
                await self._wake.wait()

    async def complete(self, completed: Sequence[CompletedRun]) -> None:
        """Write results in one transaction; those of runs that another process has taken over are left out."""
        if completed:
            at = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: self._complete(conn, completed, at=at))

    def _batch(self) -> list[tuple[CompletedRun, asyncio.Future[None]]]:
        batch: list[tuple[CompletedRun, asyncio.Future[None]]] = []
        rows = 0
        while self._waiting and (not batch or rows + self._waiting.peek()[0].rows <= MAX_ROWS):
            rows += self._waiting.peek()[0].rows
            batch.append(self._waiting.take())
        return batch

    async def _complete_batch(self, completed: Sequence[CompletedRun]) -> None:
        """Write results; a run whose result cannot be written is FAILED. Repeated until the database takes them."""
        heartbeat = heartbeats.current().part("completion")
        while True:
            try:
                with heartbeat.round():
                    return await bisected(completed, self.complete, refused=self._complete_failed)
            except (Unavailable, Overloaded, LostRace) as error:
                logger.warning("run_completion_waits", error=error.message)
                await self._clock.sleep(PAUSE_S)

    async def _complete_failed(self, completed: CompletedRun, error: Exception) -> None:
        """End a run as FAILED; when that cannot be written either, it is taken again when its lease has expired."""
        run = completed.run
        set_aside(COMPLETION, error, run=run.id, tenant=run.tenant)
        failed = RunOutcome(RunState.FAILED, note=f"could not be stored: {type(error).__name__}")
        try:
            await self.complete([CompletedRun(run, failed)])
        except Exception as again:
            if is_transient(again):
                raise
            set_aside(COMPLETION, again, run=run.id, tenant=run.tenant)

    async def _complete(self, conn: AsyncConnection, completed: Sequence[CompletedRun], *, at: int) -> None:
        leased = await run_leases.lock_leased(conn, [each.run for each in completed])
        ours = [each for each in completed if each.run.key in leased]
        if ours:
            ends = [RunEnd(run, result.state, result.mailed, result.note) for run, result in ours]
            await run_leases.complete(conn, ends, at=at)
            await events.append_in(conn, [record for each in ours for record in each.records(at)])
