"""Rows of the events that loyalty makes itself."""

import hashlib
from typing import Any, Final

from tidings_server.loyalty.event_codec import FulfilmentFailed, LoyaltyBodies, PointsMoved
from tidings_server.loyalty.events import CUSTOMER, Kind
from tidings_server.platform.scope import SYSTEM_ACTOR
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

EARNED: Final = "points.earned"
REDEEMED: Final = "points.redeemed"
EXPIRED: Final = "points.expired"
FAILED: Final = "erroraction.created"
REVERSED: Final = "order.reversed"
RETRIED: Final = "fulfilment.retried"

NAME_SPACES: Final = {
    EARNED: "Points.Earned",
    REDEEMED: "Points.Redeemed",
    EXPIRED: "Points.Expired",
    FAILED: "Fulfilment.Failed",
    REVERSED: "Order.Reversed",
    RETRIED: "Fulfilment.Retried",
}
TOPIC_EVENT: Final = "TOPIC"
"""`type` of an event that a rule emits; no reactor of loyalty looks at it."""


def points_record(
    bodies: LoyaltyBodies, topic: str, moved: PointsMoved, *, tenant: int, cause: StoredEvent | EventRecord | None
) -> EventRecord:
    """points.earned, points.redeemed or points.expired; `cause` is the event that moved them, if one did."""
    return record(
        topic,
        Kind.POINTS,
        bodies.points(moved),
        event_id=moved.event_id,
        tenant=tenant,
        customer_id=moved.customer_id,
        at_us=moved.at_us,
        cause=cause,
    )


def failure_record(bodies: LoyaltyBodies, failed: FulfilmentFailed) -> EventRecord:
    """The errorAction event of a failure."""
    source = failed.source
    return record(
        FAILED,
        Kind.ERROR_ACTION,
        bodies.error_action(failed),
        event_id=failed.event_id,
        tenant=source.tenant_id,
        customer_id=source.root_id or "",
        at_us=failed.at_us,
        cause=source,
    )


def topic_record(topic: str, cause: StoredEvent, *, event_id: str, at_us: int) -> EventRecord:
    """The event that EMIT_TOPIC asks for: what caused it, under another topic."""
    made = record(
        topic,
        TOPIC_EVENT,
        cause.body,
        event_id=event_id,
        tenant=cause.tenant_id,
        customer_id=cause.root_id or "",
        at_us=at_us,
        cause=cause,
    )
    return made._replace(name=cause.name)


def record(
    topic: str,
    kind: str,
    body: bytes,
    *,
    event_id: str,
    tenant: int,
    customer_id: str,
    at_us: int,
    cause: StoredEvent | EventRecord | None = None,
    **other: Any,
) -> EventRecord:
    """A row about a customer; what follows from `cause` names it, and is one hop further."""
    values: dict[str, Any] = {
        "tenant_id": tenant,
        "api": Api.LOYALTY,
        "event_id": event_id,
        "topic": topic,
        "entity_type": kind,
        "entity_id": event_id,
        "root_type": CUSTOMER,
        "root_id": customer_id,
        "name": NAME_SPACES.get(topic),
        "type": kind,
        "actor": SYSTEM_ACTOR,
        "occurred_at": at_us,
        "recorded_at": at_us,
        "body_hash": hashlib.sha256(body).digest(),
        "body": body,
    }
    if cause is not None:
        values |= {"correlation_id": cause.event_id, "traceparent": cause.traceparent, "hops": cause.hops + 1}
        values["actor"] = cause.actor or SYSTEM_ACTOR
    return EventRecord(**(values | other))
