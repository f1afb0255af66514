"""Reading the log as it grows, and what reads it: reactors.

Three ports: a `Feed` gives the events in order, a `Consumer` says what follows from some of them, and its `Plan` writes
that down. `reactors.ReactorRunner` puts them together.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent


class Feed(Protocol):
    """All tenants' events in the order of the log. Positions are event numbers; gaps mean nothing."""

    async def head(self) -> int:
        """The number of the last event."""
        ...

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Events after `after`, in order, at most `limit`; empty only when there are none. Bodies of about 4 MiB."""
        ...

    async def wait(self, after: int, timeout_s: float) -> int:
        """The head, as soon as it is past `after` or after `timeout_s`."""
        ...


class Plan(Protocol):
    """The effects of some events, worked out beforehand."""

    @property
    def covered(self) -> int:
        """How many of the events given to `plan` these effects are of, from the first on.

        At least 1, and so few that a unit changes about 500 rows at most; the others are planned again.
        """
        ...

    @property
    def is_empty(self) -> bool:
        """Whether nothing follows from the events covered; the runner then moves the cursor with a later unit."""
        ...

    async def apply(self, conn: AsyncConnection) -> None:
        """Write the effects: statements on `conn` only, prepared before. May be called again after a failure.

        The runner moves the cursor in the same transaction. LostRace makes it read and plan anew; an empty plan, too,
        raises it when what it stands on has changed.
        """
        ...


class Consumer(Protocol):
    """Something that follows from events, exactly once in the database for each."""

    @property
    def name(self) -> str:
        """Its name for ever: the cursor and the retries are found by it."""
        ...

    def key(self, event: StoredEvent) -> str:
        """What must stay in order: events of one key take effect in the order of the log, whatever fails."""
        ...

    async def plan(self, events: Sequence[StoredEvent]) -> Plan:
        """Work out the effects of these events; they are not empty, and in order.

        Reads what it likes and writes nothing. An exception is the events' own failure: the runner finds out whose,
        and tries that one again later. Unavailable, Overloaded and LostRace are nobody's: all are tried again.
        """
        ...


class SqlFeed:
    """The feed over the database's own log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> int:
        return self._database.head.seq

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        events = self._database.log_cache.after(after, limit)
        if events is not None:
            return events
        if self._database.head.seq <= after:
            return []
        async with self._database.read() as conn:
            return await log.page(conn, after=after, limit=limit)

    async def wait(self, after: int, timeout_s: float) -> int:
        return await self._database.head.wait(after, timeout_s)
