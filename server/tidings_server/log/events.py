"""The log of events: append, and get by id."""

from collections.abc import Collection, Sequence
from operator import attrgetter

from tidings_server.log.append_pace import MANY, Pace
from tidings_server.log.event_ids import spellings
from tidings_server.platform.errors import NotFound
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, Appended, EventRecord, StoredEvent


class EventLog:
    """One durable log for all tenants and all APIs. An id is unique per tenant and API, for ever."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pace: Pace | None = None

    def use_pace(self, pace: Pace) -> None:
        """Have appends of many events keep the pace of consumers."""
        self._pace = pace

    async def append(
        self, events: Sequence[EventRecord], *, is_fresh: bool = False, first_wins: bool = False
    ) -> list[Appended]:
        """Store events (at most 1,000), all or none, in their order; durable when this returns.

        An event whose id is taken by the same body is not stored again: `existing` is the stored one. With another body
        Conflict is raised, or with `first_wins` the stored one returned. `is_fresh`: the server
        has just made every id, so none is looked up. The write queue's errors: Overloaded, StorageFull, Unavailable.
        """
        if self._pace is not None and len(events) >= MANY:
            await self._pace.keep(events[0].tenant_id)
        return await self._database.write_queue.append(events, is_fresh=is_fresh, first_wins=first_wins)

    async def get(self, tenant: int, api: Api, event_id: str) -> StoredEvent:
        """One event. Raises NotFound for an unknown id, which another tenant's is too."""
        async with self._database.read() as conn:
            stored = await log.find(conn, tenant, api, event_id=event_id)
        if stored is None:
            raise NotFound("There is no such event.")
        return stored

    async def get_any(self, tenant: int, event_id: str, *, apis: Collection[Api] = ()) -> StoredEvent:
        """One event of these APIs, without any of whichever, by any spelling of its id; the first that was stored.

        Raises NotFound.
        """
        ids = spellings(event_id)
        async with self._database.read() as conn:
            if apis:
                found = [each for api in apis for each in await log.find_all(conn, tenant, api, event_ids=ids)]
            else:
                stored = await log.find_any(conn, tenant, *ids)
                found = [stored] if stored else []
        if not found:
            raise NotFound("There is no such event.")
        return min(found, key=attrgetter("seq"))
