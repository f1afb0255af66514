"""Captured mail in retention: it is kept as long as events are."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.store.retention import RetentionPort
from tidings_server.mail.store import captured_mail


class CapturedMailRetention(RetentionPort):
    """Mail that was captured instead of sent."""

    async def remove_older(self, conn: AsyncConnection, *, before_us: int, limit: int) -> int:
        return await captured_mail.delete_old(conn, before_us=before_us, limit=limit)
