"""Counts of attempts by hour and subscription: statements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Integer, delete, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery_count, subscription
from tidings_server.storage.bulk_insert import add_to_rows

KEY: Final = "tenant_id, hour, subscription_key"
COUNTED: Final = ("delivered", "failed", "expired")


class HourlyAttempts(NamedTuple):
    """Attempts for a subscription in one hour, in the order of the table's columns."""

    tenant_id: int
    hour: int
    subscription_key: int
    delivered: int
    failed: int
    expired: int


class AttemptSum(NamedTuple):
    """Attempts of the hours from `hour` on; `subscription_key` is 0 where subscriptions are added up."""

    hour: int
    subscription_key: int
    subscription_id: str
    delivered: int
    failed: int
    expired: int


class AttemptRange(NamedTuple):
    """Hours `first` to `last`, both included, added up by `step` hours.

    `subscription_id`, where given, is the only one; `application` the only one whose subscriptions are counted.
    """

    first: int
    last: int
    step: int
    subscription_id: str
    is_total: bool
    application: str | None


async def add(conn: AsyncConnection, counts: Sequence[HourlyAttempts]) -> None:
    """Add to the counts; each key at most once."""
    await add_to_rows(conn, delivery_count, counts, key=KEY, added=COUNTED)


async def page(
    conn: AsyncConnection, tenant: int, of: AttemptRange, *, after: tuple[int, int] | None, limit: int
) -> list[AttemptSum]:
    """Sums in order of time and subscription, those behind `after`."""
    begins = delivery_count.c.hour - delivery_count.c.hour % literal(of.step, Integer)
    key = literal(0) if of.is_total else delivery_count.c.subscription_key
    name = literal("") if of.is_total else func.min(subscription.c.id)
    sums = (func.sum(delivery_count.c[each]) for each in COUNTED)
    query = (
        select(begins.label("begins"), key.label("of_subscription"), name, *sums)
        .join(subscription, subscription.c.key == delivery_count.c.subscription_key)
        .where(delivery_count.c.tenant_id == tenant, delivery_count.c.hour.between(of.first, of.last))
    )
    if of.application is not None:
        query = query.where(subscription.c.app_id == of.application)
    if of.subscription_id:
        query = query.where(subscription.c.id == of.subscription_id)
    if after is not None:
        hour, number = after
        query = query.where(delivery_count.c.hour >= hour, or_(begins > hour, key > number))
    columns = ("begins",) if of.is_total else ("begins", "of_subscription")
    rows = await conn.execute(query.group_by(*columns).order_by(*columns).limit(limit))
    return [AttemptSum(hour, number, id_, *map(int, counted)) for hour, number, id_, *counted in rows]


async def remove(conn: AsyncConnection, *, before: int, limit: int) -> int:
    """Remove at most `limit` counts of hours before one; the number of those that were."""
    key = (delivery_count.c.tenant_id, delivery_count.c.hour, delivery_count.c.subscription_key)
    old = select(*key).where(delivery_count.c.hour < before).limit(limit)
    return (await conn.execute(delete(delivery_count).where(tuple_(*key).in_(old)))).rowcount
