"""Captured mail: mail that is stored for inspection instead of sent."""

import json
from collections.abc import Sequence
from typing import Final

from tidings_server.mail.message import OutgoingMail
from tidings_server.mail.store import captured_mail
from tidings_server.mail.store.captured_mail import CapturedMail, NewCapturedMail
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database

MAX_PAGE: Final = 200


class CapturedMails:
    """Stores and lists captured mail."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def store(self, tenant: int, mails: Sequence[OutgoingMail]) -> None:
        """Store mails (at most 100), each id once. Raises Overloaded and Unavailable."""
        now = self._clock.now_us()
        rows = [_row(tenant, outgoing, now) for outgoing in mails]
        await self._database.write_queue.run(lambda conn: captured_mail.add(conn, rows))

    async def list(self, tenant: int, *, before: int | None, limit: int, recipient: str = "") -> list[CapturedMail]:
        """Captured mail of the tenant, newest first, with a key below `before`."""
        async with self._database.read() as conn:
            return await captured_mail.page(conn, tenant, before=before, limit=limit, recipient=recipient)


def _row(tenant: int, outgoing: OutgoingMail, at_us: int) -> NewCapturedMail:
    mail = outgoing.mail
    return NewCapturedMail(
        tenant_id=tenant,
        id=outgoing.id,
        captured_at=at_us,
        recipient=mail.to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        template_id=mail.template_id,
        data=json.dumps(mail.data, separators=(",", ":"), ensure_ascii=False),
    )
