"""Fingerprints of tenants' active subscriptions, by blocks of keys: which of them have changed since they were read."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.store.tables import subscription

BLOCK: Final = 256
"""Keys of a block: so many subscriptions at most are read again when one of them changes."""


class Fingerprint(NamedTuple):
    """Sums over the subscriptions of a block, of which one at least differs when any is added, changed or gone."""

    number: int
    keys: int
    versions: int
    products: int
    confirmed: int


def block_of(key: int) -> int:
    """The block of a subscription's key."""
    return key // BLOCK


def fingerprint_of(subscriptions: Sequence[Subscription]) -> Fingerprint:
    """The fingerprint of subscriptions as they were read."""
    return Fingerprint(
        number=len(subscriptions),
        keys=sum(each.key for each in subscriptions),
        versions=sum(each.version for each in subscriptions),
        products=sum(each.key * each.version for each in subscriptions),
        confirmed=sum(each.is_confirmed for each in subscriptions),
    )


async def fingerprints(conn: AsyncConnection, tenants: Collection[int]) -> dict[int, dict[int, Fingerprint]]:
    """By tenant and block, as they are now."""
    table = subscription.c
    query = (
        select(
            table.tenant_id,
            func.min(table.key),
            func.count(),
            func.sum(table.key),
            func.sum(table.version),
            func.sum(table.key * table.version),
            func.sum(case((table.is_confirmed, 1), else_=0)),
        )
        .where(table.tenant_id.in_(tenants), table.is_active, table.deleted_at.is_(None))
        .group_by(table.tenant_id, table.key // BLOCK)
    )
    found: dict[int, dict[int, Fingerprint]] = {tenant: {} for tenant in tenants}
    for tenant, first, *sums in await conn.execute(query):
        found[tenant][block_of(first)] = Fingerprint(*map(int, sums))
    return found
