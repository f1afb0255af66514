"""Answers of receivers, queues, mail services and issuers, fuzzed as requests are, over real sockets.

Whatever comes back, the caller gets one outcome for each message, with nothing that the database refuses; the event
loop is held for less than 50 ms of its own computing, and no log line holds a value of the answer.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.hostile_http import ANSWERS, DOCUMENTS, MARK
from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION
from tests.support.raw_server import Script, after_request, metered, raw_server
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.jwks import JwksFetcher
from tidings_server.delivery.message import (
    DestinationSettings,
    ErrorType,
    Message,
    Outcome,
    Payload,
)
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.sendgrid import SendGridTransport
from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import Unavailable
from tidings_server.platform.texts import is_storable

pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
"""urllib3 leaves a connection that broke to the garbage collector, where the operator's own endpoint is asked."""

HELD_S = 0.05
TRUSTED = {("sendgrid", "30,000 interim answers")}
"""The operator's own mail service, which is trusted so far: aiohttp's client reads interim answers in one go."""
DEADLINE_S = 20.0
LOOPBACK = Egress("127.0.0.0/8")
MESSAGE = Message(Payload(b"{}", "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="order.created")
MAIL = OutgoingMail("mail-1", MailMessage(to="ada@example.com", subject="Hi", text="Hello", html=""))

Send = Callable[[], Awaitable[list[Outcome]]]


@asynccontextmanager
async def destination(kind: DestinationKind, endpoint: str, *, aws_endpoint_url: str = "") -> AsyncIterator[Send]:
    opened = Destinations(
        egress=LOOPBACK, clock=SystemClock(), webhook_timeout_s=3.0, aws_endpoint_url=aws_endpoint_url
    )
    described = DestinationSettings(kind, endpoint, REGION, ACCESS_KEY, (ACCESS_SECRET,))

    async def send() -> list[Outcome]:
        return list(await opened.open(described).send([MESSAGE]))

    yield send
    await opened.close()


@asynccontextmanager
async def sendgrid(url: str) -> AsyncIterator[Send]:
    sender = Address("Shop", addr_spec="shop@shop.example")
    opened = SendGridTransport(url, "key", sender=sender, clock=SystemClock(), max_connections=4)
    yield lambda: opened.send(7, [MAIL])
    await opened.close()


@asynccontextmanager
async def issuer(url: str) -> AsyncIterator[Send]:
    async def send() -> list[Outcome]:
        with suppress(Unavailable):
            assert isinstance(await JwksFetcher(LOOPBACK).fetch(f"{url}/jwks"), dict)
        return []

    yield send


ARN = f"arn:aws:sns:{REGION}:123456789012:t"
CALLERS: dict[str, Callable[[str], AbstractAsyncContextManager[Send]]] = {
    "webhook": lambda url: destination(DestinationKind.WEBHOOK, f"{url}/hook"),
    "queue": lambda url: destination(DestinationKind.SQS, f"{url}/123456789012/q"),
    "topic": lambda url: destination(DestinationKind.SNS, ARN, aws_endpoint_url=url),
    "sendgrid": sendgrid,
    "issuer": issuer,
}


@dataclass
class Hostile:
    """One caller and the server that it asks, which follows `script`."""

    name: str
    send: Send
    script: Script

    async def fault(self, script: Script, *, within_s: float = HELD_S) -> str:
        """What is wrong after this answer; empty where all is as it should be."""
        self.script = script
        with metered() as meter, structlog.testing.capture_logs() as lines:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    outcomes = await self.send()
            except Exception as error:  # noqa: BLE001  # which one is the finding
                return repr(error)[:200]
        if self.name != "issuer" and len(outcomes) != 1:
            return f"{len(outcomes)} outcomes"
        if MARK in repr(lines):
            return f"logged: {lines}"
        if meter.held_s >= within_s:
            return f"held for {meter.held_s * 1_000:.0f} ms"
        return "; ".join(map(_outcome_fault, outcomes))

    async def faults(self, scripts: Mapping[str, Script]) -> dict[str, str]:
        """The answers after which something is wrong."""
        found = {}
        for name, script in scripts.items():
            if (self.name, name) not in TRUSTED and (fault := await self.fault(script)):
                found[name] = fault
        return found


def _outcome_fault(outcome: Outcome) -> str:
    is_good = (
        is_storable(outcome.answer)
        and (outcome.status is None or 100 <= outcome.status < 1_000)
        and (outcome.retry_after_s is None or 0 <= outcome.retry_after_s < 1e12)
        and outcome.error_type is not ErrorType.INTERNAL
    )
    return "" if is_good else repr(outcome)


@pytest.fixture(params=CALLERS)
async def hostile(request: pytest.FixtureRequest) -> AsyncIterator[Hostile]:
    made: list[Hostile] = []

    def script(connection: socket.socket) -> None:
        made[0].script(connection)

    with raw_server(script) as port:
        async with CALLERS[request.param](f"http://127.0.0.1:{port}") as send:
            made.append(Hostile(request.param, send, after_request(b"")))
            await made[0].fault(after_request(b""), within_s=10)  # makes clients, which is done once
            yield made[0]


async def test_every_answer_has_an_outcome(hostile: Hostile) -> None:
    assert await hostile.faults(ANSWERS) == {}


async def test_every_document_has_an_outcome(hostile: Hostile) -> None:
    answers = {
        f"{status} {name}": after_request(_answer(status, body))
        for name, body in DOCUMENTS.items()
        for status in (200, 400, 503)
    }
    assert await hostile.faults(answers) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["Id", "MessageId", "Code", "Message", "SenderFault", "Successful", "Failed", "Error", "keys"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


async def test_any_json_has_an_outcome(hostile: Hostile, pytestconfig: pytest.Config) -> None:
    documents: list[Any] = []

    @settings(
        max_examples=40 * pytestconfig.getoption("--fuzz-examples"),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(JSON | st.fixed_dictionaries({}, optional={"Successful": JSON, "Failed": JSON, "keys": JSON}))
    def gather(document: Any) -> None:
        documents.append(document)

    gather()
    answers = {
        json.dumps(each): after_request(_answer(200 + number % 3 * 100, json.dumps(each).encode()))
        for number, each in enumerate(documents)
    }
    assert await hostile.faults(answers) == {}


def _answer(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} Any\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
