"""Customers in SQL: many at once, and their points accounts under lock.

Profiles are changed by `profiles`. A transaction that moves points locks the customers' rows first (`lock`), in the
order of their keys, and appends to the log last.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Row, Select, String, and_, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.rules import VERSION_KIND
from tidings_server.loyalty.store.tables import customer, customer_segment, loyalty_customer_event
from tidings_server.storage.array_parameters import (
    as_list,
    is_listed,
    is_text_listed,
    listed_by,
    texts_as_list,
    texts_listed_by,
)
from tidings_server.storage.bulk_insert import insert_rows, upsert_rows
from tidings_server.storage.tables import config_version


class StoredCustomer(NamedTuple):
    """One row; fields are the table's columns in order."""

    key: int
    tenant_id: int
    id: str
    created_at: int
    changed_at: int
    version: int
    is_locked: bool
    email: str | None
    external_reference: str | None
    profile: str
    posted: int
    held: int
    debt: int
    lifetime_spend: int
    annual_spend: int
    spend_year: int
    last_activity_at: int
    next_expiry_at: int | None
    currency: str | None = None


class SegmentMembership(NamedTuple):
    """A customer in a segment; `expires_at` None means for ever."""

    customer_key: int
    segment: str
    added_at: int
    expires_at: int | None


ACCOUNT_COLUMNS: Final = (
    "created_at",
    "posted",
    "held",
    "debt",
    "lifetime_spend",
    "annual_spend",
    "spend_year",
    "last_activity_at",
    "next_expiry_at",
    "currency",
)
"""Columns that events change; all others belong to the profile."""
CUSTOMER_COLUMNS: Final = tuple(customer.c[name] for name in StoredCustomer._fields)


async def find(conn: AsyncConnection, tenant: int, ids: Collection[str]) -> list[StoredCustomer]:
    """The tenant's customers of these ids (at most 1,000)."""
    rows = await conn.execute(_named(conn.dialect.name), {"of_tenant": tenant, "ids": texts_as_list(ids)})
    return list(map(_customer, rows))


async def find_with_version(conn: AsyncConnection, tenant: int, customer_id: str) -> tuple[int, StoredCustomer | None]:
    """The version of the rules, and one of the tenant's customers."""
    row = (await conn.execute(_with_version(), {"of_tenant": tenant, "of_id": customer_id})).one()
    version, *columns = row
    return version, None if columns[0] is None else StoredCustomer._make(columns)


async def by_keys(conn: AsyncConnection, keys: Collection[int]) -> dict[int, StoredCustomer]:
    """Customers by their keys."""
    rows = await conn.execute(_keyed(conn.dialect.name), {"keys": as_list(keys)})
    return {row.key: _customer(row) for row in rows}


async def lock_named(conn: AsyncConnection, names: Collection[tuple[int, str]]) -> dict[int, StoredCustomer]:
    """Customers by their tenants and ids, locked until the transaction ends, in the order of their keys as `lock`."""
    listed = {"tenants": as_list({tenant for tenant, _ in names}), "ids": texts_as_list({name for _, name in names})}
    found = map(_customer, await conn.execute(_named_locked(conn.dialect.name), listed))
    return {row.key: row for row in found if (row.tenant_id, row.id) in names}


async def lock(conn: AsyncConnection, keys: Collection[int]) -> dict[int, StoredCustomer]:
    """Customers by their keys, locked until the transaction ends."""
    rows = await conn.execute(_locked(conn.dialect.name), {"keys": as_list(keys)})
    return {row.key: _customer(row) for row in rows}


async def add(conn: AsyncConnection, rows: Sequence[StoredCustomer]) -> None:
    """Insert new customers."""
    await insert_rows(conn, customer, rows)


async def put(conn: AsyncConnection, rows: Sequence[StoredCustomer]) -> None:
    """Update the accounts of stored customers."""
    await upsert_rows(conn, customer, rows, key="key", changed=ACCOUNT_COLUMNS)


