"""The consumer that counts events by tenant, hour and topic, each exactly once: cursor and counts move together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.log.store import consumers, event_counts
from tidings_server.log.store.event_counts import HourlyEvents
from tidings_server.platform.clock import US_PER_HOUR, Clock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.shards import end_of, events_in, in_shard, start_of

PAGE: Final = 1_000
MAX_ROWS: Final = 500
"""Counts that one transaction changes."""
CLEARED: Final = 5_000
"""Counts that one transaction of a rebuild removes."""
GATHER_S: Final = 0.5
"""Time that events gather before they are counted."""

CountKey = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class EventTally:
    """The plan for some events: how many there are by tenant, hour and topic."""

    covered: int
    counts: Mapping[CountKey, int]

    @property
    def is_empty(self) -> bool:
        return False

    async def apply(self, conn: AsyncConnection) -> None:
        rows = [HourlyEvents(*key, count) for key, count in sorted(self.counts.items())]
        await event_counts.add(conn, rows)


class HourlyEventCounter:
    """Counts every event."""

    name: Final = "event_counts"

    def concerns(self, _event: StoredEvent) -> bool:
        return True

    def key(self, event: StoredEvent) -> str:
        """A count depends on no other event."""
        return str(event.seq)

    async def plan(self, events: Sequence[StoredEvent]) -> EventTally:
        counts: Counter[CountKey] = Counter()
        covered = 0
        for event in events:
            key = (event.tenant_id, event.recorded_at // US_PER_HOUR, event.topic)
            if len(counts) == MAX_ROWS and key not in counts:
                break
            counts[key] += 1
            covered += 1
        return EventTally(covered, counts)


def event_counts_runner(database: Database, clock: Clock, shard: int = 0) -> ConsumerRunner:
    """The runner of the counter in a shard."""
    return ConsumerRunner(
        HourlyEventCounter(),
        feed=LogFeed(database, shard),
        database=database,
        clock=clock,
        shard=shard,
        page_size=PAGE,
        gather_s=GATHER_S,
        is_repeatable=True,
    )


async def rebuild_event_counts(database: Database) -> None:
    """Forget the counts of all that the log still has whole, and have it counted again; older counts stay.

    The first hour of a log whose beginning retention has removed is counted again only where it has no counts at all.
    A running server notices with the next event.
    """
    for shard in range(database.shards):
        while await database.write_queue.run(partial(_forget, shard=shard)):
            pass


async def _forget(conn: AsyncConnection, shard: int) -> int:
    """Forget some counts of a shard; how many. The cursor goes back with the last, so that nothing is counted twice."""
    await consumers.hold(conn, in_shard(HourlyEventCounter.name, shard))
    first = await log.page(conn, after=start_of(shard), upto=end_of(shard), limit=1)
    if not first:
        return 0
    hour = first[0].recorded_at // US_PER_HOUR
    if events_in(first[0].seq) > 1 and await event_counts.reaches_before(conn, hour, shard):
        hour += 1
    removed = await event_counts.remove_from(conn, hour, shard, limit=CLEARED)
    if not removed:
        at = await log.locate(conn, hour * US_PER_HOUR, shard)
        await consumers.restart(conn, HourlyEventCounter.name, shard, at=at)
    return removed
