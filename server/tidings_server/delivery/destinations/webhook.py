"""Webhooks: signed POSTs over shared connections behind the egress guard."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from aiohttp.abc import AbstractResolver

from tidings_server.delivery.egress import REFUSAL, Egress, EgressRefused
from tidings_server.delivery.http.connection import HttpAnswer, NotHttp
from tidings_server.delivery.http.connections import ConnectionPool, HandshakeFailed, NoAddress
from tidings_server.delivery.http.endpoint_url import EndpointUrl, Origin
from tidings_server.delivery.http.name_resolution import Resolver
from tidings_server.delivery.message import (
    DestinationSettings,
    ErrorType,
    Message,
    Outcome,
    OutcomeKind,
    Payload,
    kept_answer,
)
from tidings_server.delivery.retry_policy import retry_after_s
from tidings_server.delivery.signing import Signer
from tidings_server.platform.clock import Clock

THROTTLED = frozenset({429, 502, 503, 504})
RESERVED_HEADERS = frozenset(
    (
        *("host", "connection", "content-length", "transfer-encoding", "user-agent", "accept", "accept-encoding"),
        *("date", "content-type", "traceparent", "tracestate"),
        *("webhook-id", "webhook-timestamp", "webhook-signature", "x-vol-hmac-sha256"),
    )
)
"""Headers that no dialect sets: the server sets them when it sends the message."""

USER_AGENT = "Tidings-Webhook/1"
BREAKS = frozenset("\r\n\0")
MAX_ENDPOINTS = 4_096

WebhookHeaders = Sequence[tuple[str, str]]


class WebhookSession:
    """The connections of all webhooks. Opened and closed inside a running event loop."""

    def __init__(
        self,
        *,
        egress: Egress,
        clock: Clock,
        timeout_s: float,
        max_connections: int,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`timeout_s` is the deadline of a whole request: resolve, connect, send and read the answer.

        A connection goes to an address that `resolver` gave (without one the operating system's) and the guard allowed:
        the name is not resolved again in between.
        """
        self.clock = clock
        self._timeout_s = timeout_s
        self._connections = ConnectionPool(
            egress=egress, resolver=resolver or Resolver(), clock=clock, most=max_connections
        )

    async def post(self, url: str, *, body: bytes, headers: WebhookHeaders) -> HttpAnswer:
        """The answer to one request; no redirect is followed, no proxy used.

        Raises OSError as `ConnectionPool.post`, and ValueError for a URL or a header that cannot be sent.
        """
        endpoint = _endpoint(url)
        lines = [f"{name}: {value}" for name, value in headers]
        if not BREAKS.isdisjoint("".join(lines)):
            raise ValueError("a header has a line break")
        head = "\r\n".join((endpoint.head, *lines, f"Content-Length: {len(body)}", "", ""))
        return await self._connections.post(endpoint.origin, head.encode() + body, within_s=self._timeout_s)

    async def close(self) -> None:
        await self._connections.close()


class Webhook:
    """One HTTP endpoint: a Destination that takes one message at a time."""

    max_batch = 1

    def __init__(self, settings: DestinationSettings, session: WebhookSession) -> None:
        self._url = settings.endpoint
        self._signer = Signer(settings.secrets)
        self._session = session

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        return [await self._send(sending) for sending in batch]

    async def _send(self, sending: Message) -> Outcome:
        clock, payload = self._session.clock, sending.payload
        started = clock.monotonic()
        try:
            answer = await self._session.post(
                payload.url or self._url, body=payload.body, headers=self._headers(sending, payload)
            )
        except (OSError, ValueError) as error:
            return _failure(error, duration_s=clock.monotonic() - started)
        wait_s = retry_after_s(answer.retry_after, now_us=clock.now_us())
        return _answered(answer.status, _text(answer), wait_s=wait_s, duration_s=clock.monotonic() - started)

    def _headers(self, sending: Message, payload: Payload) -> WebhookHeaders:
        sent_at = self._session.clock.now_us()
        signatures = self._signer.headers(message_id=sending.message_id, sent_at=sent_at, body=payload.body)
        return unsigned_headers(sending) + signatures


def unsigned_headers(sending: Message) -> list[tuple[str, str]]:
    """The headers of a message without date, id and signatures, which are the signer's."""
    payload = sending.payload
    headers = [(name, value) for name, value in payload.headers.items() if name.lower() not in RESERVED_HEADERS]
    headers.append(("Content-Type", payload.content_type))
    context = (("traceparent", sending.traceparent), ("tracestate", sending.tracestate))
    return [*headers, *((name, value) for name, value in context if value)]


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """A parsed URL: the server to connect to, and the first lines of every request."""

    origin: Origin
    head: str


@lru_cache(maxsize=MAX_ENDPOINTS)
def _endpoint(url: str) -> _Endpoint:
    """Raises ValueError for a URL that no request can be made of. A fragment, which old rules may have, is left out."""
    parsed = EndpointUrl.parse(url.partition("#")[0])
    lines = (
        f"POST {parsed.target} HTTP/1.1",
        f"Host: {parsed.authority}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
    )
    return _Endpoint(parsed.origin, "\r\n".join(lines))


def _text(answer: HttpAnswer) -> str:
    """The kept text of an answer; of one that is compressed although `identity` was asked for, the encoding alone."""
    encoding = (answer.encoding or "").strip().lower()
    is_plain = encoding in {"", "identity"} or not answer.body
    return kept_answer(answer.body if is_plain else f"({encoding})".encode())


def _answered(status: int, answer: str, *, wait_s: float | None, duration_s: float) -> Outcome:
    """The outcome of an HTTP answer: 2xx delivered, 410 gone, 3xx a failure. Source: WIRE.md 002."""
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
    text = kept_answer((str(error) or type(error).__name__).encode("utf-8", "replace"))
    if isinstance(error, EgressRefused):
        return Outcome(OutcomeKind.RETRY, None, ErrorType.EGRESS_REFUSED, REFUSAL, duration_s=duration_s)
    kinds: tuple[tuple[type[Exception], ErrorType], ...] = (
        (TimeoutError, ErrorType.TIMEOUT),
        (NoAddress, ErrorType.DNS),
        (ssl.SSLError, ErrorType.TLS),
        (HandshakeFailed, ErrorType.TLS),
        (NotHttp, ErrorType.BAD_ANSWER),
        (OSError, ErrorType.CONNECTION),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), ErrorType.INTERNAL)
    return Outcome(OutcomeKind.RETRY, None, kind, text, duration_s=duration_s)
