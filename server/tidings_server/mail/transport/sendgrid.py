"""Mail by SendGrid's `POST /v3/mail/send`, with its dynamic templates.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send, and …/how-to-use-the-sendgrid-v3-api/
for errors and rate limits.
"""

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from aiohappyeyeballs import AddrInfoType

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind, kept_answer
from tidings_server.delivery.retry_policy import retry_after_s
from tidings_server.mail.addresses import wire_address
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.mime import unsubscribe_headers
from tidings_server.platform.clock import Clock
from tidings_server.platform.pool_slots import PoolSlots

TIMEOUT_S: Final = 40.0
CONNECT_TIMEOUT_S: Final = 10.0
MAX_AGE_S: Final = 120.0
"""Age of a connection at most when it is used again: a busy one too goes, in time, where the name points to now."""

MAX_ANSWER: Final = 65_536
RECEIVE_BYTES: Final = 16 << 10
USER_AGENT: Final = "Tidings-Mail/1"
PATH: Final = "/v3/mail/send"
MAX_RESET_DIGITS: Final = 12
RESET: Final = "X-RateLimit-Reset"
"""Header with the end of the rate limit's period, in seconds since 1970."""

_BUSY: Final = frozenset({429, 502, 503, 504})
_BAD_KEY: Final = frozenset({401, 403})
"""The API key is wrong or lacks permission; the operator must correct it."""

_REFUSED: Final = frozenset({400, 413})
"""The mail itself is refused permanently."""


@dataclass(slots=True, eq=False)
class _Session:
    """Connections that began at about the same time, `made_at` in seconds of the clock."""

    http: aiohttp.ClientSession
    made_at: float
    in_use: int = 0


class SendGridTransport:
    """Mail transport over SendGrid. To be created and closed in a running event loop."""

    max_batch = 1

    def __init__(self, url: str, api_key: str, *, sender: Address, clock: Clock, max_connections: int) -> None:
        """`url` is the service's base, such as `https://api.sendgrid.com` or the European `https://api.eu.…`."""
        self._url = url.rstrip("/") + PATH
        self._sender = sender
        self._clock = clock
        self._open = partial(
            aiohttp.ClientSession,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            json_serialize=partial(json.dumps, ensure_ascii=False),
            auto_decompress=False,
            max_line_size=MAX_ANSWER,
            max_field_size=MAX_ANSWER,
        )
        self._connections = PoolSlots(max_connections)
        self._sessions: list[_Session] = []

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        async with self._connections.slot(tenant):
            return [await self._send(mail) for mail in mails]

    async def close(self) -> None:
        while self._sessions:
            await self._sessions.pop().http.close()

    async def _send(self, outgoing: OutgoingMail) -> Outcome:
        """One attempt; where a connection ends before a byte of the answer, as kept ones do, once more at once."""
        started = self._clock.monotonic()
        try:
            try:
                status, answer, wait_s = await self._post(outgoing)
            except aiohttp.ServerDisconnectedError:
                status, answer, wait_s = await self._post(outgoing)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            kind = ErrorType.TIMEOUT if isinstance(error, TimeoutError) else ErrorType.CONNECTION
            text = kept_answer((str(error) or type(error).__name__).encode("utf-8", "replace"))
            return Outcome(OutcomeKind.RETRY, None, kind, text, duration_s=self._clock.monotonic() - started)
        duration_s = self._clock.monotonic() - started
        return _outcome(status, answer, wait_s=wait_s, duration_s=duration_s)

    async def _post(self, outgoing: OutgoingMail) -> tuple[int, str, float | None]:
        """Status, answer and pause of one call."""
        session = await self._session()
        session.in_use += 1
        try:
            async with session.http.post(self._url, json=self._body(outgoing), allow_redirects=False) as response:
                body = await _body_of(response)
                answer = response.headers.get("X-Message-Id") or kept_answer(body)
                return response.status, answer, self._pause_s(response)
        finally:
            session.in_use -= 1

    async def _session(self) -> "_Session":
        """The connections of the last minutes; older ones are closed once nothing uses them."""
        now = self._clock.monotonic()
        if not self._sessions or now - self._sessions[-1].made_at >= MAX_AGE_S:
            connector = aiohttp.TCPConnector(limit=0, socket_factory=_socket)
            self._sessions.append(_Session(self._open(connector=connector, cookie_jar=aiohttp.DummyCookieJar()), now))
        for old in [each for each in self._sessions[:-1] if not each.in_use]:
            self._sessions.remove(old)
            await old.http.close()
        return self._sessions[-1]

    def _body(self, outgoing: OutgoingMail) -> dict[str, Any]:
        """The request body. `custom_args` identify the mail in SendGrid's events."""
        mail = outgoing.mail
        personalization: dict[str, Any] = {
            "to": [{"email": mail.to}],
            "custom_args": {"tidings_id": outgoing.id},
        }
        sender = {"email": wire_address(self._sender.addr_spec)}
        if self._sender.display_name:
            sender["name"] = self._sender.display_name
        if mail.template_id:
            personalization["dynamic_template_data"] = dict(mail.data)
            content: dict[str, Any] = {"template_id": mail.template_id}
        else:
            content = {"subject": mail.subject, "content": _content(mail)}
        if headers := unsubscribe_headers(mail):
            content["headers"] = headers
        return {"personalizations": [personalization], "from": sender, **content}

    def _pause_s(self, response: aiohttp.ClientResponse) -> float | None:
        """Seconds to wait before the next attempt, from the rate limit's reset or `Retry-After`; None if not given."""
        if response.status not in _BUSY:
            return None
        ends = response.headers.get(RESET, "")
        if ends.isdecimal() and len(ends) <= MAX_RESET_DIGITS:
            return max(0.0, int(ends) - self._clock.now_us() / 1_000_000)
        return retry_after_s(response.headers.get("Retry-After"), now_us=self._clock.now_us())


def _socket(info: AddrInfoType) -> socket.socket:
    """A socket that gives little at once: aiohttp parses all of it before the loop goes on."""
    family, kind, protocol, _, _ = info
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return made


async def _body_of(response: aiohttp.ClientResponse) -> bytes:
    """The body, as far as it can be read: the status stands whatever becomes of it, and a mail is not sent twice."""
    try:
        return await response.content.read(MAX_ANSWER)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""


def _content(mail: MailMessage) -> list[dict[str, str]]:
    """Text, then HTML, as the API requires; it refuses empty parts."""
    parts = (("text/plain", mail.text), ("text/html", mail.html))
    return [{"type": kind, "value": value} for kind, value in parts if value] or [{"type": "text/plain", "value": " "}]


def _outcome(status: int, answer: str, *, wait_s: float | None, duration_s: float) -> Outcome:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(OutcomeKind.DELIVERED, status, answer=answer, duration_s=duration_s)
    if status in _REFUSED:
        kind = ErrorType.TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else ErrorType.REFUSED_CONTENT
        return Outcome(OutcomeKind.EXPIRED, status, kind, answer, duration_s=duration_s)
    kind = ErrorType.CREDENTIALS if status in _BAD_KEY else ErrorType.HTTP_STATUS
    return Outcome(
        OutcomeKind.RETRY,
        status,
        ErrorType.THROTTLED if status in _BUSY else kind,
        answer,
        retry_after_s=wait_s,
        duration_s=duration_s,
        throttled=status in _BUSY,
    )
