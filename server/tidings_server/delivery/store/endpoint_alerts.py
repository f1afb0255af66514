"""Alerts about failing endpoints that were raised: statements."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import endpoint_alert
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.bulk_insert import upsert_rows


class EndpointAlert(NamedTuple):
    """Alerts raised of an endpoint that fails since an instant, in the order of the table's columns.

    `level` is the highest share of the time to its deactivation, in percent, 0 for none; `is_exhausted` whether the
    retries of a delivery were used up.
    """

    subscription_key: int
    tenant_id: int
    since: int
    level: int = 0
    is_exhausted: bool = False


async def of(conn: AsyncConnection, keys: Sequence[int]) -> dict[int, EndpointAlert]:
    """Alerts of these subscriptions by their keys."""
    query = select(endpoint_alert).where(is_listed(endpoint_alert.c.subscription_key, conn.dialect.name, "keys"))
    rows = await conn.execute(query, {"keys": as_list(keys)})
    return {row.subscription_key: EndpointAlert._make(row) for row in rows}


async def put(conn: AsyncConnection, alerts: Sequence[EndpointAlert]) -> None:
    """Store alerts in the place of those that were there."""
    changed = ("since", "level", "is_exhausted")
    await upsert_rows(conn, endpoint_alert, alerts, key="subscription_key", changed=changed)


async def remove(conn: AsyncConnection, keys: Sequence[int]) -> list[EndpointAlert]:
    """Remove the alerts of these subscriptions; those that there were, in the order of their keys."""
    gone = delete(endpoint_alert).where(is_listed(endpoint_alert.c.subscription_key, conn.dialect.name, "keys"))
    rows = await conn.execute(gone.returning(*endpoint_alert.c), {"keys": as_list(keys)})
    return sorted(EndpointAlert._make(row) for row in rows)
