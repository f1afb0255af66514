"""Tools of a receiver of Tidings' webhooks: verification, duplicates, the ping's answer, and a signer for tests.

    receiver = Receiver(Verifier([os.environ["SIGNING_SECRET"]]), handle)
    app.mount("/tidings", asgi_app(receiver))        # Starlette, FastAPI
    application = wsgi_app(receiver)                 # Flask, Django: any WSGI server or dispatcher

Nothing here needs a framework. The body must be the bytes as they came: whoever parses JSON and prints it again has
other bytes, and no signature fits them.
"""

import binascii
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

TOLERANCE_S: Final = 300.0
PREFIX: Final = "whsec_"
PING: Final = "application.ping"

Headers = Mapping[str, str]


class VerificationError(Exception):
    """A request that is not known to come from Tidings. `cause` is one word for programs, the message is for people.

    It is one of `missing_signature`, `missing_header`, `malformed_header`, `parsed_body`, `secret_form`, `mismatch`,
    `stale`, `early`.
    Answer 400 or 401, and do not tell the sender more.
    """

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Notification:
    """A verified webhook. `id` is the same when it is sent again, and another one on a replay.

    `data` is the parsed body, None where it is not JSON; the fields that push notifications have are beside it, and
    empty in others.
    """

    id: str
    body: bytes = field(repr=False)
    data: Any
    event_id: str = ""
    topic: str = ""
    entity_id: str = ""
    is_test: bool = False

    @property
    def is_ping(self) -> bool:
        """Whether it asks if somebody is there: answer 2xx and do nothing."""
        return self.topic == PING


class Verifier:
    """Verifies requests by any of several secrets: two are in force for 24 h after a rotation.

    `secrets`: each a `sharedSecret` as it was set, or a `signingSecret` (`whsec_…`). `tolerance_s`: how far the time of
    the request may be from now, either way; retries are signed anew.
    """

    def __init__(
        self, secrets: Sequence[str], *, tolerance_s: float = TOLERANCE_S, now: Callable[[], float] = time.time
    ) -> None:
        if not secrets or not all(secrets):
            raise ValueError(
                "A verifier needs at least one secret, and no empty one: an environment variable may be unset."
            )
        self._keys = [_key(secret) for secret in secrets]
        self._misread = [_misread(secret) for secret in secrets]
        self._tolerance_s = tolerance_s
        self._now = now

    def verify(self, headers: Headers, body: bytes) -> Notification:
        """The notification of a request; names of headers in any case. Raises VerificationError."""
        if not isinstance(body, bytes | bytearray | memoryview):
            raise VerificationError("parsed_body", _PARSED)
        raw, given = bytes(body), {name.lower(): value for name, value in headers.items()}
        signed: _Standard | _Vol
        if "webhook-signature" in given:
            signed = _Standard(given)
        elif "x-vol-hmac-sha256" in given:
            signed = _Vol(given)
        else:
            raise VerificationError(
                "missing_signature",
                "No webhook-signature and no x-vol-hmac-sha256: a proxy dropped them, or it is not from Tidings.",
            )
        if not signed.fits(self._keys, raw):
            raise self._mismatch(signed, raw)
        self._check_time(signed.sent_at)
        return _notification(given.get("webhook-id", ""), raw)

    def _check_time(self, sent_at: float) -> None:
        age_s = self._now() - sent_at
        if age_s > self._tolerance_s:
            raise VerificationError(
                "stale", f"It was signed {age_s:.0f} s ago: recorded and sent again, or a wrong clock."
            )
        if age_s < -self._tolerance_s:
            raise VerificationError("early", f"It was signed {-age_s:.0f} s from now: this machine's clock is behind.")

    def _mismatch(self, signed: "_Standard | _Vol", body: bytes) -> VerificationError:
        """The error that names the likely cause."""
        if signed.fits([key for key in self._misread if key], body):
            return VerificationError("secret_form", _FORM)
        if any(signed.fits(self._keys, printed) for printed in _printed_again(body)):
            return VerificationError("parsed_body", _PARSED)
        return VerificationError(
            "mismatch", "No secret fits: it is another subscription's, or the body was changed on its way."
        )


