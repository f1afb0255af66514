"""Ids that the client makes, so that a repeated call is known as a repeat."""

import secrets
import time
from uuid import UUID


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562): the time in milliseconds first, so that ids of one time stand together in an index."""
    millis = time.time_ns() // 1_000_000
    value = (millis & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(UUID(int=value | 0b10 << 62 | secrets.randbits(62)))
