"""Client-generated ids, by which the server recognizes a repeated call."""

import secrets
import time
from uuid import UUID

from tidings.collector.v1.events_pb2 import Event


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562): it begins with the time in milliseconds, so that new ids are adjacent in an index."""
    millis = time.time_ns() // 1_000_000
    value = (millis & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(UUID(int=value | 0b10 << 62 | secrets.randbits(62)))


def identified(event: Event) -> Event:
    """The event, or a copy with a new id where it has none."""
    if event.id:
        return event
    copy = Event()
    copy.CopyFrom(event)
    copy.id = uuid7()
    return copy
