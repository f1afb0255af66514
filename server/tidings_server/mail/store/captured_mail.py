"""Captured mail: statements."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.mail.store.tables import mail
from tidings_server.storage.bulk_insert import insert_new_rows


class NewMail(NamedTuple):
    """A letter to be kept, in the order of the table's columns."""

    tenant_id: int
    id: str
    captured_at: int
    recipient: str
    subject: str
    text: str
    html: str
    template_id: str
    data: str


class StoredMail(NamedTuple):
    """A letter that was kept. `data` is what its template was filled with."""

    key: int
    id: str
    captured_at: int
    recipient: str
    subject: str
    text: str
    html: str
    template_id: str
    data: Mapping[str, Any]


_COLUMNS: Final = tuple(mail.c[name] for name in StoredMail._fields)


async def keep(conn: AsyncConnection, mails: Sequence[NewMail]) -> None:
    """Store letters; those whose id is there already stay as they are."""
    await insert_new_rows(conn, mail, mails, columns=NewMail._fields)


async def page(
    conn: AsyncConnection, tenant: int, *, before: int | None, limit: int, recipient: str = ""
) -> list[StoredMail]:
    """A tenant's letters, the newest first, those with a key below `before`, to `recipient` alone if one is given."""
    query = select(*_COLUMNS).where(mail.c.tenant_id == tenant)
    if before is not None:
        query = query.where(mail.c.key < before)
    if recipient:
        query = query.where(mail.c.recipient == recipient)
    rows = await conn.execute(query.order_by(mail.c.key.desc()).limit(limit))
    return [StoredMail._make((*row[:-1], json.loads(row[-1]))) for row in rows]


async def forget(conn: AsyncConnection, *, before_us: int, limit: int) -> int:
    """Remove up to `limit` letters captured before an instant; how many there were."""
    oldest = select(mail.c.key, mail.c.captured_at).order_by(mail.c.key).limit(limit)
    keys = [row.key for row in await conn.execute(oldest) if row.captured_at < before_us]
    if keys:
        await conn.execute(delete(mail).where(mail.c.key.in_(keys)))
    return len(keys)
