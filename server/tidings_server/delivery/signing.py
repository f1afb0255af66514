"""Signatures of outgoing webhooks: the push vendor's own and Standard Webhooks.

Source: WIRE.md 002 (b), `x-vol-hmac-sha256`; https://www.standardwebhooks.com.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from hashlib import sha256

SEPARATOR = "\n"
"""Stands in no id, so that three ids joined by it are never another three ids."""


class Signer:
    """Signs the requests to one endpoint with each of its active secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: the newest first."""
        self._keys = [(_vol_key(secret), secret.encode()) for secret in secrets]

    def headers(self, *, message_id: str, sent_at: int, body: bytes) -> list[tuple[str, str]]:
        """Date and signature headers of a request sent at `sent_at` (microseconds).

        Every secret signs: `x-vol-hmac-sha256` is sent once for each, the newest first, and `webhook-signature` carries
        all of them.
        """
        timestamp = sent_at // 1_000_000
        date = _http_date(timestamp)
        signed = f"{message_id}.{timestamp}.".encode()
        headers = [("Date", date), ("webhook-id", message_id), ("webhook-timestamp", str(timestamp))]
        headers += [("x-vol-hmac-sha256", _vol_digest(key, date, body)) for key, _ in self._keys]
        if self._keys:
            signatures = (_base64(hmac.digest(secret, signed + body, "sha256")) for _, secret in self._keys)
            headers.append(("webhook-signature", " ".join(f"v1,{signature}" for signature in signatures)))
        return headers


def signing_secret(secret: str) -> str:
    """The secret in the form that libraries of Standard Webhooks take: `whsec_` and the base64 of its UTF-8."""
    return f"whsec_{_base64(secret.encode())}"


def _vol_key(secret: str) -> bytes:
    return b64encode(sha256((secret + secret).encode()).digest())


def _vol_digest(key: bytes, date: str, body: bytes) -> str:
    """The value of `x-vol-hmac-sha256`. Not an HMAC, despite its name: receivers hash key, date and body in one go."""
    return _base64(sha256(key + date.encode() + body).digest())


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()


@lru_cache(maxsize=4)
def _http_date(timestamp: int) -> str:
    """RFC 1123 in GMT; the same for all requests of a second."""
    return formatdate(timestamp, usegmt=True)


def dedup_id(event_id: str, subscription_id: str, replay_id: str, *, redelivered_after: int = 0) -> str:
    """MessageDeduplicationId of a FIFO queue or topic: the same for every attempt, another for a replay or redelivery.

    `redelivered_after` is the number of attempts before a redelivery was requested; with the same id the service would
    take the message and drop it.
    Source: WIRE.md 000 (c), the first 128 characters (the service's limit; the hash has 64).
    """
    parts = (event_id, subscription_id, replay_id, *((str(redelivered_after),) if redelivered_after else ()))
    return sha256(SEPARATOR.join(parts).encode()).hexdigest()[:128]
