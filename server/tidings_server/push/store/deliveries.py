"""The deliveries of a tenant with their attempts, as the push dialect lists them. Source: WIRE.md 002 (b).

Newest first by default. Where no index has what is asked for (all subscriptions at once, a filter, another order), only
the newest `LOOKED_AT` deliveries are looked at, so that no statement takes longer than a reader may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, String, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery, delivery_attempt, subscription
from tidings_server.log.store.search import ENTITY
from tidings_server.push.store.filters import Comparison, FieldType, FilterField, FilterFields, Ordering
from tidings_server.push.store.pages import ListPage, fetch_page
from tidings_server.storage.log.records import Api
from tidings_server.storage.log.tables import event

LOOKED_AT: Final = 20_000
LISTED_ATTEMPTS: Final = 50
"""Attempts shown of each delivery in a list, the newest."""
SHOWN_ATTEMPTS: Final = 1_000
"""The same of a single delivery."""

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


class ListedAttempt(NamedTuple):
    """One attempt; `outcome` is an OutcomeKind's value."""

    at: int
    outcome: str
    status: int | None
    error_type: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDelivery:
    """One delivery and its attempts, oldest first. Instants in microseconds."""

    id: int
    seq: int
    tenant_id: int
    status: str
    tries: int
    tries_from: int | None
    lease_until: int
    next_attempt_at: int | None
    last_attempt_at: int | None
    created_at: int
    updated_at: int
    attempts: Sequence[ListedAttempt]


@dataclass(frozen=True, slots=True)
class DeliveryScope:
    """Whose deliveries: of all push subscriptions of the tenant or of one (its key), of all events or of one site's."""

    tenant_id: int
    subscription_key: int | None = None
    site_id: int | None = None


async def deliveries(
    conn: AsyncConnection,
    wanted: DeliveryScope,
    *,
    comparisons: Sequence[Comparison],
    orderings: Sequence[Ordering],
    offset: int,
    limit: int,
) -> ListPage[ListedDelivery]:
    """One page of deliveries, each with its newest attempts."""
    is_bounded = bool(comparisons or orderings or wanted.subscription_key is None or wanted.site_id is not None)
    query = (
        _among_newest(wanted).where(*DELIVERY_FIELDS.where(comparisons)) if is_bounded else _rows().where(*_of(wanted))
    )
    order = [*DELIVERY_FIELDS.order_by(orderings), *_newest(wanted)]
    found = await fetch_page(conn, query, order_by=order, offset=offset, limit=limit)
    attempts = await _attempts(conn, [row.id for row in found.items], most=LISTED_ATTEMPTS)
    is_lower_bound = found.is_lower_bound or (is_bounded and await _is_longer(conn, wanted))
    return ListPage([_delivery(row, attempts) for row in found.items], found.total, is_lower_bound)


async def delivery_of(
    conn: AsyncConnection, tenant_id: int, *, subscription_id: str, delivery_id: int
) -> ListedDelivery | None:
    """One delivery of the tenant's push subscription, with its attempts; None when there is none."""
    query = (
        _rows()
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .where(delivery.c.id == delivery_id, delivery.c.tenant_id == tenant_id, subscription.c.id == subscription_id)
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _delivery(row, await _attempts(conn, [row.id], most=SHOWN_ATTEMPTS))


def _rows() -> Select[Any]:
    return select(
        delivery.c.id,
        delivery.c.seq,
        delivery.c.tenant_id,
        _status.label("status"),
        delivery.c.tries,
        delivery.c.tries_from,
        delivery.c.lease_until,
        _next_attempt_at.label("next_attempt_at"),
        _last_attempt_at.label("last_attempt_at"),
        delivery.c.created_at,
        delivery.c.updated_at,
    )


def _among_newest(wanted: DeliveryScope) -> Select[Any]:
    newest = select(delivery.c.id).where(*_of(wanted)).order_by(*_newest(wanted)).limit(LOOKED_AT).subquery()
    query = (
        _rows()
        .join(newest, newest.c.id == delivery.c.id)
        .join(subscription, subscription.c.key == delivery.c.subscription_key)
        .join(event, event.c.seq == delivery.c.seq, isouter=True)
        .where(subscription.c.api == Api.PUSH)
    )
    return query if wanted.site_id is None else query.where(event.c.site_id == wanted.site_id)


def _of(wanted: DeliveryScope) -> list[ColumnElement[bool]]:
    if wanted.subscription_key is not None:
        return [delivery.c.subscription_key == wanted.subscription_key]
    return [delivery.c.tenant_id == wanted.tenant_id]


def _newest(wanted: DeliveryScope) -> list[ColumnElement[Any]]:
    """The order that an index has: deliveries of one subscription by their events, those of all as they were made."""
    if wanted.subscription_key is not None:
        return [delivery.c.seq.desc(), delivery.c.replay_id.desc()]
    return [delivery.c.id.desc()]


async def _is_longer(conn: AsyncConnection, wanted: DeliveryScope) -> bool:
    """Whether there are deliveries that a narrowed listing has not looked at."""
    beyond = select(delivery.c.id).where(*_of(wanted)).order_by(*_newest(wanted)).offset(LOOKED_AT).limit(1)
    return (await conn.execute(beyond)).first() is not None


async def _attempts(conn: AsyncConnection, ids: Sequence[int], *, most: int) -> Mapping[int, Sequence[ListedAttempt]]:
    """The newest attempts of each delivery, at most `most`, in order."""
    age = func.row_number().over(partition_by=delivery_attempt.c.delivery_id, order_by=delivery_attempt.c.number.desc())
    numbered = select(delivery_attempt, age.label("age")).where(delivery_attempt.c.delivery_id.in_(ids)).subquery()
    query = select(numbered).where(numbered.c.age <= most).order_by(numbered.c.delivery_id, numbered.c.number)
    found: dict[int, list[ListedAttempt]] = {}
    for row in await conn.execute(query) if ids else ():
        attempt = ListedAttempt(row.at, row.outcome, row.status, row.error_type, row.answer)
        found.setdefault(row.delivery_id, []).append(attempt)
    return found


def _delivery(row: Row[Any], attempts: Mapping[int, Sequence[ListedAttempt]]) -> ListedDelivery:
    return ListedDelivery(**row._mapping, attempts=attempts.get(row.id, ()))  # noqa: SLF001 - the documented way to names
