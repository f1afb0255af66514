"""Idempotency keys with their responses, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.rpc.store.tables import idempotency
from tidings_server.storage.conflicts import insert_into


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Primary key of a request: the key that one tenant sent to one RPC."""

    tenant: int
    method: str
    key: str


_SLOT = (idempotency.c.tenant_id, idempotency.c.method, idempotency.c.key)


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request with a key. `answer` is sealed, and None until there is one; `created_at` in µs."""

    request_hash: bytes
    resource_id: str
    answer: bytes | None
    headers: str
    created_at: int


async def find(conn: AsyncConnection, slot: IdempotencyKey) -> StoredRequest | None:
    """The request of the key."""
    row = (await conn.execute(select(idempotency).where(*_at(slot)))).first()
    if row is None:
        return None
    return StoredRequest(row.request_hash, row.resource_id, row.answer, row.answer_metadata, row.created_at)


async def add(conn: AsyncConnection, slot: IdempotencyKey, kept: StoredRequest) -> bool:
    """Reserve the key for a request; false when it has been reserved meanwhile."""
    row = {
        "tenant_id": slot.tenant,
        "method": slot.method,
        "key": slot.key,
        "request_hash": kept.request_hash,
        "resource_id": kept.resource_id,
        "answer": kept.answer,
        "answer_metadata": kept.headers,
        "created_at": kept.created_at,
    }
    insert = insert_into(idempotency, conn.dialect.name).values(row)
    return (await conn.execute(insert.on_conflict_do_nothing())).rowcount == 1


async def answer(conn: AsyncConnection, slot: IdempotencyKey, *, sealed: bytes, headers: str) -> None:
    """Store the response."""
    await conn.execute(update(idempotency).where(*_at(slot)).values(answer=sealed, answer_metadata=headers))


async def remove(conn: AsyncConnection, slot: IdempotencyKey) -> None:
    """Delete the key."""
    await conn.execute(delete(idempotency).where(*_at(slot)))


async def older(conn: AsyncConnection, *, than: int, limit: int) -> list[IdempotencyKey]:
    """Keys of all tenants reserved before `than` (µs), at most `limit`, the oldest first."""
    old = select(*_SLOT).where(idempotency.c.created_at < than).order_by(idempotency.c.created_at).limit(limit)
    return [IdempotencyKey(*row) for row in await conn.execute(old)]


async def remove_all(conn: AsyncConnection, slots: Sequence[IdempotencyKey]) -> None:
    """Delete keys, at most 1,000."""
    rows = [(slot.tenant, slot.method, slot.key) for slot in slots]
    await conn.execute(delete(idempotency).where(tuple_(*_SLOT).in_(rows)))


def _at(slot: IdempotencyKey) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency.c.tenant_id == slot.tenant,
        idempotency.c.method == slot.method,
        idempotency.c.key == slot.key,
    )
