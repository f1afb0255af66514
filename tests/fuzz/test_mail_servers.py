"""Mail servers that mean harm: each mail has an outcome in time, and none holds the loop or shows up in the log."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any, Final

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.hostile_http import MARK
from tests.support.raw_server import MAX_ENDLESS, Script, metered, raw_server
from tidings_server.delivery.message import ErrorType
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.smtp import SmtpTransport
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.smtp_url import SmtpUrl
from tidings_server.platform.texts import is_storable

HELD_S: Final = 0.05
DEADLINE_S: Final = 15.0
SENDER: Final = Address("Shop", addr_spec="shop@shop.example")
MAILS: Final = [
    OutgoingMail(f"mail-{number}", MailMessage(to="ada@example.com", subject="Hi", text="Hello")) for number in range(3)
]
_M: Final = MARK.encode()
GOOD: Final = [b"220 mail.test\r\n", b"250 mail.test\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n"]
"""Greeting, EHLO, MAIL, RCPT, DATA and the message's end."""

REPLIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "no code": _M + b"\r\n",
    "a code alone": b"250\r\n",
    "a code of two digits": b"25 " + _M + b"\r\n",
    "code 999": b"999 " + _M + b"\r\n",
    "code 000": b"000 " + _M + b"\r\n",
    "a negative code": b"-50 " + _M + b"\r\n",
    "another code in the second line": b"250-a\r\n550 " + _M + b"\r\n",
    "bytes that are no text": b"550 \xff\xfe\xed\xa0\x80\x00" + _M + b"\r\n",
    "surrogates in UTF-8": b"250 \xed\xa0\x80\r\n",
    "a later refusal": b"451 " + _M + b"\r\n",
    "a refusal": b"550 " + _M + b"\r\n",
    "a farewell": b"421 " + _M + b"\r\n",
    "two replies": b"250 " + _M + b"\r\n250 " + _M + b"\r\n",
    "a long line": b"250 " + _M * 700_000 + b"\r\n",
    "a line without an end": b"250 " + _M * 700_000,
    "many lines": b"250-" + _M + b"\r\n250 ok\r\n",
    "100,000 lines": (b"250-" + _M + b"\r\n") * 100_000 + b"250 ok\r\n",
    "lines of other lengths": b"250-\r\n250- \r\n250-\r250\n250 ok\r\n",
    "a demand for STARTTLS": b"530 Must issue STARTTLS " + _M + b"\r\n",
    "extensions that are none": b"250-\x00\r\n250-SIZE -1\r\n250-AUTH " + _M + b"\r\n250 STARTTLS" + _M + b"\r\n",
    "HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
}


def talk(*, at: int, reply: bytes, endless: bytes = b"") -> Script:
    """A server that is good until its reply number `at`, then says `reply` and `endless`, and closes."""

    def script(connection: socket.socket) -> None:
        for number, good in enumerate(GOOD[: at + 1]):
            if number:
                read_until(connection, b"\r\n.\r\n" if number == len(GOOD) - 1 else b"\r\n")
            connection.sendall(reply if number == at else good)
        sent = 0
        while endless and sent < MAX_ENDLESS:
            sent += connection.send(endless)

    return script


def read_until(connection: socket.socket, end: bytes) -> None:
    read = b""
    while not read.endswith(end):
        if not (chunk := connection.recv(65_536)):
            raise OSError("closed")
        read += chunk


@dataclass
class Hostile:
    """A transport and its server, which follows `script`."""

    script: Script
    transport: SmtpTransport | None = None

    async def fault(self, script: Script) -> str:
        """What is wrong after this conversation; empty where all is as it should be."""
        assert self.transport is not None
        self.script = script
        with metered() as meter, structlog.testing.capture_logs() as lines:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    outcomes = await self.transport.send(7, MAILS)
            except Exception as error:  # noqa: BLE001  # which one is the finding
                return repr(error)[:200]
            finally:
                await self.transport.close()
        if len(outcomes) != len(MAILS):
            return f"{len(outcomes)} outcomes"
        if MARK in repr(lines):
            return f"logged: {lines}"
        if meter.held_s >= HELD_S:
            return f"held for {meter.held_s * 1_000:.0f} ms"
        good = (is_storable(each.answer) and each.error_type is not ErrorType.INTERNAL for each in outcomes)
        return "" if all(good) else repr(outcomes)


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    made = Hostile(talk(at=0, reply=b""))

    def script(connection: socket.socket) -> None:
        made.script(connection)

    with raw_server(script) as port:
        url = SmtpUrl.parse(f"smtp://127.0.0.1:{port}?starttls=never")
        made.transport = SmtpTransport(url, sender=SENDER, clock=SystemClock(), max_connections=2)
        yield made


@pytest.mark.parametrize("at", range(len(GOOD)))
async def test_every_reply_has_outcomes(hostile: Hostile, at: int) -> None:
    found = {name: await hostile.fault(talk(at=at, reply=reply)) for name, reply in REPLIES.items()}
    assert {name: text for name, text in found.items() if text} == {}


@pytest.mark.parametrize("endless", [_M * 8_000, (b"250-" + _M + b"\r\n") * 4_000], ids=["line", "lines"])
async def test_an_endless_reply_is_cut(hostile: Hostile, endless: bytes) -> None:
    assert await hostile.fault(talk(at=2, reply=b"250-", endless=endless)) == ""


async def test_any_reply_has_outcomes(hostile: Hostile, pytestconfig: pytest.Config) -> None:
    replies: list[tuple[int, bytes]] = []

    @settings(
        max_examples=40 * pytestconfig.getoption("--fuzz-examples"),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.integers(0, len(GOOD) - 1), st.binary(max_size=40) | st.from_regex(rb"[1-5][0-9]{2}[ -].{0,20}\r\n"))
    def gather(at: int, reply: bytes) -> None:
        replies.append((at, reply))

    gather()
    found: list[Any] = [
        (at, reply, text) for at, reply in replies if (text := await hostile.fault(talk(at=at, reply=reply)))
    ]
    assert found == []
