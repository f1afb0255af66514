"""Webhooks: signed POSTs over one shared aiohttp session behind the egress guard."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from tidings_server.clock import Clock
from tidings_server.delivery.egress import REFUSAL, Egress, EgressRefused
from tidings_server.delivery.retry import retry_after_s
from tidings_server.delivery.sending import (
    ErrorType,
    Outcome,
    OutcomeKind,
    Sending,
    WebhookTarget,
    kept_answer,
)
from tidings_server.delivery.signing import signature_headers

CONNECT_TIMEOUT_S = 10.0
MAX_READ_BYTES = 64 * 1024
"""How much of an answer is read so that its connection can be used again; beyond this the connection is closed."""

THROTTLED = frozenset({429, 502, 503, 504})
USER_AGENT = "Tidings-Webhook/1"


class WebhookSession:
    """The connections of all webhooks. Opened and closed inside a running event loop."""

    def __init__(self, *, egress: Egress, clock: Clock, timeout_s: float, max_connections: int) -> None:
        """`timeout_s` is the deadline of a whole request: resolve, connect, send and read the answer."""
        self.clock = clock
        connector = aiohttp.TCPConnector(limit=max_connections, socket_factory=egress.socket)
        self._http = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding"),
            headers={"User-Agent": USER_AGENT},
        )

    async def post(self, url: URL, *, body: bytes, headers: CIMultiDict[str]) -> Outcome:
        """One request, no redirect followed. Raises as aiohttp does."""
        async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _first_bytes(response)
            wait_s = retry_after_s(response.headers.get("Retry-After"), now_us=self.clock.now_us())
            return http_outcome(response.status, answer=answer, wait_s=wait_s)

    async def close(self) -> None:
        await self._http.close()


class Webhook:
    """One HTTP endpoint: a Destination that takes one message at a time."""

    max_batch = 1

    def __init__(self, target: WebhookTarget, session: WebhookSession) -> None:
        self._url = target.url
        self._secrets = target.secrets
        self._session = session

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        return [await self._send(sending) for sending in batch]

    async def _send(self, sending: Sending) -> Outcome:
        clock = self._session.clock
        started = clock.monotonic()
        try:
            outcome = await self._session.post(
                URL(self._url), body=sending.payload.body, headers=self._headers(sending)
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            outcome = _failure(error)
        return replace(outcome, duration_s=clock.monotonic() - started)

    def _headers(self, sending: Sending) -> CIMultiDict[str]:
        payload = sending.payload
        headers = CIMultiDict(payload.headers)
        headers["Content-Type"] = payload.content_type
        if sending.traceparent:
            headers["traceparent"] = sending.traceparent
        signed = signature_headers(
            self._secrets, message_id=sending.message_id, sent_at=self._session.clock.now(), body=payload.body
        )
        for name, _ in signed:
            headers.popall(name, None)
        headers.extend(signed)
        return headers


def http_outcome(status: int, *, answer: str, wait_s: float | None) -> Outcome:
    """What an HTTP answer means. Source: WIRE.md 002 and the retry rules: 2xx delivered, 410 gone, 3xx a failure."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(OutcomeKind.DELIVERED, status, answer=answer)
    if status == HTTPStatus.GONE:
        return Outcome(OutcomeKind.GONE, status, ErrorType.GONE, answer)
    if status in THROTTLED:
        return Outcome(OutcomeKind.RETRY, status, ErrorType.THROTTLED, answer, retry_after_s=wait_s, throttled=True)
    kind = (
        ErrorType.REDIRECT if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST else ErrorType.HTTP_STATUS
    )
    return Outcome(OutcomeKind.RETRY, status, kind, answer, retry_after_s=wait_s)


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


def _failure(error: Exception) -> Outcome:
    text = kept_answer((str(error) or type(error).__name__).encode("utf-8", "replace"))
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, EgressRefused):
        return Outcome(OutcomeKind.RETRY, None, ErrorType.EGRESS_REFUSED, REFUSAL)
    kinds: tuple[tuple[type[Exception], ErrorType], ...] = (
        (TimeoutError, ErrorType.TIMEOUT),
        (aiohttp.ClientConnectorDNSError, ErrorType.DNS),
        (aiohttp.ClientSSLError, ErrorType.TLS),
        (aiohttp.ClientError, ErrorType.CONNECTION),
        (OSError, ErrorType.CONNECTION),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), ErrorType.INTERNAL)
    return Outcome(OutcomeKind.RETRY, None, kind, text)
