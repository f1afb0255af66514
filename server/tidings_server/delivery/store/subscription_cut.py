"""Comparison of a routing plan with the subscriptions as they are when it is committed.

A transaction that changes a subscription locks their version (`subscriptions.hold`), and reads the log's head as
`after_seq` only after that. So one that is not in a plan misses an event of the plan only where its `after_seq` is
below that event: any other has been made or started after the events were stored. Whoever changes or stops one while
its events are routed cannot tell which came first; one that is gone gets no deliveries, since nobody would send them.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import CLIENT_APIS
from tidings_server.delivery.store.tables import subscription
from tidings_server.storage.array_parameters import as_list, is_listed, listed_by


async def has_others(conn: AsyncConnection, tenants: Collection[int], keys: Collection[int], *, upto: int) -> bool:
    """True where an active subscription of these tenants, beside those with `keys`, gets events up to `upto`."""
    given = {"tenants": as_list(tenants), "keys": as_list(keys), "upto": upto}
    return bool((await conn.execute(_others(conn.dialect.name), given)).scalar_one())


async def gone(conn: AsyncConnection, tenants: Collection[int], keys: Collection[int]) -> set[int]:
    """Those of these tenants' subscriptions with `keys` that were stopped or deleted."""
    given = {"tenants": as_list(tenants), "keys": as_list(keys)}
    return set((await conn.execute(_gone(conn.dialect.name), given)).scalars())


@lru_cache(maxsize=2)
def _others(dialect_name: str) -> Select[Any]:
    other = exists().where(
        is_listed(subscription.c.tenant_id, dialect_name, "tenants"),
        subscription.c.api.in_([int(api) for api in CLIENT_APIS]),
        subscription.c.is_active,
        subscription.c.deleted_at.is_(None),
        subscription.c.after_seq < bindparam("upto"),
        subscription.c.key.not_in(listed_by(dialect_name, "keys")),
    )
    return select(other)


@lru_cache(maxsize=2)
def _gone(dialect_name: str) -> Select[Any]:
    is_gone = or_(~subscription.c.is_active, subscription.c.deleted_at.is_not(None))
    return select(subscription.c.key).where(
        is_listed(subscription.c.key, dialect_name, "keys"),
        subscription.c.tenant_id.in_(listed_by(dialect_name, "tenants")),
        is_gone,
    )
