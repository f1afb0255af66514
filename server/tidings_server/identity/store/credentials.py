"""Credentials in SQL, for the operator."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import credential
from tidings_server.identity.store.tenants import (
    WITH_TENANT,
    CredentialKind,
    StoredCredential,
    revoke_credential,
    stored,
)


@dataclass(frozen=True, slots=True)
class CredentialFilter:
    """Filter of credentials: one tenant (its number) or all, these kinds, with or without revoked ones."""

    tenant: int | None
    kinds: Collection[CredentialKind]
    has_revoked: bool = False


async def get(conn: AsyncConnection, key: int) -> StoredCredential | None:
    """The credential of this number, live or not."""
    row = (await conn.execute(WITH_TENANT.where(credential.c.key == key))).one_or_none()
    return None if row is None else stored(row)


async def page(conn: AsyncConnection, criteria: CredentialFilter, *, after: int, limit: int) -> list[StoredCredential]:
    """Credentials in the order of their numbers, those above `after`."""
    query = WITH_TENANT.where(credential.c.kind.in_([kind.value for kind in criteria.kinds]), credential.c.key > after)
    if criteria.tenant is not None:
        query = query.where(credential.c.tenant_id == criteria.tenant)
    if not criteria.has_revoked:
        query = query.where(credential.c.revoked_at.is_(None))
    return [stored(row) for row in await conn.execute(query.order_by(credential.c.key).limit(limit))]


async def rotate(
    conn: AsyncConnection, key: int, *, secret_hash: str, old_secret_hash: str | None, old_until: int | None
) -> bool:
    """Replace a credential's secret, the old one good until a time (µs); false when revoked or unknown."""
    changed = (
        update(credential)
        .where(credential.c.key == key, credential.c.revoked_at.is_(None))
        .values(secret_hash=secret_hash, old_secret_hash=old_secret_hash, old_secret_until=old_until)
    )
    return (await conn.execute(changed)).rowcount == 1


async def revoke_of(
    conn: AsyncConnection, tenant: int, *, at: int, retailer_id: str | None = None, store_id: int | None = None
) -> None:
    """Revoke all credentials of a tenant's retailer or store."""
    query = select(credential.c.key).where(credential.c.tenant_id == tenant, credential.c.revoked_at.is_(None))
    restriction = credential.c.store_id == store_id if retailer_id is None else credential.c.retailer_id == retailer_id
    for key in (await conn.execute(query.where(restriction))).scalars().all():
        await revoke_credential(conn, key, at=at)


async def next_user_id(conn: AsyncConnection, store_id: int) -> int:
    """A number for another user of a store; used ones never come back while their rows stand."""
    query = select(credential.c.user_id).where(credential.c.store_id == store_id, credential.c.user_id.is_not(None))
    return 1 + max((await conn.execute(query)).scalars(), default=0)


async def remove_ended_portals(conn: AsyncConnection, *, before: int, limit: int) -> int:
    """Remove at most `limit` portal links that ended before an instant (µs); the number of those that were."""
    is_over = credential.c.kind == CredentialKind.PORTAL.value, credential.c.expires_at < before
    ended = select(credential.c.key).where(*is_over).limit(limit)
    return (await conn.execute(delete(credential).where(credential.c.key.in_(ended)))).rowcount
