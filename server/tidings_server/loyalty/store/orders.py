"""Orders and their reversals in SQL."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_order, loyalty_reversal
from tidings_server.storage.array_parameters import texts_as_list, texts_listed_by
from tidings_server.storage.bulk_insert import insert_rows


class StoredOrder(NamedTuple):
    """An event of an order whose total counts as spend; fields are the table's columns in order."""

    event_seq: int
    tenant_id: int
    order_id: str
    customer_key: int
    spend: int
    spent_at: int


class StoredReversal(NamedTuple):
    """One row; fields are the table's columns in order."""

    tenant_id: int
    order_id: str
    customer_key: int
    event_id: str
    points_taken: int
    debt_incurred: int
    points_returned: int
    reversed_at: int


async def add(conn: AsyncConnection, rows: Sequence[StoredOrder]) -> None:
    """Insert events of orders."""
    await insert_rows(conn, loyalty_order, rows)


async def find(conn: AsyncConnection, tenant: int, order_id: str) -> list[StoredOrder]:
    """The events of an order, in the order of the log."""
    is_its = loyalty_order.c.tenant_id == tenant, loyalty_order.c.order_id == order_id
    rows = await conn.execute(select(loyalty_order).where(*is_its).order_by(loyalty_order.c.event_seq))
    return [StoredOrder._make(row) for row in rows]


async def add_reversal(conn: AsyncConnection, stored: StoredReversal) -> None:
    """Insert the result of a reversal."""
    await conn.execute(insert(loyalty_reversal).values(stored._asdict()))


async def reversals(conn: AsyncConnection, tenant: int, order_ids: Collection[str]) -> list[StoredReversal]:
    """The reversals of these orders, of whatever customers."""
    query = _reversals(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "ids": texts_as_list(order_ids)})
    return [StoredReversal._make(row) for row in rows]


async def is_reversed(conn: AsyncConnection, tenant: int, order_id: str, *, customer_key: int) -> bool:
    """Whether a customer's order was reversed."""
    return any(each.customer_key == customer_key for each in await reversals(conn, tenant, [order_id]))


@lru_cache(maxsize=2)
def _reversals(dialect_name: str) -> Select[Any]:
    is_tenants = loyalty_reversal.c.tenant_id == bindparam("of_tenant", type_=Integer)
    listed = texts_listed_by(dialect_name, "ids")
    return select(loyalty_reversal).where(is_tenants, loyalty_reversal.c.order_id.in_(listed))
