"""Redemptions, orders and their reversals in SQL."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Select, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_order, loyalty_redemption, loyalty_reversal
from tidings_server.storage.array_parameters import texts_as_list, texts_listed_by
from tidings_server.storage.bulk_insert import insert_rows, upsert_rows

HELD: Final = "HELD"
CONFIRMED: Final = "CONFIRMED"
VOIDED: Final = "VOIDED"
RETURNED: Final = "RETURNED"


class StoredRedemption(NamedTuple):
    """One row; fields are the table's columns in order."""

    tenant_id: int
    event_id: str
    customer_key: int
    quantity: int
    starting_balance: int
    external_reference: str | None
    state: str
    draws: str
    created_at: int
    settled_at: int | None


class StoredOrder(NamedTuple):
    """An event of an order that counted; fields are the table's columns in order."""

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
    taken_back: int
    debt: int
    returned: int
    at: int


async def add_redemptions(conn: AsyncConnection, rows: Sequence[StoredRedemption]) -> None:
    """Store redemptions that are new."""
    await insert_rows(conn, loyalty_redemption, rows)


async def redemptions(conn: AsyncConnection, tenant: int, event_ids: Collection[str]) -> dict[str, StoredRedemption]:
    """The tenant's redemptions by the ids of their events."""
    query = _redemptions(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "ids": texts_as_list(event_ids)})
    return {row.event_id: StoredRedemption._make(row) for row in rows}


async def redeemed_for(conn: AsyncConnection, customer_key: int, reference: str) -> list[StoredRedemption]:
    """A customer's redemptions on something, such as an order by its id."""
    is_its = loyalty_redemption.c.customer_key == customer_key, loyalty_redemption.c.external_reference == reference
    rows = await conn.execute(select(loyalty_redemption).where(*is_its).order_by(loyalty_redemption.c.created_at))
    return [StoredRedemption._make(row) for row in rows]


async def settle(conn: AsyncConnection, rows: Sequence[StoredRedemption]) -> None:
    """Write the states of redemptions, whose customers are held."""
    changed = ("state", "settled_at")
    await upsert_rows(conn, loyalty_redemption, rows, key="tenant_id, event_id", changed=changed)


async def add_orders(conn: AsyncConnection, rows: Sequence[StoredOrder]) -> None:
    """Note events of orders."""
    await insert_rows(conn, loyalty_order, rows)


async def orders(conn: AsyncConnection, tenant: int, order_id: str) -> list[StoredOrder]:
    """The events of an order, in the order of the log."""
    is_its = loyalty_order.c.tenant_id == tenant, loyalty_order.c.order_id == order_id
    rows = await conn.execute(select(loyalty_order).where(*is_its).order_by(loyalty_order.c.event_seq))
    return [StoredOrder._make(row) for row in rows]


async def add_reversal(conn: AsyncConnection, stored: StoredReversal) -> None:
    """Store what a reversal did."""
    await conn.execute(insert(loyalty_reversal).values(stored._asdict()))


async def reversals(conn: AsyncConnection, tenant: int, order_ids: Collection[str]) -> list[StoredReversal]:
    """The reversals of these orders."""
    query = _reversals(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "ids": texts_as_list(order_ids)})
    return [StoredReversal._make(row) for row in rows]


@lru_cache(maxsize=2)
def _redemptions(dialect_name: str) -> Select[Any]:
    is_tenants = loyalty_redemption.c.tenant_id == bindparam("of_tenant", type_=Integer)
    listed = texts_listed_by(dialect_name, "ids")
    return select(loyalty_redemption).where(is_tenants, loyalty_redemption.c.event_id.in_(listed))


@lru_cache(maxsize=2)
def _reversals(dialect_name: str) -> Select[Any]:
    is_tenants = loyalty_reversal.c.tenant_id == bindparam("of_tenant", type_=Integer)
    listed = texts_listed_by(dialect_name, "ids")
    return select(loyalty_reversal).where(is_tenants, loyalty_reversal.c.order_id.in_(listed))
