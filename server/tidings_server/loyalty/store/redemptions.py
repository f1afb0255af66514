"""Redemptions in SQL."""

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store.tables import loyalty_redemption
from tidings_server.storage.array_parameters import is_text_listed, texts_as_list
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

    @property
    def lot_draws(self) -> list[tuple[int, int]]:
        """Pairs of a lot's key and the number of points taken from it."""
        return [(key, points) for key, points in json.loads(self.draws)]


async def add(conn: AsyncConnection, rows: Sequence[StoredRedemption]) -> None:
    """Insert new redemptions."""
    await insert_rows(conn, loyalty_redemption, rows)


async def find(conn: AsyncConnection, tenant: int, event_ids: Collection[str]) -> dict[str, StoredRedemption]:
    """The tenant's redemptions by the ids of their events."""
    query = _by_event_ids(conn.dialect.name)
    rows = await conn.execute(query, {"of_tenant": tenant, "ids": texts_as_list(event_ids)})
    return {row.event_id: StoredRedemption._make(row) for row in rows}


async def by_reference(conn: AsyncConnection, customer_key: int, reference: str) -> list[StoredRedemption]:
    """A customer's redemptions with an external reference, such as the id of an order; the oldest first."""
    columns = loyalty_redemption.c
    query = select(loyalty_redemption).where(
        columns.customer_key == customer_key, columns.external_reference == reference
    )
    return [StoredRedemption._make(row) for row in await conn.execute(query.order_by(columns.created_at))]


async def held_before(conn: AsyncConnection, before_us: int, *, limit: int) -> list[StoredRedemption]:
    """Redemptions of all tenants that have been held since before an instant, the oldest first."""
    columns = loyalty_redemption.c
    query = select(loyalty_redemption).where(columns.state == HELD, columns.created_at < before_us)
    rows = await conn.execute(query.order_by(columns.created_at).limit(limit))
    return [StoredRedemption._make(row) for row in rows]


async def settle(conn: AsyncConnection, rows: Sequence[StoredRedemption]) -> None:
    """Update the states of redemptions, whose customers are locked."""
    changed = ("state", "settled_at")
    await upsert_rows(conn, loyalty_redemption, rows, key="tenant_id, event_id", changed=changed)


@lru_cache(maxsize=2)
def _by_event_ids(dialect_name: str) -> Select[Any]:
    is_tenants = loyalty_redemption.c.tenant_id == bindparam("of_tenant", type_=Integer)
    is_one = is_text_listed(loyalty_redemption.c.event_id, dialect_name, "ids")
    return select(loyalty_redemption).where(is_tenants, is_one)
