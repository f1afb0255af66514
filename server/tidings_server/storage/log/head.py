"""The head of the log, or of one of its shards: the position of its last event, and waiting for the next."""

import asyncio
from collections.abc import Sequence
from typing import Final

from tidings_server.platform.errors import Unavailable
from tidings_server.platform.signals import Signal
from tidings_server.storage.log.shards import events_in, shard_of, shard_of_tenant

UNKNOWN_SHARD: Final = "This process was started before the tenant's shard was opened; it must be started again."


class LogHead:
    """The position of the last committed event that this process knows of.

    It is exact where there is one process; other processes' commits show within
    `head_reading.FOLLOW_S`, and sooner by a notice.
    """

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self._moved = Signal()

    def advance(self, seq: int) -> None:
        """Note a commit up to `seq` and wake all waiters. Never goes back."""
        if seq <= self.seq:
            return
        self.seq = seq
        self._moved.pulse()

    async def wait(self, after: int, timeout_s: float) -> int:
        """The position as soon as it is past `after`, or as it is after `timeout_s`."""
        if self.seq > after:
            return self.seq
        now = asyncio.get_running_loop().time
        ends_at = now() + timeout_s
        while await self._moved.wait(ends_at - now()) and self.seq <= after:
            pass
        return self.seq


class LogHeads:
    """The heads of all shards that this process knows, by their numbers."""

    def __init__(self, seqs: Sequence[int]) -> None:
        """`seqs` are the heads in the order of the shards."""
        self._heads = list(map(LogHead, seqs))

    def __len__(self) -> int:
        return len(self._heads)

    def __getitem__(self, shard: int) -> LogHead:
        """The head of a shard. Raises Unavailable for one that was opened after this process was started."""
        if shard >= len(self._heads):
            raise Unavailable(UNKNOWN_SHARD)
        return self._heads[shard]

    def of_tenant(self, tenant: int) -> LogHead:
        """The head of the shard of a tenant. Raises Unavailable as `[]`."""
        return self[shard_of_tenant(tenant)]

    def advance(self, seq: int) -> None:
        """Note a commit up to an event, in its shard."""
        if (shard := shard_of(seq)) < len(self._heads):
            self._heads[shard].advance(seq)

    @property
    def events(self) -> int:
        """The number of all events that were ever stored."""
        return sum(events_in(each.seq) for each in self._heads)
