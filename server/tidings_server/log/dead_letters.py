"""Dead letters: events that a consumer has given up on, as the operator lists them and has them retried."""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store import failed_events
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import NotFound
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.shards import without_shard

TenantIds = Callable[[AsyncConnection, AbstractSet[int]], Awaitable[Mapping[int, str]]]
"""Reads the UUIDs of tenants by their numbers."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that a consumer has given up on. `event_id` is empty once retention has removed the event."""

    id: int
    consumer: str
    key: str
    tenant_id: str
    event_id: str
    attempts: int
    error: str


class DeadLetters:
    """Lists dead letters with the names that an operator knows: the tenant's UUID and the event's id."""

    def __init__(self, database: Database, clock: Clock, tenant_ids: TenantIds) -> None:
        self._database = database
        self._clock = clock
        self._tenant_ids = tenant_ids

    async def page(self, *, after: int, limit: int) -> list[DeadLetter]:
        """Dead letters of all tenants by id, those above `after`, at most `limit` (1,000)."""
        async with self._database.read() as conn:
            found = await failed_events.dead_letters(conn, after=after, limit=limit)
            tenants = await self._tenant_ids(conn, {one.tenant_id for one in found})
            events = await log.ids_at(conn, {one.seq for one in found})
        return [
            DeadLetter(
                id=one.id,
                consumer=without_shard(one.consumer),
                key=one.key,
                tenant_id=tenants.get(one.tenant_id, ""),
                event_id=events.get(one.seq, ""),
                attempts=one.attempts,
                error=one.error,
            )
            for one in found
        ]

    async def retry(self, letter_id: int) -> None:
        """Give one back to its consumer, for as many tries as a new failure has. Raises NotFound if there is none."""
        now = self._clock.now_us()
        if not await self._database.write_queue.run(lambda conn: failed_events.requeue(conn, letter_id, now=now)):
            raise NotFound("There is no such parked event.")
