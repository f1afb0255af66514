"""The consumer that fills the search projection: narrow rows of the log, with the indexes that the log does without."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.checkpoints import SearchCheckpoints
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.store import search
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import StoredEvent

BATCH: Final = 1_000
GATHER_S: Final = 0.1
"""How long new events gather before they are copied, unless a search waits for them."""


@dataclass(frozen=True, slots=True)
class SearchRows:
    """The plan for some events: a row for each."""

    events: Sequence[StoredEvent]

    @property
    def covered(self) -> int:
        return len(self.events)

    @property
    def is_empty(self) -> bool:
        return False

    async def apply(self, conn: AsyncConnection) -> None:
        await search.add(conn, self.events)


class SearchProjection:
    """Makes every event findable by its topic and entity."""

    name = search.CONSUMER

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        """A row depends on no other event."""
        return str(event.seq)

    async def plan(self, events: Sequence[StoredEvent]) -> SearchRows:
        return SearchRows(events)


def search_runner(database: Database, clock: Clock, shard: int = 0) -> ConsumerRunner:
    """The runner of the projection in a shard."""
    return ConsumerRunner(
        SearchProjection(),
        feed=LogFeed(database, shard, headers_only=True),
        database=database,
        clock=clock,
        shard=shard,
        checkpoints=SearchCheckpoints(
            database, is_ahead=partial(search.is_ahead, shard=shard), start_over=partial(search.start_over, shard=shard)
        ),
        page_size=BATCH,
        gather_s=GATHER_S,
    )
