"""Deliveries on their way into the queue: statements, one text for both databases."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import String, func, insert, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery
from tidings_server.storage.bulk_insert import insert_rows

IS_PENDING: Final = delivery.c.state == literal("PENDING", String, literal_execute=True)
"""As a literal: a parameter would keep both databases from using the partial indexes."""


class Priority(IntEnum):
    """First attempts never wait behind retries; stored as its number."""

    FIRST = 0
    RETRY = 1


Order = tuple[int, str]
"""A subscription's key and an entity's: its deliveries follow each other."""


class NewDelivery(NamedTuple):
    """A delivery about to be queued; `order_key` is None where the subscription is not ordered."""

    tenant_id: int
    subscription_key: int
    seq: int
    replay_id: str
    priority: Priority
    order_key: str | None
    due_at: int
    created_at: int

    @property
    def order(self) -> Order:
        """The entity, of a delivery that is ordered."""
        return self.subscription_key, self.order_key or ""


async def add(conn: AsyncConnection, rows: Sequence[NewDelivery]) -> None:
    """Queues deliveries. IntegrityError when one of them is queued already."""
    if rows:
        await insert_rows(conn, delivery, list(map(_new, rows)), columns=_NEW)


async def add_one(conn: AsyncConnection, row: NewDelivery) -> int:
    """Queues one delivery; its number."""
    values = dict(zip(_NEW, _new(row), strict=True))
    delivery_id: int = (await conn.execute(insert(delivery).values(values).returning(delivery.c.id))).scalar_one()
    return delivery_id


async def pending(conn: AsyncConnection, *, subscription_key: int, most: int) -> int:
    """The number of a subscription's pending deliveries, counted up to `most`."""
    waiting = union_all(
        *(
            select(delivery.c.id)
            .where(IS_PENDING, delivery.c.priority == priority, delivery.c.subscription_key == subscription_key)
            .limit(most)
            .subquery()
            .select()
            for priority in Priority
        )
    ).subquery()
    return min(most, int((await conn.execute(select(func.count()).select_from(waiting))).scalar_one()))


_NEW: Final = tuple(column.name for column in delivery.c if column.name not in {"id", "tries_from", "lease_owner"})


def _new(row: NewDelivery) -> tuple[Any, ...]:
    """The values of `_NEW`."""
    tenant_id, subscription_key, seq, replay_id, priority, order_key, due_at, created_at = row
    never_tried = (0, 0)
    return (
        *(tenant_id, subscription_key, seq, replay_id, "PENDING", priority, *never_tried),
        *(order_key, due_at, 0, created_at, created_at, ""),
    )
