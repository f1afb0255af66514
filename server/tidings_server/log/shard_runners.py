"""The runners of one consumer, one for each shard of the log."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.ownership import WorkLease
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.log.head import UNKNOWN_SHARD
from tidings_server.storage.log.shards import in_shard, shard_of


class Projection(Protocol):
    """A projection of the log as its readers see it: `ShardRunners`, or the one runner of a log without shards."""

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Whether event number `seq` has taken effect, or does within `timeout_s`."""
        ...


class ShardRunners:
    """Runners in the order of their shards."""

    def __init__(self, shards: int, make: Callable[[int], ConsumerRunner]) -> None:
        """`make` gives the runner of a shard."""
        self._runners = [make(shard) for shard in range(shards)]

    def __iter__(self) -> Iterator[ConsumerRunner]:
        return iter(self._runners)

    def __getitem__(self, shard: int) -> ConsumerRunner:
        """The runner of a shard. Raises Unavailable for one that was opened after this process was started."""
        if shard >= len(self._runners):
            raise Unavailable(UNKNOWN_SHARD)
        return self._runners[shard]

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Whether event number `seq` has taken effect, or does within `timeout_s`. Raises Unavailable as `[]`."""
        return await self[shard_of(seq)].reach(seq, timeout_s)

    def lag(self) -> int:
        """Events that have not taken effect, of the shards whose consumers this process runs."""
        return sum(runner.lag() for runner in self._runners)

    def use_leases(self, lease_of: Callable[[int], WorkLease]) -> None:
        """Run each while this process has the lease that belongs to its shard."""
        for runner in self._runners:
            runner.use_lease(lease_of(runner.shard))

    def named(self, name: str) -> Mapping[str, ConsumerRunner]:
        """The runners by the names that they have as workers."""
        return {in_shard(name, runner.shard): runner for runner in self._runners}
