"""The consumer that fills the search projection of workflow events and their audit records.

It follows two sequences: the log, which has every event, and the outcomes, which have the status of an event and
the audits of its run. Both have a cursor beside the rows, moved in the same transaction.

Far behind the log, an event of another API costs it 4 µs, read and passed over; a reader of its own, which asked the
log for its API alone, took 2 µs. Catching up 200,000 events a second is enough for one runner for all.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.checkpoints import SearchCheckpoints
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.stored_position import StoredPosition
from tidings_server.platform.clock import Clock
from tidings_server.platform.turns import BACKGROUND_S, Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.head import LogHead
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.storage.log.shards import in_shard, shard_of, start_of
from tidings_server.workflow.audits import EventStatus, headings
from tidings_server.workflow.entity_names import complete_names
from tidings_server.workflow.event_codec import ORCHESTRATION, ORCHESTRATION_AUDIT
from tidings_server.workflow.store import outcomes, search_names
from tidings_server.workflow.store import search as table
from tidings_server.workflow.store.outcomes import EventOutcome
from tidings_server.workflow.store.search import ProjectionCursor, SearchableEvent

EVENTS: Final = 1_000
OUTCOMES: Final = 100
"""Most of what one transaction takes; an outcome may have some hundred records."""
GATHER_S: Final = 0.2
"""Time that events and outcomes gather before they are copied, unless a search waits for them."""

_Rows = Sequence[tuple[Any, ...]]


class _ReadOutcomes(NamedTuple):
    """Outcomes after the number `cursor`, and the last event of the log when they had been read."""

    cursor: int | None
    outcomes: Sequence[EventOutcome]
    head: int


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The plan for some events and outcomes: rows of events and of runs, new names, the move of the outcome cursor."""

    shard: int
    covered: int
    events: _Rows
    runs: _Rows
    created: Sequence[SearchableEvent]
    """Events that created their entities, with all names of these."""
    old_outcome: int | None
    new_outcome: int | None

    @property
    def is_empty(self) -> bool:
        return not self.events and self.old_outcome == self.new_outcome

    async def apply(self, conn: AsyncConnection) -> None:
        if self.new_outcome is not None and self.new_outcome != self.old_outcome:
            await table.move_outcome_cursor(conn, self.shard, old=self.old_outcome, new=self.new_outcome)
        await table.add(conn, events=self.events, runs=self.runs)
        await search_names.complete(conn, self.created)


