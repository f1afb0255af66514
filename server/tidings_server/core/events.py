"""The log as use cases know it: append, get, and where a position or a time of a client is."""

from collections.abc import Sequence

from tidings_server.clock import Clock, parse_rfc3339
from tidings_server.core.positions import Positions
from tidings_server.errors import InvalidInput, NotFound
from tidings_server.store import log
from tidings_server.store.engine import Database
from tidings_server.store.records import Api, Appended, EventRecord, StoredEvent


class EventLog:
    """One durable log for all tenants and all APIs. An id is unique per tenant and API, for ever."""

    def __init__(self, database: Database, positions: Positions, clock: Clock) -> None:
        self._database = database
        self._positions = positions
        self._clock = clock

    async def append(
        self, events: Sequence[EventRecord], *, is_fresh: bool = False, first_wins: bool = False
    ) -> list[Appended]:
        """Store events (at most 1,000), all or none, in their order; durable when this returns.

        An event whose id is taken by the same body is not stored again: `existing` is the stored one. With another body
        Conflict is raised, or with `first_wins` the stored one answered all the same. `is_fresh` says that the server
        has just made every id, which spares looking them up. The lane's errors: Overloaded, StorageFull, Unavailable.
        """
        return await self._database.lane.append(events, is_fresh=is_fresh, first_wins=first_wins)

    async def get(self, tenant: int, api: Api, event_id: str) -> StoredEvent:
        """One event. Raises NotFound for an unknown id, which another tenant's is too."""
        async with self._database.read() as conn:
            stored = await log.find(conn, tenant, api, event_id=event_id)
        if stored is None:
            raise NotFound(f"There is no event {event_id}.")
        return stored

    async def before(self, tenant: int, text: str, *, field: str) -> int:
        """The number after which a position or an RFC 3339 time of the past starts to read.

        Raises InvalidInput on `field` for another text, another tenant's position and an instant to come.
        """
        time_us = _instant(text)
        if time_us is None:
            return self._positions.parse(tenant, text, field=field)
        if time_us > self._clock.now_us():
            raise InvalidInput.of(field, "must be a time of the past")
        return await self.locate(time_us)

    async def locate(self, time_us: int) -> int:
        """The number before the first event recorded at `time_us` (µs) or later; the head when there is none."""
        async with self._database.read() as conn:
            return await log.locate(conn, time_us)


def _instant(text: str) -> int | None:
    try:
        return parse_rfc3339(text)
    except ValueError:
        return None
