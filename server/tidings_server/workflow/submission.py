"""Submission of workflow events: stored for the consumer to run, and the outcome awaited where the caller wants it."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from tidings_server.log.events import EventLog
from tidings_server.platform.shared_read import SharedRead
from tidings_server.platform.signals import Signal
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Appended, EventRecord
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.entity_names import check_names, may_contradict
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.outcomes import EventOutcome

MAX_WAIT_S: Final = 30.0
ANSWER_S: Final = 0.2
"""Rest of the caller's deadline that the answer needs to arrive."""
POLL_S: Final = 0.05
"""Time between two reads of the outcome where another process may have run the event."""

WaiterKey = tuple[int, str]
"""Tenant number and event id: known before the event has a position in the log."""


class CompletionWaiters:
    """Callers of this process that wait for the outcomes of events; `has_waiters` is set as long as there is one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.has_waiters = Signal()
        self._waiters: dict[WaiterKey, list[asyncio.Future[EventOutcome]]] = {}
        self._stored = SharedRead(self._read)

    @contextmanager
    def waiter(self, key: WaiterKey) -> Iterator[asyncio.Future[EventOutcome]]:
        """A waiter for one event. Enter before the event is stored: it may run before its caller knows its position."""
        waiter: asyncio.Future[EventOutcome] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(key, []).append(waiter)
        self.has_waiters.set()
        try:
            yield waiter
        finally:
            waiters = self._waiters[key]
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[key]
            if not self._waiters:
                self.has_waiters.clear()

    async def outcome(self, waiter: asyncio.Future[EventOutcome], *, seq: int, timeout_s: float) -> EventOutcome | None:
        """The outcome of the waiter's event, which is at `seq`; None when there is none within `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                if self._database.is_shared:  # other processes may run the event
                    await self._poll(waiter, seq)
                return await waiter
        return None

    def complete(self, committed: Mapping[WaiterKey, EventOutcome]) -> None:
        """Wake the callers whose events have an outcome, which is durable by now."""
        for key in self._waiters.keys() & committed.keys():
            for waiter in self._waiters[key]:
                if not waiter.done():
                    waiter.set_result(committed[key])

    async def _poll(self, waiter: asyncio.Future[EventOutcome], seq: int) -> None:
        """Read the outcome until it is there, whichever process has run the event."""
        while not waiter.done():
            await asyncio.wait([waiter], timeout=POLL_S)
            if not waiter.done() and (stored := await self._stored.get(seq)) and not waiter.done():
                waiter.set_result(stored)

    async def _read(self, seqs: Collection[int]) -> Mapping[int, EventOutcome]:
        async with self._database.read() as conn:
            return await outcomes.of(conn, list(seqs))


class SubmissionResult(NamedTuple):
    """Outcome of a sync event, or PENDING. `entity_id` is the one that was sent, else the entity's own."""

    event_id: str
    entity_id: str | None
    status: EventStatus


class EventSubmission:
    """Use cases of async and sync events. An id that comes again with the same body is stored and run once."""

    def __init__(self, database: Database, events: EventLog, waiters: CompletionWaiters) -> None:
        self._database = database
        self._events = events
        self._waiters = waiters

    async def submit(self, record: EventRecord, *, is_fresh: bool) -> Appended:
        """Store an event durably.

        Raises InvalidInput for names of two entities, Conflict for an id that another body has, and the write queue's
        errors.
        """
        if may_contradict(record):
            async with self._database.read_inline() as conn:
                await check_names(conn, record)
        [appended] = await self._events.append([record], is_fresh=is_fresh)
        return appended

    async def submit_and_wait(
        self, record: EventRecord, *, is_fresh: bool, deadline_s: float | None
    ) -> SubmissionResult:
        """Store an event and wait until its workflow has run it, at most 30 s, or 0.2 s less than `deadline_s`.

        Past that it is PENDING, and runs in the background. Raises as `submit`.
        """
        timeout_s = min(MAX_WAIT_S, MAX_WAIT_S if deadline_s is None else deadline_s) - ANSWER_S
        with self._waiters.waiter((record.tenant_id, record.event_id)) as waiter:
            appended = await self.submit(record, is_fresh=is_fresh)
            outcome = await self._repeated(appended) or await self._waiters.outcome(
                waiter, seq=appended.seq, timeout_s=max(timeout_s, 0.0)
            )
        if outcome is None:
            return SubmissionResult(record.event_id, record.entity_id, EventStatus.PENDING)
        return SubmissionResult(record.event_id, record.entity_id or outcome.entity_id, EventStatus(outcome.status))

    async def _repeated(self, appended: Appended) -> EventOutcome | None:
        """The outcome of an event that was stored before."""
        if appended.existing is None:
            return None
        async with self._database.read() as conn:
            return (await outcomes.of(conn, [appended.seq])).get(appended.seq)
