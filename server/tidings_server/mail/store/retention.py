"""Retention of captured mail, the same as that of events."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.retention import RetentionPort
from tidings_server.mail.store import captured_mail


class CapturedMailRetention(RetentionPort):
    """Deletes captured mail with the events of its time."""

    async def remove_older(self, conn: AsyncConnection, *, before_us: int, limit: int) -> int:
        return await captured_mail.delete_old(conn, before_us=before_us, limit=limit)
