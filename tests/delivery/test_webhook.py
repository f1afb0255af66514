"""Webhooks against a real receiver."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import Webhook as StandardWebhook

from tests.support.deliveries import webhook_at
from tests.support.receiver import Answer, Receiver
from tests.support.vol_signature import vol_signature
from tests.support.waiting import PATIENCE_S
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.platform.clock import SystemClock

LOOPBACK = "127.0.0.0/8,::1/128"
SENDING = Message(
    payload=Payload(b'{"a":1}', "application/json", {"x-vol-tenant": "7", "Date": "mine"}, group="ORDER:1"),
    event_id="evt-1",
    message_id="evt-1:replay-1",
    dedup_id="d",
    topic="order.created",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


@pytest.fixture
async def destinations() -> AsyncIterator[Destinations]:
    opened = Destinations(egress=Egress(LOOPBACK), clock=SystemClock())
    yield opened
    await opened.close()


@pytest.fixture
async def hasty() -> AsyncIterator[Destinations]:
    """Of those that never answer it waits for half a second."""
    opened = Destinations(egress=Egress(LOOPBACK), clock=SystemClock(), webhook_timeout_s=0.5)
    yield opened
    await opened.close()


async def post(destinations: Destinations, url: str, *secrets: str) -> Outcome:
    (outcome,) = await destinations.open(webhook_at(url, secrets or ("secret",))).send([SENDING])
    return outcome


async def test_the_receiver_gets_body_headers_and_signatures(destinations: Destinations, receiver: Receiver) -> None:
    outcome = await post(destinations, receiver.url("/hook?x=1"), "new", "old")
    (request,) = receiver.requests
    assert (outcome.kind, outcome.status, outcome.error_type) == (OutcomeKind.DELIVERED, 200, ErrorType.NONE)
    assert outcome.duration_s > 0
    assert (request.method, request.path, request.body) == ("POST", "/hook", b'{"a":1}')
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["x-vol-tenant"] == "7"
    assert request.headers["traceparent"] == SENDING.traceparent
    assert request.headers["webhook-id"] == "evt-1:replay-1"
    (date,) = request.headers.getall("Date")
    assert request.headers.getall("x-vol-hmac-sha256") == [
        vol_signature(secret, date=date, body=request.body) for secret in ("new", "old")
    ]
    assert StandardWebhook("whsec_b2xk").verify(request.body, dict(request.headers)) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (201, (OutcomeKind.DELIVERED, ErrorType.NONE, False)),
        (204, (OutcomeKind.DELIVERED, ErrorType.NONE, False)),
        (302, (OutcomeKind.RETRY, ErrorType.REDIRECT, False)),
        (304, (OutcomeKind.RETRY, ErrorType.REDIRECT, False)),
        (400, (OutcomeKind.RETRY, ErrorType.HTTP_STATUS, False)),
        (404, (OutcomeKind.RETRY, ErrorType.HTTP_STATUS, False)),
        (410, (OutcomeKind.GONE, ErrorType.GONE, False)),
        (429, (OutcomeKind.RETRY, ErrorType.THROTTLED, True)),
        (500, (OutcomeKind.RETRY, ErrorType.HTTP_STATUS, False)),
        (502, (OutcomeKind.RETRY, ErrorType.THROTTLED, True)),
        (503, (OutcomeKind.RETRY, ErrorType.THROTTLED, True)),
        (504, (OutcomeKind.RETRY, ErrorType.THROTTLED, True)),
    ],
)
async def test_a_status_decides_the_outcome(
    destinations: Destinations, receiver: Receiver, status: int, expected: tuple[OutcomeKind, ErrorType, bool]
) -> None:
    receiver.default = Answer(status, headers={"Retry-After": "7", "Location": receiver.url("/elsewhere")})
    outcome = await post(destinations, receiver.url())
    assert (outcome.kind, outcome.error_type, outcome.throttled) == expected
    assert outcome.status == status
    if outcome.kind is OutcomeKind.RETRY:
        assert outcome.retry_after_s == 7
    assert [request.path for request in receiver.requests] == ["/hook"], "no redirect is followed"


async def test_one_kib_of_the_answer_is_kept(destinations: Destinations, receiver: Receiver) -> None:
    receiver.default = Answer(500, body="ä".encode() * 5_000 + b"\0")
    assert (await post(destinations, receiver.url())).answer == "ä" * 512
    receiver.default = Answer(500, body=b"a\0\xff")
    assert (await post(destinations, receiver.url())).answer == "a\ufffd\ufffd"


async def test_an_answer_without_end_is_not_read_to_its_end(destinations: Destinations, receiver: Receiver) -> None:
    receiver.default = Answer(200, body=bytes(8 * 1024 * 1024))
    assert (await post(destinations, receiver.url())).kind is OutcomeKind.DELIVERED
    receiver.default = Answer(200)
    assert (await post(destinations, receiver.url())).kind is OutcomeKind.DELIVERED


@pytest.mark.parametrize(
    ("encoding", "body", "kept"),
    [
        ("gzip", b"\x1f\x8bno", "(gzip)"),
        (" GZIP , br", b"\x1f\x8bno", "(gzip , br)"),
        ("gzip", b"", ""),
        ("identity", b"no", "no"),
    ],
)
async def test_of_a_compressed_answer_the_encoding_is_kept(
    destinations: Destinations, receiver: Receiver, encoding: str, body: bytes, kept: str
) -> None:
    receiver.default = Answer(500, body=body, headers={"Content-Encoding": encoding})
    assert (await post(destinations, receiver.url())).answer == kept
    assert receiver.requests[0].headers.getall("Accept-Encoding") == ["identity"]


async def test_an_endpoint_that_does_not_answer_times_out(hasty: Destinations, receiver: Receiver) -> None:
    receiver.default = Answer(hold=asyncio.Event())
    outcome = await post(hasty, receiver.url())
    assert (outcome.kind, outcome.status, outcome.error_type) == (OutcomeKind.RETRY, None, ErrorType.TIMEOUT)


async def test_a_status_counts_although_the_body_never_ends(hasty: Destinations) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        outcome = await post(hasty, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (outcome.kind, outcome.answer) == (OutcomeKind.DELIVERED, "ok")


async def test_connection_failures_are_outcomes(destinations: Destinations, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    urls = {
        f"http://127.0.0.1:{port}/": ErrorType.CONNECTION,
        f"https://127.0.0.1:{receiver.port}/": ErrorType.TLS,
        "http://nosuchhost.invalid/": ErrorType.DNS,
        "http://[::": ErrorType.INTERNAL,
    }
    for url, error_type in urls.items():
        outcome = await post(destinations, url)
        assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, error_type), (url, outcome)


async def test_what_is_no_http_is_told_from_no_answer(hasty: Destinations) -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    async with server:
        outcome = await post(hasty, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.BAD_ANSWER)


async def test_a_header_with_a_line_break_is_not_sent(destinations: Destinations, receiver: Receiver) -> None:
    evil = Payload(b"{}", "application/json", {"x-vol-correlation": "a\r\nx: y"}, group="g")
    sending = Message(evil, event_id="e", message_id="e", dedup_id="d", topic="t.x")
    (outcome,) = await destinations.open(webhook_at(receiver.url())).send([sending])
    assert outcome.kind is OutcomeKind.RETRY
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_the_guard_refuses_the_address_that_is_dialled(receiver: Receiver, host: str) -> None:
    guarded = Destinations(egress=Egress(), clock=SystemClock(), webhook_timeout_s=PATIENCE_S)
    try:
        outcome = await post(guarded, f"http://{host}:{receiver.port}/")
    finally:
        await guarded.close()
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.EGRESS_REFUSED)
    assert receiver.requests == []
