"""State of the server for its operator: how far each consumer is behind the log, and what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.store import failed_events
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.shards import end_of
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

    def __init__(self, database: Database, readers: Mapping[str, ShardRunners]) -> None:
        """`readers` are all that follow the log, by the names of the metrics."""
        self._database = database
        self._readers = readers

    async def consumers(self) -> list[ConsumerLag]:
        """The consumers by name."""
        async with self._database.read() as conn:
            failed = await failed_events.counts(conn)
        found = []
        for name, readers in sorted(self._readers.items()):
            backlogs = [await self._backlog(reader) for reader in readers]
            found.append(
                ConsumerLag(
                    name=name,
                    lag=sum(lag for lag, _ in backlogs),
                    behind_since=min((since for _, since in backlogs if since is not None), default=None),
                    retrying=sum(failed.get((reader.name, failed_events.QUEUED), 0) for reader in readers),
                    dead=sum(failed.get((reader.name, failed_events.DEAD), 0) for reader in readers),
                )
            )
        return found

    async def _backlog(self, reader: ConsumerRunner) -> tuple[int, int | None]:
        """The events of its shard that a consumer has to read, and the instant (µs) of the first."""
        position, head = await reader.reached(), self._database.heads[reader.shard].seq
        if position >= head:
            return 0, None
        async with self._database.read() as conn:
            unread = await log.page(conn, after=position, upto=end_of(reader.shard), limit=1)
        return (head - max(position, unread[0].seq - 1), unread[0].recorded_at) if unread else (0, None)

    async def storage(self) -> StoredSize:
        """The size of the database."""
        return await stored_size(self._database)

    @property
    def is_storage_low(self) -> bool:
        """Whether appends are refused for want of room."""
        return self._database.write_queue.is_storage_low