_PARSED: Final = "The body was parsed before it came here: pass the bytes of the request, before any JSON middleware."
_FORM: Final = (
    "The secret is right but in the wrong form: pass sharedSecret as it was set, or signingSecret with its whsec_."
)


class _Standard:
    """The signature of Standard Webhooks: HMAC-SHA256 of id, time and body."""

    def __init__(self, headers: Headers) -> None:
        self._id, timestamp = _required(headers, "webhook-id"), _required(headers, "webhook-timestamp")
        if not (timestamp.isascii() and timestamp.isdigit()):
            raise VerificationError("malformed_header", "webhook-timestamp is no number of seconds.")
        self.sent_at = float(timestamp)
        self._signed = f"{self._id}.{timestamp}.".encode()
        self._signatures = [each[3:] for each in headers["webhook-signature"].split() if each.startswith("v1,")]

    def fits(self, keys: Iterable[bytes], body: bytes) -> bool:
        expected = [_base64(hmac.digest(key, self._signed + body, "sha256")) for key in keys]
        return _any_equal(self._signatures, expected)


class _Vol:
    """The signature of the Push API's document: SHA-256 of a key made of the secret, the Date header and the body."""

    def __init__(self, headers: Headers) -> None:
        self._date = _required(headers, "date")
        try:
            self.sent_at = parsedate_to_datetime(self._date).timestamp()
        except ValueError:
            raise VerificationError("malformed_header", "Date is no date of RFC 1123.") from None
        # One header a secret; servers join those of one name by commas, which base64 has not.
        self._signatures = [each.strip() for each in headers["x-vol-hmac-sha256"].split(",")]

    def fits(self, keys: Iterable[bytes], body: bytes) -> bool:
        return _any_equal(self._signatures, [_vol(key, self._date, body) for key in keys])


def sign(secret: str, body: bytes, *, message_id: str, at: float | None = None) -> dict[str, str]:
    """The headers that Tidings would send with a body, for tests of a receiver. `at`: seconds; None: now."""
    key, timestamp = _key(secret), int(time.time() if at is None else at)
    date, signed = formatdate(timestamp, usegmt=True), f"{message_id}.{timestamp}.".encode() + body
    return {
        "date": date,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_base64(hmac.digest(key, signed, 'sha256'))}",
        "x-vol-hmac-sha256": _vol(key, date, body),
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(
            "A secret that begins with whsec_ must go on in base64: a part of it may be missing."
        ) from None


def _misread(secret: str) -> bytes:
    """The key in the form that people take it for; empty where there is none."""
    if secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(secret, validate=True)
    except binascii.Error:
        return b""


def _vol(key: bytes, date: str, body: bytes) -> str:
    doubled = b64encode(sha256(key + key).digest())
    return _base64(sha256(doubled + date.encode() + body).digest())


def _any_equal(given: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether any two are equal; every pair is compared in full, so that the time tells nothing."""
    found = False
    for each in given:
        for one in expected:
            found |= hmac.compare_digest(each.encode(), one.encode())
    return found


def _printed_again(body: bytes) -> Iterable[bytes]:
    """The JSON of a body as Tidings prints it: where that fits, somebody has parsed and printed it in another way."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return
    yield json.dumps(parsed, ensure_ascii=False, separators=(",", ":")).encode()


def _notification(message_id: str, body: bytes) -> Notification:
    try:
        data = json.loads(body)
    except ValueError:
        return Notification(message_id, body, None)
    told = data if isinstance(data, dict) else {}
    if "specversion" in told and isinstance(told.get("data"), dict):
        told = told["data"]
    return Notification(
        message_id or str(told.get("eventId", "")),
        body,
        data,
        event_id=str(told.get("eventId", "")),
        topic=str(told.get("topic", "")),
        entity_id=str(told.get("entityId", "")),
        is_test=told.get("isTest") is True,
    )


def _required(headers: Headers, name: str) -> str:
    if not headers.get(name):
        raise VerificationError("missing_header", f"{name} is not there: it belongs to the signature.")
    return headers[name]


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
