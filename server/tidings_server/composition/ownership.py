"""The work that one process does for all, and which workers belong to which."""

from collections.abc import Mapping, Sequence
from typing import Final

from tidings_server.log.ownership import Work
from tidings_server.storage.log.shards import in_shard, without_shard

RELAY: Final = "relay"

SHARED_WORK: Final[Mapping[str, Work]] = {
    "delivery": Work(4, ("router",)),
    "loyalty": Work(4, ("loyalty",)),
    "workflow": Work(4, ("workflow",)),
    "search": Work(2, ("search", "workflow_search", "workflow_search.outcomes")),
    "catalogue": Work(2, ("catalogue", "event_triggers")),
    "schedules": Work(1),
    "housekeeping": Work(1, ("usage", "event_counts")),
    RELAY: Work(1, ("relay",), is_assigned=False),
}
"""In the order of their cost; what is done for all shards at once, and the consumers of shard 0. Router and dispatcher
belong together: what one queues the other sends, and the limits of an endpoint are those of the one process that sends
to it."""

SHARD: Final = "shard"
CONSUMERS: Final = tuple(
    name for work in SHARED_WORK.values() for name in work.consumers if name not in {"usage", RELAY}
)
SHARD_COST: Final = sum(work.cost for work in SHARED_WORK.values() if set(work.consumers) & set(CONSUMERS))
"""All consumers of a further shard are one piece of work: they read the same events, and what one does another waits
for. Those of shard 0 are several, so that processes can share the log of an installation that has no other."""

WORK_OF: Final[Mapping[str, str]] = {
    "router": "delivery",
    "dispatcher": "delivery",
    "replays": "delivery",
    "recoveries": "delivery",
    "confirmations": "delivery",
    "loyalty": "loyalty",
    "loyalty_expiry": "loyalty",
    "workflow": "workflow",
    "scheduled_events": "workflow",
    "search": "search",
    "workflow_search": "search",
    "catalogue": "catalogue",
    "event_triggers": "catalogue",
    "schedules": "schedules",
    "run_executor": "schedules",
    "run_retention": "housekeeping",
    "retention": "housekeeping",
    "event_counts": "housekeeping",
    "count_retention": "housekeeping",
    "tenant_deletion": "housekeeping",
    "idempotency_keys": "housekeeping",
    "relay": RELAY,
}
"""The work that a worker of `ProcessObjects.workers` belongs to. The others run in every process:
they serve its callers, or keep up to date what it has in memory."""


def own_work(shards: int, *, relays: bool) -> Mapping[str, Work]:
    """The work of a log of so many shards that a process is able to do, in the order of its cost.

    Only one that `relays` has a way to the streams.
    """
    numbers = range(1, shards)
    consumers = {in_shard(SHARD, shard): Work(SHARD_COST, _in_shard(CONSUMERS, shard)) for shard in numbers}
    relaying = {in_shard(RELAY, shard): Work(1, _in_shard((RELAY,), shard), is_assigned=False) for shard in numbers}
    work = {**consumers, **SHARED_WORK, **relaying}
    return {name: each for name, each in work.items() if relays or without_shard(name) != RELAY}


def work_of(worker: str) -> str | None:
    """The work that a worker belongs to, by its name as `in_shard` gives it; None if it runs in every process."""
    name, _, shard = worker.partition("/")
    return in_shard(RELAY if name == RELAY else SHARD, int(shard)) if shard else WORK_OF.get(name)


def _in_shard(names: Sequence[str], shard: int) -> Sequence[str]:
    return tuple(in_shard(name, shard) for name in names)
