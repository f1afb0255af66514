"""Customers in SQL: lists, and changes of profiles. Events create customers, and the ledger changes their accounts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.customers import CUSTOMER_COLUMNS, StoredCustomer
from tidings_server.loyalty.store.tables import customer, customer_segment


class EmailTaken(Exception):
    """Another customer of the tenant has this address."""


class CustomerFilter(NamedTuple):
    """Filter of a list of customers; an empty text matches any. `at_us` is the instant of membership in the segment."""

    email: str = ""
    external_reference: str = ""
    segment: str = ""
    at_us: int = 0


async def page(
    conn: AsyncConnection, tenant: int, filters: CustomerFilter, *, after: int, limit: int
) -> list[StoredCustomer]:
    """Customers of the tenant by key, those above `after`."""
    query = select(*CUSTOMER_COLUMNS).where(customer.c.tenant_id == tenant, customer.c.key > after)
    rows = await conn.execute(_filtered(query, filters).order_by(customer.c.key).limit(limit))
    return [StoredCustomer._make(row) for row in rows]


async def with_email(conn: AsyncConnection, tenant: int, email: str) -> int | None:
    """The key of the tenant's customer with this address."""
    query = select(customer.c.key).where(customer.c.tenant_id == tenant, customer.c.email == email)
    key: int | None = (await conn.execute(query)).scalar_one_or_none()
    return key


async def change(conn: AsyncConnection, stored: StoredCustomer, values: Mapping[str, Any]) -> StoredCustomer | None:
    """The next version of a customer; None where another change came first. Raises EmailTaken."""
    guarded = (customer.c.key == stored.key, customer.c.version == stored.version)
    statement = (
        update(customer).where(*guarded).values(**values, version=stored.version + 1).returning(*CUSTOMER_COLUMNS)
    )
    try:
        row = (await conn.execute(statement)).one_or_none()
    except IntegrityError:
        raise EmailTaken from None
    return StoredCustomer._make(row) if row else None


def _filtered(query: Select[Any], filters: CustomerFilter) -> Select[Any]:
    if filters.email:
        query = query.where(customer.c.email == filters.email)
    if filters.external_reference:
        query = query.where(customer.c.external_reference == filters.external_reference)
    if filters.segment:
        member = customer_segment.c
        is_in = member.expires_at.is_(None) | (member.expires_at > filters.at_us)
        members = select(member.customer_key).where(member.segment == filters.segment, is_in)
        query = query.where(customer.c.key.in_(members))
    return query
