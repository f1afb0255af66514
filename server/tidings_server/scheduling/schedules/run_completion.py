"""The ends of runs, written together: their rows, what they append, and the event of each."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.scheduling.schedules.run_events import run_event
from tidings_server.scheduling.store import runs
from tidings_server.scheduling.store.runs import LeasedRun, RunEnd, RunState
from tidings_server.storage.database import Database
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 500
"""Rows of one unit; one run's are never parted."""
PAUSE_S: Final = 0.5

logger = structlog.get_logger(__name__)


class CompletedRun(NamedTuple):
    """What a run has come to."""

    run: LeasedRun
    state: RunState
    mailed: int = 0
    note: str = ""
    records: Sequence[EventRecord] = ()

    @property
    def rows(self) -> int:
        return 2 + len(self.records)


class RunCompletion:
    """Writes how runs have ended. `run` it, for `put` to return."""

    def __init__(self, database: Database, clock: Clock, *, on_ended: Callable[[], None]) -> None:
        """`on_ended` hears of every batch: later runs of the same schedules may have waited for it."""
        self._database = database
        self._on_ended = on_ended
        self._clock = clock
        self._waiting: deque[tuple[CompletedRun, asyncio.Future[None]]] = deque()
        self._awake = asyncio.Event()

    async def put(self, outcome: CompletedRun) -> None:
        """Returns when the end is durable, or somebody else holds the run."""
        ended = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, ended))
        self._awake.set()
        await ended

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if batch := self._batch():
                await self._end_somehow([outcome for outcome, _ in batch])
                for _, ended in batch:
                    if not ended.done():
                        ended.set_result(None)
                self._on_ended()
            else:
                self._awake.clear()
                await self._awake.wait()

    async def end(self, outcomes: Sequence[CompletedRun]) -> None:
        """Write them in one unit; those whose run is not ours any more are left out."""
        if outcomes:
            at = self._clock.now_us()
            await self._database.write_queue.run(lambda conn: self._end(conn, outcomes, at=at))

    def _batch(self) -> list[tuple[CompletedRun, asyncio.Future[None]]]:
        batch: list[tuple[CompletedRun, asyncio.Future[None]]] = []
        rows = 0
        while self._waiting and (not batch or rows + self._waiting[0][0].rows <= MAX_ROWS):
            rows += self._waiting[0][0].rows
            batch.append(self._waiting.popleft())
        return batch

    async def _end_somehow(self, outcomes: Sequence[CompletedRun]) -> None:
        """Write them; where that fails each alone, and who fails alone has failed. Never raises for what a run did."""
        while True:
            try:
                return await self.end(outcomes)
            except (Unavailable, Overloaded) as error:
                logger.warning("ends_of_runs_wait", error=error.message)
                await self._clock.sleep(PAUSE_S)
            except Exception as error:
                if len(outcomes) > 1:
                    for outcome in outcomes:
                        await self._end_somehow([outcome])
                    return None
                [outcome] = outcomes
                logger.exception("run_not_stored", run=outcome.run.id)
                if outcome.state is RunState.FAILED:
                    return None  # it will be taken again when its lease has run out
                outcomes = [
                    CompletedRun(outcome.run, RunState.FAILED, note=f"could not be stored: {type(error).__name__}")
                ]

    async def _end(self, conn: AsyncConnection, outcomes: Sequence[CompletedRun], *, at: int) -> None:
        held = await runs.lock_leased(conn, [outcome.run for outcome in outcomes])
        ours = [outcome for outcome in outcomes if outcome.run.key in held]
        if ours:
            await runs.complete(conn, [RunEnd(*outcome[:4], at) for outcome in ours])
            await events.append_in(conn, [record for outcome in ours for record in _records(outcome, at)])


def _records(outcome: CompletedRun, at: int) -> list[EventRecord]:
    run = outcome.run
    event = run_event(
        run,
        kind=run.kind,
        subject=run.subject,
        tenant=run.tenant,
        state=outcome.state,
        mailed=outcome.mailed,
        note=outcome.note,
        at=at,
    )
    return [*outcome.records, event]
