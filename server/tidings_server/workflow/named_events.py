"""Stored workflow events with both names of their entities and roots, as far as these are known."""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.workflow.entity_names import complete_names


async def find_event(conn: AsyncConnection, tenant: int, event_id: str) -> StoredEvent | None:
    """The tenant's event with this id."""
    event = await log.find(conn, tenant, Api.ORCHESTRATION, event_id=event_id)
    return (await complete_names(conn, [event]))[0] if event else None


async def events_at(conn: AsyncConnection, seqs: Collection[int]) -> Mapping[int, StoredEvent]:
    """The events at these positions; those that retention has removed are left out."""
    events: dict[int, StoredEvent] = {}
    waiting = sorted(seqs)
    while waiting:
        read = await log.at(conn, waiting)
        if not read:
            break
        events.update((event.seq, event) for event in await complete_names(conn, read))
        waiting = [seq for seq in waiting if seq > read[-1].seq]
    return events