class RecordProjection:
    """Makes workflow events and audit records of a shard findable; `runner` drives it."""

    name = table.CONSUMER

    def __init__(self, database: Database, clock: Clock, shard: int = 0) -> None:
        self._shard = shard
        self._database = database
        self._outcomes = LogHead(0)
        self._stored_outcomes = StoredPosition(self._stored_outcome, clock)
        self._read = _ReadOutcomes(None, [], 0)
        self._planned = 0
        self._seen_version: int | None = None
        self.has_more = False
        self.runner = ConsumerRunner(
            self,
            feed=LogFeed(database, shard, headers_only=True),
            database=database,
            clock=clock,
            shard=shard,
            checkpoints=SearchCheckpoints(
                database,
                is_ahead=partial(table.is_ahead, shard=shard),
                start_over=partial(table.start_over, shard=shard),
            ),
            page_size=EVENTS,
            gather_s=GATHER_S,
            on_commit=lambda: self._outcomes.advance(self._planned),
            second_input=self,
        )

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        """Rows of an event depend on no other one."""
        return str(event.seq)

    async def read(self) -> None:
        """Read the next outcomes, before the log: what a run has sent is then never missing beside its outcome."""
        version = self._database.look.version(in_shard(outcomes.NUMBER_KIND, self._shard))
        if self.runner.is_quiet and version is not None and version == self._seen_version:
            self._read = _ReadOutcomes(self._read.cursor, [], self._database.heads[self._shard].seq)
            return
        async with self._database.read_search() as conn:
            cursor = await table.outcome_cursor(conn, self._shard)
        async with self._database.read() as conn:
            done = await outcomes.after(conn, cursor or start_of(self._shard), limit=OUTCOMES)
            self._read = _ReadOutcomes(cursor, done, await log.head(conn, self._shard))
        self._outcomes.advance(cursor or 0)
        self.has_more = len(done) == OUTCOMES
        self._seen_version = None if done else version

    async def plan(self, events: Sequence[StoredEvent]) -> RecordRows:
        """The rows of these events, and those of the outcomes that were read, as far as their events have rows."""
        upto = events[-1].seq if events else self.runner.position
        (old, done, head), self._read = self._read, self._read._replace(outcomes=[])
        is_behind = upto < head and len(events) < EVENTS
        done = [] if is_behind else list(takewhile(lambda outcome: outcome.seq <= upto, done))
        new = [event.seq for event in events if _is_ours(event)]
        found = await self._searchable({*new, *(outcome.seq for outcome in done)})
        self._planned = done[-1].number if done else old or 0
        runs: dict[Any, tuple[Any, ...]] = {}
        turn = Turn(BACKGROUND_S)
        for outcome in done:
            runs |= {row[0]: row for row in _rows_of_run(outcome, found)}
            await turn.give()
        rows = [table.row(found[seq], _first_status(found[seq])) for seq in new if seq in found]
        return RecordRows(
            self._shard,
            covered=len(events),
            events=[row for row in rows if row[0] not in runs],
            runs=list(runs.values()),
            created=[found[each.seq] for each in done if each.entity_key == each.seq and each.seq in found],
            old_outcome=old,
            new_outcome=done[-1].number if done else old,
        )

    async def _searchable(self, seqs: Collection[int]) -> Mapping[int, SearchableEvent]:
        if not seqs:
            return {}
        async with self._database.read() as conn:
            found = await table.envelopes_at(conn, seqs)
            return {event.seq: event for event in await complete_names(conn, list(found.values()))}

    async def reach(self, to: ProjectionCursor, timeout_s: float) -> None:
        """Wait until this event and this outcome can be found, at most `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.runner.reach(to.event, timeout_s)
                if not self.runner.is_here:
                    await self._stored_outcomes.reach(to.outcome, timeout_s)
                elif self._outcomes.seq < to.outcome:
                    self.runner.wake()
                    await self._outcomes.wait(to.outcome - 1, timeout_s)

    async def _stored_outcome(self) -> int:
        async with self._database.read_search() as conn:
            return await table.outcome_cursor(conn, self._shard) or start_of(self._shard)


class RecordReader(Protocol):
    """The projection as queries see it: that of all shards, or of the one of a log without shards."""

    async def reach(self, to: ProjectionCursor, timeout_s: float) -> None:
        """Wait until this event and this outcome can be found, at most `timeout_s`."""
        ...


class RecordProjections:
    """The projections of all shards, in their order."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._projections = [RecordProjection(database, clock, shard) for shard in range(database.shards)]
        self.runners = ShardRunners(database.shards, lambda shard: self._projections[shard].runner)

    async def reach(self, to: ProjectionCursor, timeout_s: float) -> None:
        """Wait as `RecordProjection.reach`, in the shard of the event. Raises Unavailable for an unknown one."""
        await self._projections[self.runners[shard_of(to.event)].shard].reach(to, timeout_s)


def _rows_of_run(outcome: EventOutcome, found: Mapping[int, SearchableEvent]) -> Iterator[tuple[Any, ...]]:
    event = found.get(outcome.seq)
    if event is None:
        return
    named = event._replace(entity_id=event.entity_id or outcome.entity_id)
    yield table.row(named, outcome.status)
    yield from table.rows_of_run(named._replace(type=ORCHESTRATION_AUDIT), headings(outcome.audits))


def _is_ours(event: StoredEvent) -> bool:
    """Whether an event is found by its own row; audit records in the log are found through their outcome."""
    return event.api == Api.ORCHESTRATION and event.type != ORCHESTRATION_AUDIT


def _first_status(event: SearchableEvent) -> str:
    """The status of an event that has not run: those that run nothing are finished when they are stored."""
    return (EventStatus.PENDING if event.type == ORCHESTRATION else EventStatus.SUCCESS).value
