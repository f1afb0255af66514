"""Signatures of outgoing webhooks: the push vendor's own and Standard Webhooks.

Source: WIRE.md 002 (b), `x-vol-hmac-sha256`; https://www.standardwebhooks.com.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

SEPARATOR = "\n"
"""Stands in no id, so that three ids joined by it are never another three ids."""


def vol_signature(secret: str, *, date: str, body: bytes) -> str:
    """The value of `x-vol-hmac-sha256`. `date` is the Date header to the letter.

    Not an HMAC, whatever its name says: the receiver's libraries hash key, date and body in one go.
    """
    key = b64encode(sha256((secret + secret).encode()).digest())
    return b64encode(sha256(key + date.encode() + body).digest()).decode()


def webhook_signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,…` of `webhook-signature`; the key is the shared secret's UTF-8 bytes, `timestamp` seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def signature_headers(
    secrets: Sequence[str], *, message_id: str, sent_at: datetime, body: bytes
) -> list[tuple[str, str]]:
    """Date and signature headers of one request sent at `sent_at` (aware, UTC).

    Every active secret signs: `x-vol-hmac-sha256` is sent once for each, the newest first, and `webhook-signature`
    carries all of them.
    """
    date = format_datetime(sent_at, usegmt=True)
    timestamp = int(sent_at.timestamp())
    headers = [("Date", date), ("webhook-id", message_id), ("webhook-timestamp", str(timestamp))]
    headers += [("x-vol-hmac-sha256", vol_signature(secret, date=date, body=body)) for secret in secrets]
    signatures = [
        webhook_signature(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in secrets
    ]
    return [*headers, ("webhook-signature", " ".join(signatures))] if signatures else headers


def dedup_id(event_id: str, subscription_id: str, replay_id: str) -> str:
    """MessageDeduplicationId of a FIFO queue or topic: the same for every attempt, another for every replay.

    Source: WIRE.md 000 (c), the first 128 characters (the service's limit; the hash has 64).
    """
    return sha256(SEPARATOR.join((event_id, subscription_id, replay_id)).encode()).hexdigest()[:128]
