"""Webhooks: signed POSTs over shared connections behind the egress guard."""

import re
import socket
import ssl
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from yarl import URL

from tidings_server.clock import Clock
from tidings_server.delivery.connections import Connections, Origin
from tidings_server.delivery.egress import REFUSAL, Egress, EgressRefused
from tidings_server.delivery.http1 import Answer
from tidings_server.delivery.retry import retry_after_s
from tidings_server.delivery.sending import (
    ErrorType,
    Outcome,
    OutcomeKind,
    Sending,
    WebhookTarget,
    kept_answer,
)
from tidings_server.delivery.signing import Signer

THROTTLED = frozenset({429, 502, 503, 504})
OURS = frozenset(
    ("date", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature", "x-vol-hmac-sha256", "traceparent")
)
"""Headers that no dialect sets: they are made when the message goes out."""

USER_AGENT = "Tidings-Webhook/1"

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_KINDS: Final[tuple[tuple[type[Exception], ErrorType], ...]] = (
    (EgressRefused, ErrorType.EGRESS_REFUSED),
    (TimeoutError, ErrorType.TIMEOUT),
    (socket.gaierror, ErrorType.DNS),
    (ssl.SSLError, ErrorType.TLS),
    (OSError, ErrorType.CONNECTION),
)
"""What a failure is called; the first that fits. All but the last are OSErrors too."""


class WebhookSession:
    """What all webhooks share. Opened and closed inside a running event loop."""

    def __init__(self, *, egress: Egress, clock: Clock, timeout_s: float) -> None:
        """`timeout_s` is the deadline of a whole request: resolve, connect, send and read the answer."""
        self.clock = clock
        self._connections = Connections(egress=egress)
        self._timeout_s = timeout_s

    async def exchange(self, origin: Origin, request: bytes) -> Answer:
        """As `Connections.exchange`."""
        return await self._connections.exchange(origin, request, timeout_s=self._timeout_s)

    async def close(self) -> None:
        await self._connections.close()


class Webhook:
    """One HTTP endpoint: a Destination that takes one message at a time."""

    max_batch = 1

    def __init__(self, target: WebhookTarget, session: WebhookSession) -> None:
        self._url = target.url
        self._signer = Signer(target.secrets)
        self._session = session
        self._prepared: tuple[Origin, str] | None = None

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        return [await self._send(sending) for sending in batch]

    async def _send(self, sending: Sending) -> Outcome:
        clock = self._session.clock
        started = clock.monotonic()
        try:
            if self._prepared is None:
                self._prepared = _prepared(URL(self._url))
            origin, head = self._prepared
            answer = await self._session.exchange(origin, self._request(head, sending))
        except (OSError, ValueError) as error:
            return _failure(error, duration_s=clock.monotonic() - started)
        wait_s = retry_after_s(answer.headers.get("retry-after"), now_us=clock.now_us())
        duration_s = clock.monotonic() - started
        return _answered(answer.status, kept_answer(answer.body), wait_s=wait_s, duration_s=duration_s)

    def _request(self, head: str, sending: Sending) -> bytes:
        """The whole request. Raises ValueError for a header that would end its line, or is not Latin-1."""
        payload = sending.payload
        fields = [(name, value) for name, value in payload.headers.items() if name.lower() not in OURS]
        fields.append(("Content-Type", payload.content_type))
        if sending.traceparent:
            fields.append(("traceparent", sending.traceparent))
        sent_at = self._session.clock.now_us()
        fields += self._signer.headers(message_id=sending.message_id, sent_at=sent_at, body=payload.body)
        lines = [f"{name}: {value}" for name, value in fields]
        if _CONTROL.search("".join(lines)):
            raise ValueError("A header holds a control character.")
        end = f"Content-Length: {len(payload.body)}\r\n\r\n"
        return "\r\n".join((head, *lines, end)).encode("latin-1") + payload.body


def _prepared(url: URL) -> tuple[Origin, str]:
    """Where an endpoint's connections lead, and how its requests begin. Raises ValueError for another URL."""
    if url.scheme not in {"http", "https"} or not url.raw_host or not url.port:
        raise ValueError("The endpoint is no URL of http or https.")
    lines = (
        f"POST {url.raw_path_qs} HTTP/1.1",
        f"Host: {url.host_port_subcomponent}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
    )
    return Origin(url.raw_host, url.port, url.scheme == "https"), "\r\n".join(lines)


def _answered(status: int, answer: str, *, wait_s: float | None, duration_s: float) -> Outcome:
    """What an HTTP answer means. Source: WIRE.md 002 and the retry rules: 2xx delivered, 410 gone, 3xx a failure."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(OutcomeKind.DELIVERED, status, answer=answer, duration_s=duration_s)
    if status == HTTPStatus.GONE:
        return Outcome(OutcomeKind.GONE, status, ErrorType.GONE, answer, duration_s=duration_s)
    error_type = ErrorType.HTTP_STATUS
    if status in THROTTLED:
        error_type = ErrorType.THROTTLED
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        error_type = ErrorType.REDIRECT
    return Outcome(
        OutcomeKind.RETRY,
        status,
        error_type,
        answer,
        retry_after_s=wait_s,
        duration_s=duration_s,
        throttled=status in THROTTLED,
    )


def _failure(error: Exception, *, duration_s: float) -> Outcome:
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), ErrorType.INTERNAL)
    text = REFUSAL if kind is ErrorType.EGRESS_REFUSED else str(error) or type(error).__name__
    kept = kept_answer(text.encode("utf-8", "replace"))
    return Outcome(OutcomeKind.RETRY, None, kind, kept, duration_s=duration_s)
