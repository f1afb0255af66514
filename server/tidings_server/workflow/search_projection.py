"""The projection that workflow events and their audit records are searched in, filled without slowing down ingest."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Any, Final

from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace, Unavailable
from tidings_server.storage.database import Database
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.log import events as log
from tidings_server.storage.log.head import LogHead
from tidings_server.storage.log.records import Api
from tidings_server.workflow.audits import EventStatus, headings
from tidings_server.workflow.event_codec import ORCHESTRATION, ORCHESTRATION_AUDIT
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store import search as table
from tidings_server.workflow.store.outcomes import RunOutcome
from tidings_server.workflow.store.search import ProjectionCursor, SearchableEvent

EVENTS: Final = 1_000
OUTCOMES: Final = 100
"""What one unit takes in; an outcome may have some hundred records."""
GATHER_S: Final = 0.2
"""How long events and outcomes gather before they are copied, unless a search waits for them."""
PAUSE_S: Final = 0.5

_Rows = Sequence[tuple[Any, ...]]


class RecordProjection:
    """Copies what can be searched for from the log and the outcomes. `run` it, in every process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._events = LogHead(0)
        self._outcomes = LogHead(0)
        self._at: ProjectionCursor | None = None
        self._is_wanted = asyncio.Event()

    @property
    def position(self) -> int:
        """The last event that can be found, as far as this process knows."""
        return self._events.seq

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            try:
                if not await self.run_once():
                    await self._wait()
            except Unavailable:
                await self._clock.sleep(PAUSE_S)

    async def run_once(self) -> bool:
        """Copy the next batch; whether it was a full one. Raises Unavailable when the database fails."""
        try:
            old = self._at or await self._here()
            rows, new, is_full = await self._next_rows(old)
            if new != old:
                await self._database.search_writer.run(lambda conn: table.take_in(conn, rows, old=old, new=new))
                self._note(new)
        except LostRace:
            self._at = None
            return True
        except Exception as error:
            if fault := storage_fault(error):
                raise fault from error
            raise
        return is_full

    async def reach(self, to: ProjectionCursor, timeout_s: float) -> None:
        """Wait until this event and this outcome can be found, at most `timeout_s`."""
        if self._at is None:
            await self._here()
        if self.position >= to.event and self._outcomes.seq >= to.outcome:
            return
        self._is_wanted.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._events.wait(to.event - 1, timeout_s)
                await self._outcomes.wait(to.outcome - 1, timeout_s)

    async def _here(self) -> ProjectionCursor:
        """How far the projection is; one that is further than the log is another log's, and is emptied."""
        async with self._database.read_search() as conn:
            at = await table.cursor(conn)
        async with self._database.read() as conn:
            end = ProjectionCursor(*await outcomes.ends(conn))
        if at.event > end.event or at.outcome > end.outcome:
            await self._database.search_writer.run(table.start_over)
            at = ProjectionCursor(0, 0)
        self._note(at)
        return at

    async def _next_rows(self, old: ProjectionCursor) -> tuple[_Rows, ProjectionCursor, bool]:
        """The next rows, how far they lead, and whether there may be more.

        An event that has run by now is written once, with its state. Outcomes are read before the events, so that what
        a run has sent is never missing beside its outcome.
        """
        async with self._database.read() as conn:
            done = await outcomes.after(conn, old.outcome, limit=OUTCOMES)
            head = await log.head(conn)
            upto = min(old.event + EVENTS, head)
            events = self._database.log_cache.after(old.event, upto - old.event, reaching=head)
            envelopes = (
                await table.envelopes(conn, after=old.event, upto=upto)
                if events is None
                else [table.envelope_of(event) for event in events if event.api == Api.ORCHESTRATION]
            )
            is_full = upto < head or len(done) == OUTCOMES
            done = list(takewhile(lambda outcome: outcome.seq <= upto, done))
            found = await table.envelopes_at(conn, [outcome.seq for outcome in done]) if done else {}
        rows = {
            row[0]: row for event in envelopes if _is_ours(event) for row in [table.row(event, _first_status(event))]
        }
        rows |= {row[0]: row for row in _rows_of_runs(done, found)}
        return list(rows.values()), ProjectionCursor(upto, done[-1].number if done else old.outcome), is_full

    def _note(self, at: ProjectionCursor) -> None:
        self._at = at
        self._events.advance(at.event)
        self._outcomes.advance(at.outcome)

    async def _wait(self) -> None:
        """A pause that a search ends; the log's head says nothing of runs that only have an outcome."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                await self._is_wanted.wait()
        self._is_wanted.clear()


def _rows_of_runs(done: Sequence[RunOutcome], found: Mapping[int, SearchableEvent]) -> Iterator[tuple[Any, ...]]:
    for outcome in done:
        event = found.get(outcome.seq)
        if event is None:
            continue
        yield table.row(event, outcome.status)
        about = event._replace(entity_id=event.entity_id or outcome.entity_id, type=ORCHESTRATION_AUDIT)
        yield from table.rows_of_run(about, headings(outcome.audits))


def _is_ours(event: SearchableEvent) -> bool:
    """Records that subscriptions asked for are in the log too; they are found through their outcome."""
    return event.api == Api.ORCHESTRATION and event.type != ORCHESTRATION_AUDIT


def _first_status(event: SearchableEvent) -> str:
    """Events that run nothing have come to their end with being stored."""
    return (EventStatus.PENDING if event.type == ORCHESTRATION else EventStatus.SUCCESS).value
