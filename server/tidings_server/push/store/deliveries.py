"""Statements of the listing of deliveries with their attempts. Source: WIRE.md 002 (b).

Newest first by default. Where no index serves the query (all subscriptions at once, a filter, another order), only the
newest `MAX_SCANNED` deliveries are searched, so that no statement takes longer than a reader may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, String, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.delivery_history import MAX_ATTEMPTS, PastAttempt
from tidings_server.delivery.store.delivery_history import attempts as attempts_of
from tidings_server.delivery.store.tables import delivery, delivery_attempt, subscription
from tidings_server.log.store.search import ENTITY
from tidings_server.push.store.filters import Comparison, FieldType, FilterField, FilterFields, Ordering
from tidings_server.push.store.pages import OffsetPage, fetch_page
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.tables import event

MAX_SCANNED: Final = 20_000
LISTED_ATTEMPTS: Final = 50
"""Attempts shown of each delivery in a list, the newest."""

PENDING, SUCCEEDED, FAILED, EXPIRED = "Pending", "Succeeded", "Failed", "Expired"

_status = case(
    (delivery.c.state == "SUCCEEDED", literal(SUCCEEDED, String)),
    (delivery.c.state == "EXPIRED", literal(EXPIRED, String)),
    (delivery.c.tries > 0, literal(FAILED, String)),
    else_=literal(PENDING, String),
)
_last_attempt_at = (
    select(func.max(delivery_attempt.c.at)).where(delivery_attempt.c.delivery_id == delivery.c.id).scalar_subquery()
)
_next_attempt_at = case((delivery.c.state == "PENDING", delivery.c.due_at))

DELIVERY_FIELDS: Final = FilterFields(
    {
        "id": FilterField(delivery.c.id, FieldType.NUMBER),
        "deliveryStatus": FilterField(_status),
        "lastExecutionDate": FilterField(_last_attempt_at, FieldType.INSTANT),
        "nextExecutionDate": FilterField(_next_attempt_at, FieldType.INSTANT),
        "createDate": FilterField(delivery.c.created_at, FieldType.INSTANT),
        "updateDate": FilterField(delivery.c.updated_at, FieldType.INSTANT),
        "eventSummary.eventId": FilterField(func.replace(event.c.event_id, "-", ""), FieldType.GUID),
        "eventSummary.topic": FilterField(event.c.topic),
        "eventSummary.entityId": FilterField(ENTITY),
        "eventSummary.correlationId": FilterField(event.c.correlation_id),
        "eventSummary.siteId": FilterField(event.c.site_id, FieldType.NUMBER),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDelivery:
    """One delivery and its attempts, oldest first. Instants in microseconds."""

    id: int
    seq: int
    tenant_id: int
    subscription_key: int
    replay_id: str
    status: str
    reason: str
    tries: int
    tries_from: int | None
    lease_until: int
    next_attempt_at: int | None
    last_attempt_at: int | None
    created_at: int
    updated_at: int
    attempts: Sequence[PastAttempt]


@dataclass(frozen=True, slots=True)
class DeliveryScope:
    """Scope of a listing: all push subscriptions of the tenant, of one application, or one (its key).

    All events, or those of one site.
    """

    tenant_id: int
    subscription_key: int | None = None
    site_id: int | None = None
    application: str | None = None


async def deliveries(
    conn: AsyncConnection,
    scope: DeliveryScope,
    *,
    comparisons: Sequence[Comparison],
    orderings: Sequence[Ordering],
    offset: int,
    limit: int,
) -> OffsetPage[ListedDelivery]:
    """One page of deliveries, each with its newest attempts."""
    is_bounded = bool(comparisons or orderings or scope.subscription_key is None or scope.site_id is not None)
    query = (
        _scanned(scope).where(*DELIVERY_FIELDS.where(comparisons)) if is_bounded else _rows().where(*_conditions(scope))
    )
    order = [*DELIVERY_FIELDS.order_by(orderings), *_newest(scope)]
    page = await fetch_page(conn, query, order_by=order, offset=offset, limit=limit)
    attempts = await attempts_of(conn, [row.id for row in page.items], most=LISTED_ATTEMPTS)
    is_lower_bound = page.is_lower_bound or (is_bounded and await _has_unscanned(conn, scope))
    return OffsetPage([_delivery(row, attempts) for row in page.items], page.total, is_lower_bound)


async def delivery_of(
    conn: AsyncConnection, scope: DeliveryScope, *, subscription_id: str, delivery_id: int
) -> ListedDelivery | None:
    """One delivery of a push subscription in this scope, with its attempts; None when there is none."""
    query = (
        _rows()
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .where(
            delivery.c.id == delivery_id, delivery.c.tenant_id == scope.tenant_id, subscription.c.id == subscription_id
        )
    )
    if scope.application is not None:
        query = query.where(subscription.c.app_id == scope.application)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _delivery(row, await attempts_of(conn, [row.id], most=MAX_ATTEMPTS))


def _rows() -> Select[Any]:
    return select(
        delivery.c.id,
        delivery.c.seq,
        delivery.c.tenant_id,
        delivery.c.subscription_key,
        delivery.c.replay_id,
        delivery.c.reason,
        _status.label("status"),
        delivery.c.tries,
        delivery.c.tries_from,
        delivery.c.lease_until,
        _next_attempt_at.label("next_attempt_at"),
        _last_attempt_at.label("last_attempt_at"),
        delivery.c.created_at,
        delivery.c.updated_at,
    )


def _scanned(scope: DeliveryScope) -> Select[Any]:
    newest = select(delivery.c.id).where(*_conditions(scope)).order_by(*_newest(scope)).limit(MAX_SCANNED).subquery()
    query = (
        _rows()
        .join(newest, newest.c.id == delivery.c.id)
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .join(event, event.c.seq == delivery.c.seq, isouter=True)
        .where(subscription.c.api == Api.PUSH)
    )
    if scope.application is not None:
        query = query.where(subscription.c.app_id == scope.application)
    return query if scope.site_id is None else query.where(event.c.site_id == scope.site_id)


def _conditions(scope: DeliveryScope) -> list[ColumnElement[bool]]:
    if scope.subscription_key is not None:
        return [delivery.c.subscription_key == scope.subscription_key]
    return [delivery.c.tenant_id == scope.tenant_id]


def _newest(scope: DeliveryScope) -> list[ColumnElement[Any]]:
    """The order of an index: deliveries of one subscription by their events, those of all by their ids."""
    if scope.subscription_key is not None:
        return [delivery.c.seq.desc(), delivery.c.replay_id.desc()]
    return [delivery.c.id.desc()]


async def _has_unscanned(conn: AsyncConnection, scope: DeliveryScope) -> bool:
    """Whether there are more than `MAX_SCANNED` deliveries."""
    beyond = select(delivery.c.id).where(*_conditions(scope)).order_by(*_newest(scope)).offset(MAX_SCANNED).limit(1)
    return (await conn.execute(beyond)).first() is not None


def _delivery(row: Row[Any], attempts: Mapping[int, Sequence[PastAttempt]]) -> ListedDelivery:
    return ListedDelivery(**row._mapping, attempts=attempts.get(row.id, ()))  # noqa: SLF001 - the documented way to names
