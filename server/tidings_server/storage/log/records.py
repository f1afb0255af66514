"""Records of the log: an event before and after it is stored."""

from enum import IntEnum
from typing import Final, NamedTuple


class Api(IntEnum):
    """The API that an event or a subscription belongs to; stored as its number."""

    COLLECTOR = 0
    ORCHESTRATION = 1
    PUSH = 2
    LOYALTY = 3
    SCHEDULING = 4
    OPERATION = 9
    """Events that Tidings makes about itself: `subscription.deactivated`, `delivery.expired`."""


SENT_TYPES: Final = ("ACTION", "BASKET", "ORDER", "TRANSACTION", "REDEMPTION")
"""Types of loyalty's events that clients send; all others are made by the server."""


class EventRecord(NamedTuple):
    """An event about to be stored; fields in the order of the log's columns after `seq`, those of no use left out.

    `body` is the dialect's message as protobuf bytes; `body_hash` SHA-256 of the message as the client sent it, before
    defaults. Instants are microseconds UTC. `recorded_at` 0 means: set when it is stored; in the log it never falls
    from one event to the next, so a value before the last event's becomes that one's.

    A tuple, since the append path makes thousands a second: by `_make` in a fifth of the time that all 24 names take,
    and of those names the ten that most events need take half. A type beside `StoredEvent`, so that the type checker
    knows which has a place in the log.
    """

    tenant_id: int
    api: Api
    event_id: str
    topic: str
    entity_type: str | None = None
    entity_id: str | None = None
    entity_ref: str | None = None
    root_type: str | None = None
    root_id: str | None = None
    root_ref: str | None = None
    retailer_id: str | None = None
    site_id: int | None = None
    name: str | None = None
    category: str | None = None
    type: str | None = None
    source: str | None = None
    actor: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    hops: int = 0
    occurred_at: int = 0
    recorded_at: int = 0
    body_hash: bytes = b""
    body: bytes = b""


class StoredEvent(NamedTuple):
    """An event of the log: its position and the same fields as `EventRecord`."""

    seq: int
    tenant_id: int
    api: Api
    event_id: str
    topic: str
    entity_type: str | None = None
    entity_id: str | None = None
    entity_ref: str | None = None
    root_type: str | None = None
    root_id: str | None = None
    root_ref: str | None = None
    retailer_id: str | None = None
    site_id: int | None = None
    name: str | None = None
    category: str | None = None
    type: str | None = None
    source: str | None = None
    actor: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    hops: int = 0
    occurred_at: int = 0
    recorded_at: int = 0
    body_hash: bytes = b""
    body: bytes = b""


class Appended(NamedTuple):
    """The outcome of one append: `existing` is the stored event when the id was taken before."""

    seq: int
    recorded_at: int
    existing: StoredEvent | None
