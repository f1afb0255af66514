"""Issuers of tokens that tenants trust, in SQL."""

import json
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import issuer, tenant

MAX_LISTED = 1_000


class Issuer(NamedTuple):
    """An issuer that one tenant trusts, with the tenant. `created_at` in µs."""

    id: str
    tenant: int
    tenant_id: str
    tenant_name: str
    is_live: bool
    issuer: str
    audience: str
    jwks_url: str
    grants: tuple[str, ...]
    retailer_claim: str | None
    created_at: int


_COLUMNS = (
    issuer.c.id,
    issuer.c.tenant_id,
    tenant.c.id.label("tenant_uuid"),
    tenant.c.name,
    tenant.c.state,
    issuer.c.issuer,
    issuer.c.audience,
    issuer.c.jwks_url,
    issuer.c.grants,
    issuer.c.retailer_claim,
    issuer.c.created_at,
)
_WITH_TENANT = select(*_COLUMNS).join_from(issuer, tenant)


async def add(conn: AsyncConnection, new: Issuer) -> None:
    """Store an issuer. IntegrityError when its issuer and audience are taken."""
    await conn.execute(
        insert(issuer).values(
            id=new.id,
            tenant_id=new.tenant,
            issuer=new.issuer,
            audience=new.audience,
            jwks_url=new.jwks_url,
            grants=json.dumps(new.grants),
            retailer_claim=new.retailer_claim,
            created_at=new.created_at,
        )
    )


async def find(conn: AsyncConnection, issuer_id: str) -> Issuer | None:
    """The issuer of this UUID."""
    row = (await conn.execute(_WITH_TENANT.where(issuer.c.id == issuer_id))).one_or_none()
    return None if row is None else _issuer(row)


async def taken(conn: AsyncConnection, name: str, audience: str) -> Issuer | None:
    """The issuer that has this issuer and audience already."""
    which = (issuer.c.issuer == name, issuer.c.audience == audience)
    row = (await conn.execute(_WITH_TENANT.where(*which))).one_or_none()
    return None if row is None else _issuer(row)


async def named(conn: AsyncConnection, name: str) -> list[Issuer]:
    """The issuers of this name, one for each audience."""
    return [_issuer(row) for row in await conn.execute(_WITH_TENANT.where(issuer.c.issuer == name))]


async def listed(conn: AsyncConnection, tenant_number: int | None) -> list[Issuer]:
    """The issuers of a tenant or of all, in the order in which they were made; at most MAX_LISTED."""
    query = _WITH_TENANT.order_by(issuer.c.created_at, issuer.c.id).limit(MAX_LISTED)
    if tenant_number is not None:
        query = query.where(issuer.c.tenant_id == tenant_number)
    return [_issuer(row) for row in await conn.execute(query)]


async def remove(conn: AsyncConnection, issuer_id: str) -> bool:
    """Remove an issuer; false when there is none of that UUID."""
    return (await conn.execute(delete(issuer).where(issuer.c.id == issuer_id))).rowcount == 1


def _issuer(row: Any) -> Issuer:
    return Issuer(
        id=row.id,
        tenant=row.tenant_id,
        tenant_id=row.tenant_uuid,
        tenant_name=row.name,
        is_live=row.state == "ACTIVE",
        issuer=row.issuer,
        audience=row.audience,
        jwks_url=row.jwks_url,
        grants=tuple(json.loads(row.grants)),
        retailer_claim=row.retailer_claim,
        created_at=row.created_at,
    )
