"""The pace of those who store many events at once: that of the consumers whose effects others wait for.

Streams and large batches are stored several times as fast as all consumers follow. Without a pace, one tenant's would
leave these ever further behind, and with them the deliveries, points and workflows of all tenants.
"""

import asyncio
from collections.abc import Collection
from typing import Final

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.storage.log.head import LogHeads
from tidings_server.storage.log.shards import shard_of_tenant

MANY: Final = 100
"""Events of an append from which on it keeps the pace."""
MAX_LAG: Final = 1_000
"""Events that a consumer may be behind when such an append is stored."""
LONGEST_S: Final = 1.0
"""How long one append waits: where no consumer runs at all, events are still stored."""


class Pace:
    """The consumers that such appends wait for."""

    def __init__(self, heads: LogHeads, consumers: Collection[ShardRunners]) -> None:
        self._heads = heads
        self._consumers = consumers

    async def keep(self, tenant: int) -> None:
        """Wait until every consumer of the tenant's shard is near the end of its log, at most `LONGEST_S`."""
        upto = self._heads.of_tenant(tenant).seq - MAX_LAG
        if behind := [each for each in self._of_shard(shard_of_tenant(tenant)) if each.may_be_behind(upto)]:
            await asyncio.gather(*(each.reach(upto, LONGEST_S) for each in behind))

    def _of_shard(self, shard: int) -> Collection[ConsumerRunner]:
        return [runners[shard] for runners in self._consumers]
