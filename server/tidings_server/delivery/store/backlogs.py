"""Numbers of deliveries that wait, by subscription: statements."""

from typing import Final, NamedTuple

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import CLIENT_APIS
from tidings_server.delivery.store.tables import delivery, subscription

MAX_COUNTED: Final = 10_000
PRIORITIES: Final = (0, 1)
"""Every priority, so that the index of what is due is used."""


class Backlog(NamedTuple):
    """Deliveries that wait for a subscription; one more than MAX_COUNTED where there are more."""

    subscription_key: int
    subscription_id: str
    pending: int


async def page(
    conn: AsyncConnection, tenant: int, *, subscription_id: str, application: str | None, after: int, limit: int
) -> list[Backlog]:
    """Backlogs of the subscriptions behind `after` in order of their keys; of one id or one application, if given."""
    waiting = (
        select(literal(1).label("one"))
        .where(
            delivery.c.priority.in_(PRIORITIES),
            delivery.c.subscription_key == subscription.c.key,
            delivery.c.state == "PENDING",
        )
        .limit(MAX_COUNTED + 1)
        .correlate(subscription)
        .subquery()
    )
    pending = select(func.count()).select_from(waiting).scalar_subquery()
    query = select(subscription.c.key, subscription.c.id, pending).where(
        subscription.c.tenant_id == tenant,
        subscription.c.api.in_(CLIENT_APIS),
        subscription.c.deleted_at.is_(None),
        subscription.c.key > after,
    )
    if application is not None:
        query = query.where(subscription.c.app_id == application)
    if subscription_id:
        query = query.where(subscription.c.id == subscription_id)
    rows = await conn.execute(query.order_by(subscription.c.key).limit(limit))
    return [Backlog(*row) for row in rows]
