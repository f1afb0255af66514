"""State of the server for its operator: how far each consumer is behind the log, and what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.store import failed_events
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.stored_size import StoredSize, stored_size


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """A consumer's backlog: `lag` events of the log that it has to read, the first stored at `behind_since` (µs)."""

    name: str
    lag: int
    behind_since: int | None
    retrying: int
    dead: int


class ServerState:
    """Reads the state, also of what other processes over the same database run."""

    def __init__(self, database: Database, readers: Mapping[str, ConsumerRunner]) -> None:
        """`readers` are all that follow the log, by the names of the metrics."""
        self._database = database
        self._readers = readers

    async def consumers(self) -> list[ConsumerLag]:
        """The consumers by name."""
        async with self._database.read() as conn:
            failed = await failed_events.counts(conn)
        found = []
        for name, reader in sorted(self._readers.items()):
            position, head = await reader.reached(), self._database.head.seq
            async with self._database.read() as conn:
                unread = await log.page(conn, after=position, limit=1) if position < head else []
            found.append(
                ConsumerLag(
                    name=name,
                    lag=head - max(position, unread[0].seq - 1) if unread else 0,
                    behind_since=unread[0].recorded_at if unread else None,
                    retrying=failed.get((reader.name, failed_events.QUEUED), 0),
                    dead=failed.get((reader.name, failed_events.DEAD), 0),
                )
            )
        return found

    async def storage(self) -> StoredSize:
        """The size of the database."""
        return await stored_size(self._database)

    @property
    def is_storage_low(self) -> bool:
        """Whether appends are refused for want of room."""
        return self._database.write_queue.is_storage_low
