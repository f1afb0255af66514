"""Statements on deliveries that have ended, and on all deliveries of one event."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import String, func, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.deliveries import IS_PENDING, Priority
from tidings_server.delivery.store.tables import delivery
from tidings_server.storage.array_parameters import as_list, is_listed

IS_EXPIRED: Final = delivery.c.state == literal("EXPIRED", String, literal_execute=True)
"""As a literal, so that the partial index serves it."""


class DeliveryState(NamedTuple):
    """The state of one event's delivery to one subscription; a replay is one more."""

    id: int
    subscription_key: int
    state: str
    attempts: int
    due_at: int
    lease_until: int
    reason: str


async def subscription_of(conn: AsyncConnection, tenant_id: int, delivery_id: int) -> int | None:
    """The key of the subscription of the tenant's delivery; None when there is no such delivery."""
    query = select(delivery.c.subscription_key).where(delivery.c.id == delivery_id, delivery.c.tenant_id == tenant_id)
    key: int | None = (await conn.execute(query)).scalar()
    return key


async def expired(conn: AsyncConnection, *, subscription_key: int, since: int, until: int, limit: int) -> list[int]:
    """Deliveries of a subscription that expired from `since` to `until`, the first to expire first."""
    query = (
        select(delivery.c.id)
        .where(delivery.c.subscription_key == subscription_key, delivery.c.updated_at.between(since, until), IS_EXPIRED)
        .order_by(delivery.c.updated_at)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


def new_round(now: int) -> dict[str, Any]:
    """The columns with which a new round of tries begins: among the retries, due now, as if none had been yet."""
    return {
        "state": "PENDING",
        "priority": Priority.RETRY,
        "tries": 0,
        "tries_from": None,
        "due_at": now,
        "lease_until": 0,
        "reason": "",
        "updated_at": now,
    }


async def start_again(conn: AsyncConnection, ids: Sequence[int], *, tenant_id: int, now: int) -> int:
    """Begins a new round of tries for those of the tenant's deliveries that have ended; their number.

    They go among the retries, due now. Their attempts so far stay.
    """
    statement = (
        update(delivery)
        .where(is_listed(delivery.c.id, conn.dialect.name, "ids"), delivery.c.tenant_id == tenant_id, ~IS_PENDING)
        .values(new_round(now))
    )
    started: int = (await conn.execute(statement, {"ids": as_list(ids)})).rowcount
    return started


async def hasten(conn: AsyncConnection, delivery_id: int, *, tenant_id: int, now: int) -> int:
    """Makes a pending delivery of the tenant due now that is due later; the number of such deliveries, 0 or 1."""
    is_it = delivery.c.id == delivery_id, delivery.c.tenant_id == tenant_id, IS_PENDING, delivery.c.due_at > now
    hastened: int = (await conn.execute(update(delivery).where(*is_it).values(due_at=now))).rowcount
    return hastened


async def bring_forward(conn: AsyncConnection, subscription_key: int, *, tenant_id: int, now: int, limit: int) -> int:
    """Makes pending deliveries of a subscription due now that are due later, at most `limit`; their number."""
    later = (
        select(delivery.c.id)
        .where(
            IS_PENDING,
            delivery.c.priority == Priority.RETRY,
            delivery.c.subscription_key == subscription_key,
            delivery.c.tenant_id == tenant_id,
            delivery.c.due_at > now,
        )
        .limit(limit)
    )
    moved: int = (await conn.execute(update(delivery).where(delivery.c.id.in_(later)).values(due_at=now))).rowcount
    return moved


async def predecessors(conn: AsyncConnection, ids: Sequence[int], *, tenant_id: int) -> dict[int, int]:
    """By delivery, the pending one that it waits for in order; those that wait for none are left out."""
    before = delivery.alias("before")
    first = (
        select(before.c.id)
        .where(
            before.c.subscription_key == delivery.c.subscription_key,
            before.c.tenant_id == tenant_id,
            before.c.order_key == delivery.c.order_key,
            before.c.order_key.is_not(None),
            before.c.seq < delivery.c.seq,
            before.c.state == literal("PENDING", String, literal_execute=True),
        )
        .order_by(before.c.seq)
        .limit(1)
        .scalar_subquery()
    )
    is_one = is_listed(delivery.c.id, conn.dialect.name, "ids"), delivery.c.tenant_id == tenant_id
    is_ordered = IS_PENDING, delivery.c.order_key.is_not(None)
    rows = await conn.execute(select(delivery.c.id, first).where(*is_one, *is_ordered), {"ids": as_list(ids)})
    return {number: found for number, found in rows if found is not None}


async def due_before(conn: AsyncConnection, state: "DeliveryState", *, tenant_id: int, limit: int) -> int:
    """The number of pending deliveries to the same subscription that are due before this one, up to `limit`."""
    ahead = union_all(
        *(
            select(delivery.c.id)
            .where(
                IS_PENDING,
                delivery.c.priority == priority,
                delivery.c.subscription_key == state.subscription_key,
                delivery.c.tenant_id == tenant_id,
                delivery.c.due_at < state.due_at,
            )
            .limit(limit)
            .subquery()
            .select()
            for priority in Priority
        )
    ).subquery()
    return min(limit, int((await conn.execute(select(func.count()).select_from(ahead))).scalar_one()))


async def delivery_states(conn: AsyncConnection, *, subscription_keys: Sequence[int], seq: int) -> list[DeliveryState]:
    """Deliveries of one event to these subscriptions, in the order they were queued."""
    query = (
        select(*(delivery.c[name] for name in DeliveryState._fields))
        .where(is_listed(delivery.c.subscription_key, conn.dialect.name, "keys"), delivery.c.seq == seq)
        .order_by(delivery.c.id)
    )
    return [DeliveryState._make(row) for row in await conn.execute(query, {"keys": as_list(subscription_keys)})]
