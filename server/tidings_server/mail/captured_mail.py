"""Mail that is kept instead of sent: what a tenant's schedules and jobs would have written to whom."""

import json
from collections.abc import Sequence
from typing import Final

from tidings_server.mail.message import Envelope
from tidings_server.mail.store import captured_mail
from tidings_server.mail.store.captured_mail import NewMail, StoredMail
from tidings_server.platform.clock import Clock
from tidings_server.storage.database import Database

MAX_PAGE: Final = 200


class CapturedMails:
    """Keeps letters and lists them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, tenant: int, letters: Sequence[Envelope]) -> None:
        """Stores letters (at most 100), each id once. Raises Overloaded and Unavailable."""
        now = self._clock.now_us()
        rows = [_row(tenant, envelope, now) for envelope in letters]
        await self._database.write_queue.run(lambda conn: captured_mail.keep(conn, rows))

    async def list(self, tenant: int, *, before: int | None, limit: int, recipient: str = "") -> list[StoredMail]:
        """The tenant's letters, the newest first; `before` is the key of the last one seen."""
        async with self._database.read() as conn:
            return await captured_mail.page(conn, tenant, before=before, limit=limit, recipient=recipient)


def _row(tenant: int, envelope: Envelope, at_us: int) -> NewMail:
    letter = envelope.letter
    return NewMail(
        tenant_id=tenant,
        id=envelope.id,
        captured_at=at_us,
        recipient=letter.to,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        template_id=letter.template_id,
        data=json.dumps(letter.data, separators=(",", ":"), ensure_ascii=False),
    )
