"""Derived events: rows of the log that loyalty creates itself."""

import hashlib
from typing import Final

from tidings_server.loyalty.event_codec import FulfilmentFailed, LoyaltyEventCodec, PointsMoved
from tidings_server.loyalty.events import CUSTOMER, EventKind
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

POINTS_EARNED: Final = "points.earned"
POINTS_REDEEMED: Final = "points.redeemed"
POINTS_EXPIRED: Final = "points.expired"
POINTS_REVERSED: Final = "points.reversed"
POINTS_RETURNED: Final = "points.returned"
FULFILMENT_FAILED: Final = "erroraction.created"
ORDER_REVERSED: Final = "order.reversed"
FULFILMENT_RETRIED: Final = "fulfilment.retried"

NAME_SPACES: Final = {
    POINTS_EARNED: "Points.Earned",
    POINTS_REDEEMED: "Points.Redeemed",
    POINTS_EXPIRED: "Points.Expired",
    POINTS_REVERSED: "Points.Reversed",
    POINTS_RETURNED: "Points.Returned",
    FULFILMENT_FAILED: "Fulfilment.Failed",
    ORDER_REVERSED: "Order.Reversed",
    FULFILMENT_RETRIED: "Fulfilment.Retried",
}
TOPIC_EVENT: Final = "TOPIC"
"""`type` of an event that a rule emits; loyalty does not process it."""


def points_record(
    codec: LoyaltyEventCodec, topic: str, moved: PointsMoved, *, tenant: int, cause: StoredEvent | EventRecord | None
) -> EventRecord:
    """Row of an event of `points.*`; `cause` is the causing event, if there is one."""
    return record(
        topic,
        EventKind.POINTS,
        codec.encode_points(moved),
        event_id=moved.event_id,
        tenant=tenant,
        customer_id=moved.customer_id,
        at_us=moved.at_us,
        cause=cause,
    )


def failure_record(codec: LoyaltyEventCodec, failed: FulfilmentFailed) -> EventRecord:
    """Row of the errorAction event of a failure."""
    source = failed.source
    return record(
        FULFILMENT_FAILED,
        EventKind.ERROR_ACTION,
        codec.encode_error_action(failed),
        event_id=failed.event_id,
        tenant=source.tenant_id,
        customer_id=source.root_id or "",
        at_us=failed.at_us,
        cause=source,
    )


def topic_record(topic: str, cause: StoredEvent, *, event_id: str, at_us: int) -> EventRecord:
    """Row of the event that EMIT_TOPIC emits: the causing event under another topic."""
    emitted = record(
        topic,
        TOPIC_EVENT,
        cause.body,
        event_id=event_id,
        tenant=cause.tenant_id,
        customer_id=cause.root_id or "",
        at_us=at_us,
        cause=cause,
    )
    return emitted._replace(name=cause.name)


def record(
    topic: str,
    kind: str,
    body: bytes,
    *,
    event_id: str,
    tenant: int,
    customer_id: str,
    at_us: int,
    actor: str | None = None,
    cause: StoredEvent | EventRecord | None = None,
) -> EventRecord:
    """Row of an event about a customer; with a `cause` it has the cause's id, trace and actor, and one hop more."""
    return EventRecord(
        tenant_id=tenant,
        api=Api.LOYALTY,
        event_id=event_id,
        topic=topic,
        entity_type=kind,
        entity_id=event_id,
        root_type=CUSTOMER,
        root_id=customer_id,
        name=NAME_SPACES.get(topic),
        type=kind,
        actor=actor or (cause.actor if cause else None) or SYSTEM_ACTOR,
        correlation_id=cause.event_id if cause else None,
        traceparent=cause.traceparent if cause else None,
        hops=cause.hops + 1 if cause else 0,
        occurred_at=at_us,
        recorded_at=at_us,
        body_hash=hashlib.sha256(body).digest(),
        body=body,
    )
