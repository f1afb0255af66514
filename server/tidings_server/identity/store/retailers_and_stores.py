"""Retailers and stores in SQL: the parts of a tenant that credentials may be restricted to."""

from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import retailer, store


class Retailer(NamedTuple):
    """A retailer of a tenant."""

    tenant: int
    id: str
    name: str


class Store(NamedTuple):
    """A store of a tenant; its id is unique among all tenants'."""

    tenant: int
    id: int
    name: str


async def find_retailer(conn: AsyncConnection, tenant: int, retailer_id: str) -> Retailer | None:
    """One retailer of a tenant."""
    query = select(retailer.c.tenant_id, retailer.c.id, retailer.c.name)
    found = (
        await conn.execute(query.where(retailer.c.tenant_id == tenant, retailer.c.id == retailer_id))
    ).one_or_none()
    return None if found is None else Retailer._make(found)


async def retailers(conn: AsyncConnection, tenant: int, *, after: str, limit: int) -> list[Retailer]:
    """A tenant's retailers in the order of their ids, those behind `after`."""
    query = select(retailer.c.tenant_id, retailer.c.id, retailer.c.name)
    behind = (retailer.c.tenant_id == tenant, retailer.c.id > after)
    return [
        Retailer._make(row) for row in await conn.execute(query.where(*behind).order_by(retailer.c.id).limit(limit))
    ]


async def remove_retailer(conn: AsyncConnection, tenant: int, retailer_id: str) -> bool:
    """Remove a retailer; false when the tenant has none of that id."""
    gone = delete(retailer).where(retailer.c.tenant_id == tenant, retailer.c.id == retailer_id)
    return (await conn.execute(gone)).rowcount == 1


async def find_store(conn: AsyncConnection, store_id: int) -> Store | None:
    """One store, of whatever tenant."""
    query = select(store.c.tenant_id, store.c.id, store.c.name).where(store.c.id == store_id)
    found = (await conn.execute(query)).one_or_none()
    return None if found is None else Store._make(found)


async def stores(conn: AsyncConnection, tenant: int, *, after: int, limit: int) -> list[Store]:
    """A tenant's stores in the order of their ids, those above `after`."""
    query = select(store.c.tenant_id, store.c.id, store.c.name).where(store.c.tenant_id == tenant, store.c.id > after)
    return [Store._make(row) for row in await conn.execute(query.order_by(store.c.id).limit(limit))]


async def last_store(conn: AsyncConnection) -> int:
    """The highest id of a store, of all tenants; 0 where there is none."""
    return int((await conn.execute(select(func.max(store.c.id)))).scalar_one() or 0)


async def remove_store(conn: AsyncConnection, store_id: int) -> bool:
    """Remove a store; false when there is none of that id."""
    return (await conn.execute(delete(store).where(store.c.id == store_id))).rowcount == 1
