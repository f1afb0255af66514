"""What the operator sees of events that a reactor gave up on."""

from dataclasses import dataclass

from tidings_server.identity.store import tenants as identity
from tidings_server.log.store import consumers
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import NotFound
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that a reactor gave up on. `event_id` is empty once retention has removed the event."""

    id: int
    reactor: str
    key: str
    tenant_id: str
    event_id: str
    attempts: int
    error: str


class DeadLetters:
    """Parked events with the names that an operator knows: the tenant's UUID and the event's id."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, *, after: int, limit: int) -> list[DeadLetter]:
        """Parked events of all tenants by id, those above `after`, at most `limit` (1,000)."""
        async with self._database.read() as conn:
            found = await consumers.parked(conn, after=after, limit=limit)
            tenants = await identity.tenant_ids(conn, {one.tenant_id for one in found})
            events = await log.ids_at(conn, {one.seq for one in found})
        return [
            DeadLetter(
                id=one.id,
                reactor=one.reactor,
                key=one.key,
                tenant_id=tenants.get(one.tenant_id, ""),
                event_id=events.get(one.seq, ""),
                attempts=one.attempts,
                error=one.error,
            )
            for one in found
        ]

    async def retry(self, parked_id: int) -> None:
        """Give one back to its reactor, for as many tries as a new failure has. Raises NotFound if it is not parked."""
        now = self._clock.now_us()
        if not await self._database.write_queue.run(lambda conn: consumers.unpark(conn, parked_id, now=now)):
            raise NotFound(f"There is no parked event {parked_id}.")
