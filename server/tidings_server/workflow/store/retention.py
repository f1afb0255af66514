"""Workflows in retention: outcomes and search rows go with their events; entities stay."""

from sqlalchemy import delete, exists
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.retention import RetentionPort, SearchRetention
from tidings_server.storage.log.tables import event
from tidings_server.workflow.store import search
from tidings_server.workflow.store.tables import event_outcome


class OutcomeRetention(RetentionPort):
    """Outcomes of events, with the audit records of their runs."""

    async def remove_with(self, conn: AsyncConnection, *, after: int, upto: int) -> None:
        in_range = (event_outcome.c.seq > after, event_outcome.c.seq <= upto)
        is_in_log = exists().where(event.c.seq == event_outcome.c.seq)
        await conn.execute(delete(event_outcome).where(*in_range, ~is_in_log))


class RecordRetention(SearchRetention):
    """The search projection of workflow events and audit records."""

    async def remove_found(self, conn: AsyncConnection, *, upto: int, limit: int) -> int:
        return await search.remove(conn, upto=upto, limit=limit)
