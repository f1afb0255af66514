"""The push vendor's signature, as the vendor's own libraries compute it. Source: WIRE.md 002 (b)."""

import base64
import hashlib


def vol_signature(secret: str, *, date: str, body: bytes) -> str:
    """The value of `x-vol-hmac-sha256`; `date` is the Date header to the letter."""
    key = base64.b64encode(hashlib.sha256((secret + secret).encode()).digest())
    return base64.b64encode(hashlib.sha256(key + date.encode() + body).digest()).decode()
