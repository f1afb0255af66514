"""Mail by SendGrid: the documented call, to an HTTP server that speaks it."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address

import pytest

from tests.support.raw_server import after_request, raw_server, read_request
from tests.support.receiver import Answer, Receiver
from tests.support.sendgrid import KEY, PATH, sendgrid
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.sendgrid import SendGridTransport
from tidings_server.platform.clock import ManualClock

SENDER = Address("Shop", addr_spec="shop@shop.example")
LETTER = MailMessage(to="ada@example.com", subject="Hi", text="Hello", html="<p>Hello</p>")
BY_TEMPLATE = MailMessage(
    to="ada@example.com", template_id="d-1", data={"first_name": "Ada", "items": [{"price": "9.5"}]}
)


@pytest.fixture
async def transport(receiver: Receiver, clock: ManualClock) -> AsyncIterator[SendGridTransport]:
    receiver.paths[PATH] = sendgrid
    opened = SendGridTransport(receiver.url("/"), KEY, sender=SENDER, clock=clock, max_connections=4)
    yield opened
    await opened.close()


async def send(transport: SendGridTransport, mail: MailMessage = LETTER) -> Outcome:
    [outcome] = await transport.send(7, [OutgoingMail("mail-1", mail)])
    return outcome


async def test_a_template_is_filled_by_sendgrid(transport: SendGridTransport, receiver: Receiver) -> None:
    outcome = await send(transport, BY_TEMPLATE)
    assert (outcome.kind, outcome.status, outcome.answer) == (OutcomeKind.DELIVERED, 202, "14c5d75ce93.dfd.64b469")
    assert json.loads(receiver.requests[0].body) == {
        "personalizations": [
            {
                "to": [{"email": "ada@example.com"}],
                "custom_args": {"tidings_id": "mail-1"},
                "dynamic_template_data": {"first_name": "Ada", "items": [{"price": "9.5"}]},
            }
        ],
        "from": {"email": "shop@shop.example", "name": "Shop"},
        "template_id": "d-1",
    }


async def test_a_mail_without_a_template_is_sent_rendered(transport: SendGridTransport, receiver: Receiver) -> None:
    assert (await send(transport)).kind is OutcomeKind.DELIVERED
    told = json.loads(receiver.requests[0].body)
    assert (told["subject"], told["content"]) == (
        "Hi",
        [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
    )
    assert (await send(transport, replace(LETTER, text="", html=""))).kind is OutcomeKind.DELIVERED


async def test_permanent_refusals_are_not_retried(transport: SendGridTransport) -> None:
    outcome = await send(transport, replace(LETTER, subject=""))
    assert (outcome.kind, outcome.status, outcome.error_type) == (OutcomeKind.EXPIRED, 400, ErrorType.REFUSED_CONTENT)
    assert '"field": "subject"' in outcome.answer


async def test_a_wrong_key_is_the_operators_to_put_right(receiver: Receiver, clock: ManualClock) -> None:
    receiver.paths[PATH] = sendgrid
    opened = SendGridTransport(receiver.url(""), "SG.wrong", sender=SENDER, clock=clock, max_connections=1)
    outcome = await send(opened)
    await opened.close()
    assert (outcome.kind, outcome.status, outcome.error_type) == (OutcomeKind.RETRY, 401, ErrorType.CREDENTIALS)
    assert "SG.wrong" not in outcome.answer


async def test_the_services_rate_limit_sets_the_pause(
    transport: SendGridTransport, receiver: Receiver, clock: ManualClock
) -> None:
    ends = clock.now_us() // 1_000_000 + 42
    receiver.answers.append(Answer(429, headers={"X-RateLimit-Reset": str(ends), "X-RateLimit-Remaining": "0"}))
    outcome = await send(transport)
    assert (outcome.kind, outcome.throttled, outcome.retry_after_s) == (OutcomeKind.RETRY, True, 42.0)
    receiver.answers.append(Answer(503, headers={"Retry-After": "7"}))
    assert (await send(transport)).retry_after_s == 7.0


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (413, OutcomeKind.EXPIRED, ErrorType.TOO_LARGE),
        (403, OutcomeKind.RETRY, ErrorType.CREDENTIALS),
        (404, OutcomeKind.RETRY, ErrorType.HTTP_STATUS),
        (500, OutcomeKind.RETRY, ErrorType.HTTP_STATUS),
        (302, OutcomeKind.RETRY, ErrorType.HTTP_STATUS),
    ],
)
async def test_other_answers(
    transport: SendGridTransport, receiver: Receiver, status: int, kind: OutcomeKind, error: ErrorType
) -> None:
    receiver.answers.append(Answer(status, headers={"Location": "/elsewhere"}))
    outcome = await send(transport)
    assert (outcome.kind, outcome.error_type, len(receiver.requests)) == (kind, error, 1)


async def test_a_service_that_is_not_there_is_tried_again(clock: ManualClock, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    opened = SendGridTransport(url, KEY, sender=SENDER, clock=clock, max_connections=1)
    outcome = await send(opened)
    await opened.close()
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.CONNECTION)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 202 Accepted\r\nX-Long: " + b"x" * 9_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_an_accepted_mail_is_not_sent_again_for_what_stands_beside_the_status(
    clock: ManualClock, answer: bytes
) -> None:
    with raw_server(after_request(answer)) as port:
        opened = SendGridTransport(f"http://127.0.0.1:{port}", KEY, sender=SENDER, clock=clock, max_connections=1)
        outcome = await send(opened)
        await opened.close()
    assert (outcome.kind, outcome.status) == (OutcomeKind.DELIVERED, 202)


ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


async def test_a_kept_connection_that_ends_before_a_byte_costs_no_attempt(clock: ManualClock) -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        for answer in ([ACCEPTED, b""], [ACCEPTED])[min(len(seen), 1)]:
            seen.append(read_request(connection))
            if answer:
                connection.sendall(answer)

    with raw_server(script) as port:
        opened = SendGridTransport(f"http://127.0.0.1:{port}", KEY, sender=SENDER, clock=clock, max_connections=1)
        outcomes = [await send(opened) for _ in range(2)]
        await opened.close()
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED] * 2
    assert len(seen) == 3


async def test_a_busy_connection_is_made_anew_in_time(clock: ManualClock) -> None:
    begun: list[int] = []

    def script(connection: socket.socket) -> None:
        begun.append(1)
        while read_request(connection):
            connection.sendall(ACCEPTED)

    with raw_server(script) as port:
        opened = SendGridTransport(f"http://127.0.0.1:{port}", KEY, sender=SENDER, clock=clock, max_connections=1)
        for _ in range(14):
            assert (await send(opened)).kind is OutcomeKind.DELIVERED
            clock.advance(timedelta(seconds=10))
        await opened.close()
    assert len(begun) == 2


async def test_other_scripts_are_sent_as_they_are(transport: SendGridTransport, receiver: Receiver) -> None:
    await send(transport, replace(LETTER, text="Привет, 世界 🎁"))
    assert "Привет, 世界 🎁".encode() in receiver.requests[0].body
