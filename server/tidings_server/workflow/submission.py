"""Workflow events in: stored to be run in their turn, and waited for where somebody wants to know the end."""

from typing import Final, NamedTuple

from tidings_server.log.events import EventLog
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Appended, EventRecord
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.completion_waiters import CompletionWaiters
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.outcomes import RunOutcome

MAX_WAIT_S: Final = 30.0
ANSWER_S: Final = 0.2
"""What is left of the caller's deadline for the answer to reach it."""


class SubmissionResult(NamedTuple):
    """What became of an event, or PENDING. `entity_id` is as it was sent, else the entity's own."""

    event_id: str
    entity_id: str | None
    status: EventStatus


class EventSubmission:
    """The two use cases. An id that comes again with the same body is stored and run once."""

    def __init__(self, database: Database, events: EventLog, turns: CompletionWaiters) -> None:
        self._database = database
        self._events = events
        self._turns = turns

    async def store(self, record: EventRecord, *, is_fresh: bool) -> Appended:
        """Stores an event, durably. Raises Conflict for an id that another body has, and the lane's errors."""
        [appended] = await self._events.append([record], is_fresh=is_fresh)
        return appended

    async def run(self, record: EventRecord, *, is_fresh: bool, deadline_s: float | None) -> SubmissionResult:
        """Stores an event and waits until its workflow has run it, at most 30 s, or 0.2 s less than `deadline_s`.

        Past that it is PENDING, and runs in the background. Raises as `store`.
        """
        timeout_s = min(MAX_WAIT_S, MAX_WAIT_S if deadline_s is None else deadline_s) - ANSWER_S
        with self._turns.waiting((record.tenant_id, record.event_id)) as turn:
            appended = await self.store(record, is_fresh=is_fresh)
            outcome = await self._known(appended) or await turn.outcome(appended.seq, max(timeout_s, 0.0))
        if outcome is None:
            return SubmissionResult(record.event_id, record.entity_id, EventStatus.PENDING)
        return SubmissionResult(record.event_id, record.entity_id or outcome.entity_id, EventStatus(outcome.status))

    async def _known(self, appended: Appended) -> RunOutcome | None:
        """The outcome of an event that came before."""
        if appended.existing is None:
            return None
        async with self._database.read() as conn:
            return (await outcomes.of(conn, [appended.seq])).get(appended.seq)
