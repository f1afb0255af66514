"""Turns: callers who wait for the outcomes of their events."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from tidings_server.storage.database import Database
from tidings_server.workflow.store import outcomes
from tidings_server.workflow.store.outcomes import RunOutcome

LOOK_S: Final = 0.25
"""How often the outcome is looked for where another process may have run the event."""

EventKey = tuple[int, str]
"""Tenant number and event id: known before the event has a number."""


class CompletionWaiter:
    """One caller's wait for one event."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settled: asyncio.Future[RunOutcome] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: RunOutcome) -> None:
        if not self._settled.done():
            self._settled.set_result(outcome)

    async def outcome(self, seq: int, timeout_s: float) -> RunOutcome | None:
        """What became of the event, which is at `seq`; None when its turn has not come within `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                if not self._is_alone:
                    await self._look(seq)
                return await self._settled
        return None

    async def _look(self, seq: int) -> None:
        """Return when the event has an outcome, whoever has run it."""
        while not self._settled.done():
            await asyncio.wait([self._settled], timeout=LOOK_S)
            async with self._database.read() as conn:
                found = await outcomes.of(conn, [seq])
            if seq in found:
                self.settle(found[seq])

    @property
    def _is_alone(self) -> bool:
        """Whether no other process runs events."""
        return self._database.dialect == "sqlite"


class CompletionWaiters:
    """Everybody who waits in this process; `is_waited_for` is set as long as anybody does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_waited_for = asyncio.Event()
        self._waiting: dict[EventKey, list[CompletionWaiter]] = {}

    @contextmanager
    def waiting(self, name: EventKey) -> Iterator[CompletionWaiter]:
        """A turn to wait for. Enter before the event is stored: it may be run before its caller knows its number."""
        turn = CompletionWaiter(self._database)
        self._waiting.setdefault(name, []).append(turn)
        self.is_waited_for.set()
        try:
            yield turn
        finally:
            turns = self._waiting[name]
            turns.remove(turn)
            if not turns:
                del self._waiting[name]
            if not self._waiting:
                self.is_waited_for.clear()

    def settle(self, done: Mapping[EventKey, RunOutcome]) -> None:
        """Tell everybody whose event has an outcome, which is durable by now."""
        for name in self._waiting.keys() & done.keys():
            for turn in self._waiting[name]:
                turn.settle(done[name])
