"""The work that one process does for all, and which workers belong to which."""

from collections.abc import Mapping
from typing import Final

from tidings_server.log.ownership import Work

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
"""In the order of their cost. Router and dispatcher belong together: what one queues the other sends, and the limits of
an endpoint are those of the one process that sends to it."""

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


def own_work(*, relays: bool) -> Mapping[str, Work]:
    """The work that a process is able to do; only one that `relays` has a way to the stream."""
    return {name: work for name, work in SHARED_WORK.items() if relays or name != RELAY}
