"""Entities of workflows as rows, and the statements on their table."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, CursorResult, Integer, Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import upsert_rows
from tidings_server.storage.text_hashes import hashed
from tidings_server.workflow.store.tables import entity

_CHANGED: Final = ("status", "attributes", "version", "updated_at")


class StoredEntity(NamedTuple):
    """One row without the hashes. `key` is the position of the event that created the entity."""

    key: int
    tenant_id: int
    retailer_id: str
    type: str
    subtype: str
    id: str
    ref: str | None
    root_type: str | None
    root_id: str | None
    root_ref: str | None
    status: str
    attributes: Mapping[str, Any]
    version: int
    created_at: int
    updated_at: int


class EntityLookup(NamedTuple):
    """Lookup of an entity: its type, and its id, its ref, or both."""

    type: str
    id: str | None
    ref: str | None


class EntityName(NamedTuple):
    """The names of a stored entity."""

    retailer_id: str
    type: str
    id: str
    ref: str | None


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_ATTRIBUTES: Final = StoredEntity._fields.index("attributes")
_COLUMNS: Final = tuple(entity.c[name] for name in StoredEntity._fields)
_NAMES: Final = tuple(entity.c[name] for name in EntityName._fields)


async def find(conn: AsyncConnection, tenant: int, names: Collection[EntityLookup]) -> list[StoredEntity]:
    """The tenant's entities that bear one of these ids or names, and perhaps others: hashes are compared."""
    rows = [row for found in await _found(conn, tenant, names, _COLUMNS) for row in found]
    return list({row.key: _stored(row) for row in rows}.values())


async def names(conn: AsyncConnection, tenant: int, names: Collection[EntityLookup]) -> list[EntityName]:
    """The same, of each its names alone."""
    return [EntityName._make(row) for found in await _found(conn, tenant, names, _NAMES) for row in found]


async def _found(
    conn: AsyncConnection, tenant: int, names: Collection[EntityLookup], columns: tuple[Column[Any], ...]
) -> list[CursorResult[Any]]:
    ids = {hashed(each.type, each.id) for each in names if each.id}
    refs = {hashed(each.type, each.ref) for each in names if each.ref}
    return [
        await conn.execute(_by_hash(conn.dialect.name, columns, by), {"of_tenant": tenant, "hashes": as_list(hashes)})
        for by, hashes in (("id_hash", ids), ("ref_hash", refs))
        if hashes
    ]


async def page(
    conn: AsyncConnection,
    tenant: int,
    *,
    entity_type: str | None,
    status: str | None,
    retailer_id: str | None,
    offset: int,
    limit: int,
) -> list[StoredEntity]:
    """The tenant's entities, the newest first; None is any."""
    conditions: list[ColumnElement[bool]] = [entity.c.tenant_id == tenant]
    for column, value in ((entity.c.type, entity_type), (entity.c.status, status), (entity.c.retailer_id, retailer_id)):
        if value is not None:
            conditions.append(column == value)
    query = select(*_COLUMNS).where(*conditions).order_by(entity.c.key.desc()).offset(offset).limit(limit)
    return list(map(_stored, await conn.execute(query)))


async def hold(conn: AsyncConnection, keys: Collection[int]) -> dict[int, int]:
    """The versions of these entities by their keys, locked until the transaction ends."""
    rows = await conn.execute(_versions(conn.dialect.name), {"keys": as_list(keys)})
    return {row.key: row.version for row in rows}


async def put(conn: AsyncConnection, entities: Sequence[StoredEntity]) -> None:
    """Store entities; of those that are there already, what events change."""
    await upsert_rows(conn, entity, [_row(each) for each in entities], key="key", changed=_CHANGED)


@lru_cache(maxsize=8)
def _by_hash(dialect_name: str, columns: tuple[Column[Any], ...], column: str) -> Select[Any]:
    is_tenants = entity.c.tenant_id == bindparam("of_tenant", type_=Integer)
    return select(*columns).where(is_tenants, is_listed(entity.c[column], dialect_name, "hashes"))


@lru_cache(maxsize=8)
def _versions(dialect_name: str) -> Select[Any]:
    query = select(entity.c.key, entity.c.version).where(is_listed(entity.c.key, dialect_name, "keys"))
    return query.with_for_update()


def _row(stored: StoredEntity) -> tuple[Any, ...]:
    values: list[Any] = list(stored)
    values[_ATTRIBUTES] = _ENCODER.encode(stored.attributes)
    ref_hash = hashed(stored.type, stored.ref) if stored.ref else None
    return (*values, hashed(stored.type, stored.id), ref_hash)


def _stored(row: Row[Any]) -> StoredEntity:
    stored = StoredEntity._make(row)
    return stored._replace(attributes=json.loads(str(stored.attributes)))
