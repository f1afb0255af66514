"""SQL of captured mail."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.mail.store.tables import captured_mail
from tidings_server.storage.bulk_insert import insert_new_rows


class NewCapturedMail(NamedTuple):
    """A row to insert; fields in the order of the table's columns."""

    tenant_id: int
    id: str
    captured_at: int
    recipient: str
    subject: str
    text: str
    html: str
    template_id: str
    data: str


class CapturedMail(NamedTuple):
    """A captured mail. `data` are the values that its template was filled with."""

    key: int
    id: str
    captured_at: int
    recipient: str
    subject: str
    text: str
    html: str
    template_id: str
    data: Mapping[str, Any]


_COLUMNS: Final = tuple(captured_mail.c[name] for name in CapturedMail._fields)


async def add(conn: AsyncConnection, mails: Sequence[NewCapturedMail]) -> None:
    """Insert mails; those whose id exists already stay unchanged."""
    await insert_new_rows(conn, captured_mail, mails, columns=NewCapturedMail._fields)


async def page(
    conn: AsyncConnection, tenant: int, *, before: int | None, limit: int, recipient: str = ""
) -> list[CapturedMail]:
    """Captured mail of a tenant, newest first, with a key below `before`; only to `recipient` if given."""
    query = select(*_COLUMNS).where(captured_mail.c.tenant_id == tenant)
    if before is not None:
        query = query.where(captured_mail.c.key < before)
    if recipient:
        query = query.where(captured_mail.c.recipient == recipient)
    rows = await conn.execute(query.order_by(captured_mail.c.key.desc()).limit(limit))
    return [CapturedMail._make((*row[:-1], json.loads(row[-1]))) for row in rows]


async def delete_old(conn: AsyncConnection, *, before_us: int, limit: int) -> int:
    """Delete up to `limit` mails captured before an instant (µs); returns their number."""
    oldest = select(captured_mail.c.key, captured_mail.c.captured_at).order_by(captured_mail.c.key).limit(limit)
    keys = [row.key for row in await conn.execute(oldest) if row.captured_at < before_us]
    if keys:
        await conn.execute(delete(captured_mail).where(captured_mail.c.key.in_(keys)))
    return len(keys)
