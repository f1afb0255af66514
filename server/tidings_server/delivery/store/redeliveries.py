"""Statements on deliveries that have ended, and on all deliveries of one event."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import String, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING, Priority
from tidings_server.delivery.store.tables import delivery
from tidings_server.storage.array_parameters import as_list, listed

IS_EXPIRED: Final = delivery.c.state == literal("EXPIRED", String, literal_execute=True)
"""As a literal, so that the partial index serves it."""


class DeliveryState(NamedTuple):
    """The state of one event's delivery to one subscription; a replay is one more."""

    id: int
    subscription_key: int
    state: str
    attempts: int
    due_at: int
    reason: str


async def state_of(conn: AsyncConnection, tenant_id: int, delivery_id: int) -> str | None:
    """The state of the tenant's delivery; None when there is none."""
    query = select(delivery.c.state).where(delivery.c.id == delivery_id, delivery.c.tenant_id == tenant_id)
    state: str | None = (await conn.execute(query)).scalar()
    return state


async def expired(conn: AsyncConnection, *, subscription_key: int, since: int, until: int, limit: int) -> list[int]:
    """Deliveries of a subscription that expired from `since` to `until`, the first to expire first."""
    query = (
        select(delivery.c.id)
        .where(delivery.c.subscription_key == subscription_key, delivery.c.updated_at.between(since, until), IS_EXPIRED)
        .order_by(delivery.c.updated_at)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def start_again(conn: AsyncConnection, ids: Sequence[int], *, tenant_id: int, now: int) -> int:
    """Begins a new round of tries for those of the tenant's deliveries that have ended; their number.

    They go among the retries, due now. Their attempts so far stay.
    """
    statement = (
        update(delivery)
        .where(delivery.c.id.in_(listed(conn, "ids")), delivery.c.tenant_id == tenant_id, ~IS_PENDING)
        .values(
            state="PENDING",
            priority=Priority.RETRY,
            tries=0,
            tries_from=None,
            due_at=now,
            lease_until=0,
            reason="",
            updated_at=now,
        )
    )
    started: int = (await conn.execute(statement, {"ids": as_list(ids)})).rowcount
    return started


async def delivery_states(conn: AsyncConnection, *, subscription_keys: Sequence[int], seq: int) -> list[DeliveryState]:
    """Deliveries of one event to these subscriptions, in the order they were queued."""
    query = (
        select(*(delivery.c[name] for name in DeliveryState._fields))
        .where(delivery.c.subscription_key.in_(listed(conn, "keys")), delivery.c.seq == seq)
        .order_by(delivery.c.id)
    )
    return [DeliveryState._make(row) for row in await conn.execute(query, {"keys": as_list(subscription_keys)})]
