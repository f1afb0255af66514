"""Shards of the log: sets of tenants, each with a head, numbers and cursors of its own, so that they do not meet.

The number of an event is `shard << 43 | n`, with n from 1 on without a gap, so it stays unique in the whole log, and
those of one shard follow each other. The number of a tenant begins with its shard in the same way: a tenant has one
from its creation on, for good, and all of its events are there. Shard 0 is the whole log of an embedded database, and
of every installation that has not been given more.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final, TypeVar

T = TypeVar("T")

SEQ_BITS: Final = 43
TENANT_BITS: Final = 24
MAX_SHARDS: Final = 32
"""So that a number of an event stays below 2^48, which ids of audit records hold."""
DEFAULT_SHARDS: Final = 8
"""Shards of a new installation on PostgreSQL: each can be the work of a process."""


def shard_of(seq: int) -> int:
    """The shard of an event, or of a position."""
    return seq >> SEQ_BITS


def shard_of_tenant(tenant: int) -> int:
    """The shard of a tenant, by its number."""
    return tenant >> TENANT_BITS


def tenants_of(shard: int) -> tuple[int, int]:
    """The lowest and the highest number that a tenant of a shard can have."""
    return shard << TENANT_BITS, (shard + 1 << TENANT_BITS) - 1


def start_of(shard: int) -> int:
    """The position before the first event of a shard."""
    return shard << SEQ_BITS


def end_of(shard: int) -> int:
    """The last number that an event of a shard can have."""
    return start_of(shard + 1) - 1


def events_in(seq: int) -> int:
    """The number of events of a shard up to this one, those removed since among them."""
    return seq & (1 << SEQ_BITS) - 1


def in_shard(name: str, shard: int) -> str:
    """The name of a consumer, or of other work, in a shard: the plain one in the first."""
    return f"{name}/{shard}" if shard else name


def without_shard(name: str) -> str:
    """The plain name of what `in_shard` has named."""
    return name.partition("/")[0]


def by_shard(items: Iterable[T], shard: Callable[[T], int]) -> Iterator[tuple[int, list[T]]]:
    """Items by their shards, in the order of these; those of one shard in the order given."""
    for number, group in groupby(sorted(items, key=shard), key=shard):
        yield number, list(group)
