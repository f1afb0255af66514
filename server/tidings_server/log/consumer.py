"""Consumers of the log and the effects that they plan; `consumer_runner.ConsumerRunner` drives one."""

from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log.records import StoredEvent


class Plan(Protocol):
    """The effects of some events, worked out before the transaction that writes them."""

    @property
    def covered(self) -> int:
        """Number of the planned events, from the first on, whose effects these are.

        At least 1, and so few that a transaction changes about 500 rows at most; the others are planned again.
        """
        ...

    @property
    def is_empty(self) -> bool:
        """Whether the covered events have no effect; the runner then moves the cursor with a later transaction."""
        ...

    async def apply(self, conn: AsyncConnection) -> None:
        """Write the effects: statements on `conn` only, prepared before. May be called again after a failure.

        The runner moves the cursor in the same transaction. LostRace makes it read and plan anew; an empty plan, too,
        raises it when what it stands on has changed.
        """
        ...


class NoEffect:
    """The plan for events that do not concern the consumer."""

    covered = 0
    is_empty = True

    async def apply(self, conn: AsyncConnection) -> None:
        """Write nothing."""


NO_EFFECT: Final = NoEffect()


class Consumer(Protocol):
    """A reader of the log whose effects are committed with its cursor: exactly once for each event."""

    @property
    def name(self) -> str:
        """The key of its cursor and of its failed events in the database; never changed."""
        ...

    def concerns(self, event: StoredEvent) -> bool:
        """Whether the event may have an effect, by what it says itself; no plan gets one that has none."""
        ...

    def key(self, event: StoredEvent) -> str:
        """The ordering key: events of one key take effect in the order of the log, also when one of them fails."""
        ...

    async def plan(self, events: Sequence[StoredEvent]) -> Plan:
        """Work out the effects of these events, which are in the order of the log.

        May read, writes nothing. Called without events only by a runner that has a `SecondInput`.
        Unavailable, Overloaded and LostRace are transient: all events are tried again. Any other exception is the
        failure of one event: the runner plans them one by one and retries later those that fail.
        """
        ...


class SecondInput(Protocol):
    """A sequence that a consumer follows beside the log; each plan takes what was last read of it."""

    has_more: bool
    """Whether there may be more of it, to be planned at once, after what was last read."""

    async def read(self) -> None:
        """Read the next of it; called before the log is read."""
        ...