NEXT_EXPIRY: Final = select(func.min(customer.c.next_expiry_at))
"""The earliest expiry of any points, as a fact of the shared look."""


async def with_due_points(conn: AsyncConnection, *, now_us: int, limit: int) -> list[int]:
    """Keys of customers with points that may have expired, the longest due first."""
    query = (
        select(customer.c.key)
        .where(customer.c.next_expiry_at <= now_us)
        .order_by(customer.c.next_expiry_at)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def segments(conn: AsyncConnection, keys: Collection[int]) -> list[SegmentMembership]:
    """The segment memberships of these customers, expired ones too."""
    rows = await conn.execute(_memberships(conn.dialect.name), {"keys": as_list(keys)})
    return [SegmentMembership._make(row) for row in rows]


async def add_to_segments(conn: AsyncConnection, memberships: Sequence[SegmentMembership]) -> None:
    """Insert memberships; an existing one gets the new expiry."""
    key = "customer_key, segment"
    await upsert_rows(conn, customer_segment, memberships, key=key, changed=("added_at", "expires_at"))


async def remove_from_segments(conn: AsyncConnection, memberships: Iterable[tuple[int, str]]) -> None:
    """Delete memberships, named by customer key and segment."""
    for customer_key, segment in memberships:
        here = customer_segment.c.customer_key == customer_key, customer_segment.c.segment == segment
        await conn.execute(delete(customer_segment).where(*here))


async def add_events(conn: AsyncConnection, rows: Sequence[tuple[int, int]]) -> None:
    """List events for customers, by customer key and number of the event."""
    await insert_rows(conn, loyalty_customer_event, rows)


async def events(conn: AsyncConnection, customer_key: int, *, before: int, limit: int) -> list[int]:
    """Numbers of the events listed for a customer below `before`, the newest first."""
    query = select(loyalty_customer_event.c.event_seq).where(
        loyalty_customer_event.c.customer_key == customer_key, loyalty_customer_event.c.event_seq < before
    )
    rows = await conn.execute(query.order_by(loyalty_customer_event.c.event_seq.desc()).limit(limit))
    return list(rows.scalars())


@lru_cache(maxsize=2)
def _named(dialect_name: str) -> Select[Any]:
    is_tenants = customer.c.tenant_id == bindparam("of_tenant", type_=Integer)
    return select(*CUSTOMER_COLUMNS).where(is_tenants, is_text_listed(customer.c.id, dialect_name, "ids"))


@lru_cache(maxsize=2)
def _named_locked(dialect_name: str) -> Select[Any]:
    is_of_tenants = customer.c.tenant_id.in_(listed_by(dialect_name, "tenants"))
    named = select(*CUSTOMER_COLUMNS).where(is_of_tenants, customer.c.id.in_(texts_listed_by(dialect_name, "ids")))
    return named.order_by(customer.c.key).with_for_update()


@lru_cache(maxsize=1)
def _with_version() -> Select[Any]:
    is_it = and_(
        customer.c.tenant_id == bindparam("of_tenant", type_=Integer),
        customer.c.id == bindparam("of_id", type_=String),
    )
    joined = config_version.outerjoin(customer, is_it)
    query = select(config_version.c.version, *CUSTOMER_COLUMNS).select_from(joined)
    return query.where(config_version.c.kind == VERSION_KIND)


@lru_cache(maxsize=2)
def _keyed(dialect_name: str) -> Select[Any]:
    return select(*CUSTOMER_COLUMNS).where(is_listed(customer.c.key, dialect_name, "keys"))


@lru_cache(maxsize=2)
def _locked(dialect_name: str) -> Select[Any]:
    return _keyed(dialect_name).order_by(customer.c.key).with_for_update()


@lru_cache(maxsize=2)
def _memberships(dialect_name: str) -> Select[Any]:
    columns = tuple(customer_segment.c[name] for name in SegmentMembership._fields)
    return select(*columns).where(is_listed(customer_segment.c.customer_key, dialect_name, "keys"))


def _customer(row: Row[Any]) -> StoredCustomer:
    return StoredCustomer._make(row)
