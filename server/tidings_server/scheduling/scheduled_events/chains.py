"""Chains of events: what a trigger's run follows from, so that triggers that fire each other come to an end.

All that follows from one event shares an allowance, and no trigger fires twice on the way from it.
"""

import json
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.delivery.router import MAX_HOPS
from tidings_server.scheduling.schedules.run_events import TOPICS
from tidings_server.scheduling.store import runs
from tidings_server.scheduling.store.runs import ChainLink
from tidings_server.storage.log import events
from tidings_server.storage.log.records import SENT_TYPES, Api, StoredEvent

MAX_RUNS: Final = 100
"""Runs that follow from one event, beside those that it fires itself."""
RUN_SOURCE: Final = "run/"
"""Prefix of the source of a mail that a run of a scheduled event requests."""


class EventChain(NamedTuple):
    """The chain that an event is in: the id of its first event, and the keys of the schedules that have fired in it."""

    root_id: str
    fired: frozenset[int] = frozenset()


async def chain_of(conn: AsyncConnection, event: StoredEvent) -> EventChain:
    """The chain of an event, read back to the last run in it, or to its beginning."""
    tenant, root_id = event.tenant_id, event.event_id
    for _ in range(MAX_HOPS):
        link = await _run_behind(conn, event)
        if link is not None:
            fired = json.loads(link.chain) if link.chain else []
            return EventChain(link.root_id or link.id, frozenset([*fired, link.schedule_key]))
        if not event.hops or event.correlation_id is None:
            break
        parent = await events.find_any(conn, tenant, event.correlation_id)
        if parent is None:
            return EventChain(root_id if _is_sent(event) else event.correlation_id)
        event, root_id = parent, parent.event_id
    return EventChain(root_id)


def _is_sent(event: StoredEvent) -> bool:
    """Whether a client sent an event: then its correlation id is the client's own, and may be that of many."""
    return event.api is Api.COLLECTOR or (event.api is Api.LOYALTY and event.type in SENT_TYPES)


async def _run_behind(conn: AsyncConnection, event: StoredEvent) -> ChainLink | None:
    """The run that has appended an event, if one has."""
    if event.topic in TOPICS.values():
        return await runs.link(conn, event.tenant_id, event.event_id)
    if event.topic == EMAIL_REQUESTED and (event.entity_id or "").startswith(RUN_SOURCE):
        return await runs.link(conn, event.tenant_id, (event.entity_id or "").removeprefix(RUN_SOURCE))
    return None
