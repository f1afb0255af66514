"""Orders in SQL: one row for each, however many events tell of it."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_order
from tidings_server.storage.array_parameters import as_list, is_text_listed, listed_by, texts_as_list, texts_listed_by
from tidings_server.storage.bulk_insert import upsert_rows


class StoredOrder(NamedTuple):
    """One row; fields are the table's columns in order."""

    key: int
    tenant_id: int
    customer_key: int
    name_space: str
    order_id: str
    newest_seq: int
    stated_at: int
    placed_at: int
    assessed_at: int | None = None
    is_standing: bool = False
    is_final: bool = False
    spend: int = 0
    base_points: int = 0
    economy_key: int | None = None
    facts: str | None = None
    points_taken: int = 0
    debt_incurred: int = 0
    points_returned: int = 0
    currency: str | None = None


_CHANGED: Final = StoredOrder._fields[StoredOrder._fields.index("newest_seq") :]


async def put(conn: AsyncConnection, rows: Sequence[StoredOrder]) -> None:
    """Insert orders, or update those that are stored."""
    await upsert_rows(conn, loyalty_order, rows, key="key", changed=_CHANGED)


async def find(conn: AsyncConnection, tenant: int, order_ids: Collection[str]) -> list[StoredOrder]:
    """The orders with these ids, of whatever customers and in whatever namespaces."""
    query = _named(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "ids": texts_as_list(order_ids)})
    return [StoredOrder._make(row) for row in rows]


async def of_customers(
    conn: AsyncConnection, customers: Collection[int], order_ids: Collection[str]
) -> list[StoredOrder]:
    """The orders of these customers with these ids, in whatever namespaces."""
    listed = {"customers": as_list(customers), "ids": texts_as_list(order_ids)}
    return [StoredOrder._make(row) for row in await conn.execute(_of_customers(conn.dialect.name), listed)]


@lru_cache(maxsize=2)
def _named(dialect_name: str) -> Select[Any]:
    is_tenants = loyalty_order.c.tenant_id == bindparam("of_tenant", type_=Integer)
    return select(loyalty_order).where(is_tenants, is_text_listed(loyalty_order.c.order_id, dialect_name, "ids"))


@lru_cache(maxsize=2)
def _of_customers(dialect_name: str) -> Select[Any]:
    is_theirs = loyalty_order.c.customer_key.in_(listed_by(dialect_name, "customers"))
    return select(loyalty_order).where(is_theirs, loyalty_order.c.order_id.in_(texts_listed_by(dialect_name, "ids")))
