"""The pace of those who store many events at once: that of the consumers whose effects others wait for.

Streams and large batches are stored several times as fast as all consumers follow. Without a pace, one tenant's would
leave these ever further behind, and with them the deliveries, points and workflows of all tenants.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.platform.turns import expect, has_others
from tidings_server.storage.log.head import LogHeads
from tidings_server.storage.log.shards import shard_of_tenant

MANY: Final = 100
"""Events of an append from which on it keeps the pace."""
MAX_LAG: Final = {"router": 1_000, "workflow": 1_000, "loyalty": 1_000, "event_triggers": 1_000, "catalogue": 50_000}
"""Events that each reader may be behind when such an append is stored: nobody waits for the catalogue in a burst.

Others are not waited for: a search says that it is partial, and streams outward may be cut off for hours.
"""
SHARED_LAG: Final = {"router": 100, "workflow": 100, "loyalty": 100, "event_triggers": 100, "catalogue": 50_000}
"""The same while other tenants call: their events wait in the log behind these, for a hundredth of a second."""
LONGEST_S: Final = 1.0
"""The longest wait of one append: where no consumer runs at all, events are still stored."""


class Pace:
    """The readers of the log that such appends wait for."""

    def __init__(self, heads: LogHeads, readers: Mapping[str, ShardRunners], *, longest_s: float = LONGEST_S) -> None:
        """`readers` by their names, of which those of `MAX_LAG` are waited for."""
        self._heads = heads
        self._readers = {name: runners for name, runners in readers.items() if name in MAX_LAG}
        self._longest_s = longest_s
        awaited = (runners for name, runners in self._readers.items() if SHARED_LAG[name] < MAX_LAG[name])
        expect(runner.name for runners in awaited for runner in runners)

    async def keep(self, tenant: int) -> None:
        """Wait until every reader of the tenant's shard is near the end of its log, or for the longest time."""
        behind = list(self._behind(tenant, self._heads.of_tenant(tenant).seq))
        if behind:
            await asyncio.gather(*(runner.reach(upto, self._longest_s) for runner, upto in behind))

    def _behind(self, tenant: int, head: int) -> Iterator[tuple[ConsumerRunner, int]]:
        """The runners that may be too far behind, each with the event that it is to reach."""
        lags = SHARED_LAG if has_others(tenant) else MAX_LAG
        for name, runners in self._readers.items():
            runner, upto = runners[shard_of_tenant(tenant)], head - lags[name]
            if not runner.is_here or runner.position < upto:
                yield runner, upto
