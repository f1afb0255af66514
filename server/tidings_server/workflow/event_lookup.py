"""Lookup of one workflow event by its id, with both names of its entity."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent
from tidings_server.workflow.entity_names import complete_names
from tidings_server.workflow.store import scheduled_events


async def find_event(conn: AsyncConnection, tenant: int, event_id: str) -> StoredEvent | None:
    """The tenant's event with this id."""
    event = await log.find(conn, tenant, Api.ORCHESTRATION, event_id=event_id)
    return (await complete_names(conn, [event]))[0] if event else None


async def find_scheduled_event(conn: AsyncConnection, tenant: int, event_id: str) -> EventRecord | None:
    """The tenant's event with this id that is not due yet."""
    scheduled = await scheduled_events.find(conn, tenant, [event_id])
    return (await complete_names(conn, [scheduled[0].record]))[0] if scheduled else None
