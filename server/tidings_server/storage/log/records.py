"""Rows of the log as the rest of the server sees them."""

from enum import IntEnum
from typing import NamedTuple


class Api(IntEnum):
    """Which dialect an event or a subscription belongs to; stored as its number."""

    COLLECTOR = 0
    ORCHESTRATION = 1
    PUSH = 2
    LOYALTY = 3
    SCHEDULING = 4
    OPERATION = 9
    """Events that Tidings makes about itself: `subscription.deactivated`, `delivery.expired`."""


class EventRecord(NamedTuple):
    """An event about to be stored; fields in the order of the log's columns after `seq`.

    `body` is the dialect's message as protobuf bytes; `body_hash` SHA-256 of the message as the client sent it, before
    defaults. Instants are microseconds UTC. `recorded_at` 0 means: the lane sets it; in the log it never falls from one
    event to the next, so a value before the last event's becomes that one's.
    """

    tenant_id: int
    api: Api
    event_id: str
    topic: str
    entity_type: str | None
    entity_id: str | None
    entity_ref: str | None
    root_type: str | None
    root_id: str | None
    root_ref: str | None
    retailer_id: str | None
    site_id: int | None
    name: str | None
    category: str | None
    type: str | None
    source: str | None
    actor: str | None
    correlation_id: str | None
    traceparent: str | None
    hops: int
    occurred_at: int
    recorded_at: int
    body_hash: bytes
    body: bytes


class StoredEvent(NamedTuple):
    """An event of the log: its position and the same fields as `EventRecord`."""

    seq: int
    tenant_id: int
    api: Api
    event_id: str
    topic: str
    entity_type: str | None
    entity_id: str | None
    entity_ref: str | None
    root_type: str | None
    root_id: str | None
    root_ref: str | None
    retailer_id: str | None
    site_id: int | None
    name: str | None
    category: str | None
    type: str | None
    source: str | None
    actor: str | None
    correlation_id: str | None
    traceparent: str | None
    hops: int
    occurred_at: int
    recorded_at: int
    body_hash: bytes
    body: bytes


class Appended(NamedTuple):
    """What became of one appended event: `existing` is the stored one when the id was there before."""

    seq: int
    recorded_at: int
    existing: StoredEvent | None
