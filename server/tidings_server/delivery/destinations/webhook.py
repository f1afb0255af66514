"""Webhooks: signed POSTs over one shared aiohttp session behind the egress guard."""

from collections.abc import Sequence
from http import HTTPStatus

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from tidings_server.clock import Clock
from tidings_server.delivery.egress import REFUSAL, Egress, EgressRefused
from tidings_server.delivery.resolving import Resolver
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

CONNECT_TIMEOUT_S = 10.0
MAX_READ_BYTES = 64 * 1024
"""How much of an answer is read so that its connection can be used again; beyond this the connection is closed."""

THROTTLED = frozenset({429, 502, 503, 504})
OURS = frozenset(
    ("date", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature", "x-vol-hmac-sha256", "traceparent")
)
"""Headers that no dialect sets: they are made when the message goes out."""

USER_AGENT = "Tidings-Webhook/1"


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
        the name is not asked for again in between.
        """
        self.clock = clock
        self._resolver = resolver or Resolver()
        connector = aiohttp.TCPConnector(limit=max_connections, socket_factory=egress.socket, resolver=self._resolver)
        self._http = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    async def post(self, url: URL, *, body: bytes, headers: CIMultiDict[str]) -> tuple[int, str, float | None]:
        """One request, no redirect followed; status, kept answer and Retry-After in seconds. Raises as aiohttp does."""
        async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _first_bytes(response)
            wait_s = retry_after_s(response.headers.get("Retry-After"), now_us=self.clock.now_us())
            return response.status, answer, wait_s

    async def close(self) -> None:
        await self._http.close()
        await self._resolver.close()


class Webhook:
    """One HTTP endpoint: a Destination that takes one message at a time."""

    max_batch = 1

    def __init__(self, target: WebhookTarget, session: WebhookSession) -> None:
        self._url = target.url
        self._signer = Signer(target.secrets)
        self._session = session

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        return [await self._send(sending) for sending in batch]

    async def _send(self, sending: Sending) -> Outcome:
        clock, payload = self._session.clock, sending.payload
        started = clock.monotonic()
        try:
            status, answer, wait_s = await self._session.post(
                URL(payload.url or self._url), body=payload.body, headers=self._headers(sending)
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return _failure(error, duration_s=clock.monotonic() - started)
        return _answered(status, answer, wait_s=wait_s, duration_s=clock.monotonic() - started)

    def _headers(self, sending: Sending) -> CIMultiDict[str]:
        payload = sending.payload
        headers = [(name, value) for name, value in payload.headers.items() if name.lower() not in OURS]
        headers.append(("Content-Type", payload.content_type))
        if sending.traceparent:
            headers.append(("traceparent", sending.traceparent))
        sent_at = self._session.clock.now_us()
        headers += self._signer.headers(message_id=sending.message_id, sent_at=sent_at, body=payload.body)
        return CIMultiDict(headers)


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


async def _first_bytes(response: aiohttp.ClientResponse) -> str:
    """The kept part of the answer. The status stands whatever happens to the body: a failure here only ends it."""
    kept, read = b"", 0
    try:
        while read < MAX_READ_BYTES and (chunk := await response.content.read(MAX_READ_BYTES - read)):
            read += len(chunk)
            kept += chunk[: max(0, 4 * 1024 - len(kept))]
    except (aiohttp.ClientError, TimeoutError, OSError):
        response.close()
    if not response.content.at_eof():
        response.close()
    return kept_answer(kept)


def _failure(error: Exception, *, duration_s: float) -> Outcome:
    text = kept_answer((str(error) or type(error).__name__).encode("utf-8", "replace"))
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, EgressRefused):
        return Outcome(OutcomeKind.RETRY, None, ErrorType.EGRESS_REFUSED, REFUSAL, duration_s=duration_s)
    kinds: tuple[tuple[type[Exception], ErrorType], ...] = (
        (TimeoutError, ErrorType.TIMEOUT),
        (aiohttp.ClientConnectorDNSError, ErrorType.DNS),
        (aiohttp.ClientSSLError, ErrorType.TLS),
        (aiohttp.ClientError, ErrorType.CONNECTION),
        (OSError, ErrorType.CONNECTION),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), ErrorType.INTERNAL)
    return Outcome(OutcomeKind.RETRY, None, kind, text, duration_s=duration_s)
