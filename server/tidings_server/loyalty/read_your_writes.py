"""Freshness: waiting until a customer's earlier events have taken effect, so that an answer reads its own writes."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.events import UNSETTLED, key_of, kind_of
from tidings_server.loyalty.store import pending_events
from tidings_server.storage.database import Database

WAIT_S: Final = 2.0
"""Source: WIRE.md 003 (c), basket and redemption calls wait at most so long."""
LOOK_S: Final = 0.05
"""How often it is looked at where another process may have run the events."""

Name = tuple[int, str]
"""Tenant number and customer id."""


class Freshness:
    """Who waits in this process; `is_waited_for` is set as long as anybody does, so that the reactor does not rest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_waited_for = asyncio.Event()
        self._progress = asyncio.Event()
        self._waiting = 0
        self._runner: ConsumerRunner | None = None

    def follow(self, runner: ConsumerRunner) -> None:
        """Ask this process's own runner first, which may know without the database."""
        self._runner = runner

    def behind(self, names: Collection[Name]) -> set[Name] | None:
        """Which of these customers are waited for; None when only the database knows."""
        events = self._runner.pending() if self._runner else None
        if events is None:
            return None
        ids = {customer_id for _, customer_id in names}
        theirs = (event for event in events if event.root_id in ids and kind_of(event) in UNSETTLED)
        return {(event.tenant_id, str(event.root_id)) for event in theirs} & set(names)

    def committed(self) -> None:
        """A unit of the reactor is durable."""
        self._progress.set()
        self._progress = asyncio.Event()

    async def wait(self, tenant: int, customer_id: str, *, timeout_s: float = WAIT_S) -> bool:
        """Until all that was stored of the customer before has taken effect; false when that takes too long."""
        name = tenant, customer_id
        with suppress(TimeoutError), self.waiting():
            async with asyncio.timeout(timeout_s):
                while True:
                    progress = self._progress
                    if name not in await self._behind(name):
                        return True
                    await self.progress(progress)
        return False

    async def _behind(self, name: Name) -> set[Name]:
        known = self.behind([name])
        if known is not None:
            return known
        async with self._database.read() as conn:
            return await behind(conn, [name])

    async def progress(self, since: asyncio.Event | None = None) -> None:
        """Until the reactor goes on, or for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await (since or self._progress).wait()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def begin(self) -> None:
        """Somebody begins to wait, and will `end`."""
        self._waiting += 1
        self.is_waited_for.set()

    def end(self) -> None:
        """Somebody waits no longer."""
        self._waiting -= 1
        if not self._waiting:
            self.is_waited_for.clear()


async def behind(conn: AsyncConnection, names: Collection[Name]) -> set[Name]:
    """Which of these customers have events in the log that have not taken effect."""
    if not names:
        return set()
    keys = {key_of(*name): name for name in names}
    found = await pending_events.behind(
        conn, LoyaltyConsumer.name, kinds=_KINDS, customers={customer_id for _, customer_id in names}, keys=keys
    )
    if found.is_far:
        return set(names)
    return (found.customers & set(names)) | {keys[key] for key in found.keys}


_KINDS: Final = [kind.value for kind in UNSETTLED]
