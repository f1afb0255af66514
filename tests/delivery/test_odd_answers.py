"""Answers that stretch HTTP: the first line that is not an interim answer decides what becomes of the delivery."""

import socket
import struct
import threading
from collections.abc import AsyncIterator

import pytest

from tests.support.deliveries import webhook_at
from tests.support.raw_server import Script, after_request, raw_server, read_head
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.platform.clock import SystemClock

OK = b"HTTP/1.1 200 OK\r\n"
LARGE = 3 << 20
"""More than the buffers of two sockets hold."""


@pytest.fixture
async def destinations() -> AsyncIterator[Destinations]:
    opened = Destinations(egress=Egress("127.0.0.0/8"), clock=SystemClock(), webhook_timeout_s=5.0)
    yield opened
    await opened.close()


async def post(destinations: Destinations, port: int, *, body: bytes = b"{}") -> Outcome:
    message = Message(Payload(body, "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="t.x")
    (outcome,) = await destinations.open(webhook_at(f"http://127.0.0.1:{port}/")).send([message])
    return outcome


DELIVERED: dict[str, bytes] = {
    "a header of 9,000 bytes": OK + b"X-Long: " + b"x" * 9_000 + b"\r\nContent-Length: 2\r\n\r\nok",
    "a header of 1 MB": OK + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "1,000 headers": OK + b"X-Many: 1\r\n" * 1_000 + b"\r\n",
    "a header without a colon": OK + b"nonsense\r\n\r\n",
    "a blank before a colon": OK + b"X : 1\r\n\r\nok",
    "NUL in a header": OK + b"X: \0\r\n\r\n",
    "a folded header": OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "204 with a body": b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
    "204 with chunks": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "205 with a body": b"HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok",
    "a length twice, the same": OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "a length twice, another": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "a length as a list": OK + b"Content-Length: 2, 2\r\n\r\nok",
    "a length of words": OK + b"Content-Length: two\r\n\r\nok",
    "length and chunks": OK + b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a chunk without a length": OK + b"Transfer-Encoding: chunked\r\n\r\nok",
    "a chunk longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
    "chunks without an end": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    "an encoding that is none": OK + b"Transfer-Encoding: identity, nonsense\r\n\r\nok",
    "garbage behind the body": OK + b"Content-Length: 2\r\n\r\nokGARBAGE",
    "a body that ends too early": OK + b"Content-Length: 200\r\n\r\nok",
    "a head that ends too early": OK + b"Content-Le",
    "a status line alone": b"HTTP/1.1 200 OK\r\n",
    "a status without a reason": b"HTTP/1.1 200\r\n\r\n",
    "line feeds alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nok",
    "another version": b"HTTP/2 200 \r\n\r\n",
    "100 before it": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok",
    "102 and 103 before it": b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\nLink: <x>\r\n\r\n" + OK + b"\r\nok",
    "103 with a long header before it": b"HTTP/1.1 103 E\r\nLink: " + b"x" * 60_000 + b"\r\n\r\n" + OK + b"\r\nok",
    "an odd reason": b"HTTP/1.1 202 \xff\xfe\xed\r\nContent-Length: 0\r\n\r\n",
    "an unknown compression": OK + b"Content-Encoding: br, x\r\nContent-Length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("ends", ["closes", "resets"])
@pytest.mark.parametrize("answer", DELIVERED.values(), ids=DELIVERED)
async def test_a_2xx_is_a_delivery_whatever_stands_beside_it(
    destinations: Destinations, answer: bytes, ends: str
) -> None:
    with raw_server(after_request(answer, resets=ends == "resets")) as port:
        outcomes = [await post(destinations, port) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED] * 2, outcomes
    assert {outcome.status for outcome in outcomes} < {200, 202, 204, 205}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", (503, 7)),
        (b"HTTP/1.1 429 Busy\r\nretry-after:  7 \r\nX: " + b"x" * 90_000 + b"\r\n\r\n", (429, 7)),
        (b"HTTP/1.1 500 No\r\nContent-Length: x\r\n\r\nRetry-After: 9\r\n", (500, None)),
        (b"HTTP/1.1 404 No\r\nX-Long: " + b"x" * 9_000 + b"\r\n\r\n", (404, None)),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nX: \0\r\n\r\n", (500, None)),
    ],
)
async def test_another_status_counts_too_with_its_retry_after(
    destinations: Destinations, answer: bytes, expected: tuple[int, float | None]
) -> None:
    with raw_server(after_request(answer)) as port:
        outcome = await post(destinations, port)
    assert (outcome.kind, outcome.status, outcome.retry_after_s) == (OutcomeKind.RETRY, *expected)


async def test_of_a_compressed_answer_with_an_odd_head_too_the_encoding_is_kept(destinations: Destinations) -> None:
    with raw_server(after_request(b"HTTP/1.1 500 No\r\ncontent-encoding: br\r\nX: \0\r\n\r\n\x1f\x8b")) as port:
        outcome = await post(destinations, port)
    assert (outcome.status, outcome.answer) == (500, "(br)")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 ",
        b"HTTP/1.1 200",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nX: HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\nX: \0\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"\r\nok HTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
async def test_what_has_no_status_line_delivers_nothing(destinations: Destinations, answer: bytes) -> None:
    with raw_server(after_request(answer)) as port:
        outcome = await post(destinations, port)
    assert outcome.kind is OutcomeKind.RETRY, outcome
    assert outcome.error_type in {ErrorType.CONNECTION, ErrorType.BAD_ANSWER}


@pytest.mark.parametrize("status", [b"200 OK", b"413 Too Large"])
async def test_an_answer_before_the_body_was_read_counts(destinations: Destinations, status: bytes) -> None:
    """The receiver answers at once, reads no more and resets: what it said was said."""

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(script) as port:
        for _ in range(5):
            outcome = await post(destinations, port, body=b"x" * LARGE)
            assert outcome.status == int(status[:3]), outcome


def ending_after(answers: list[bytes], seen: list[bytes]) -> Script:
    """Give each request of a connection the next answer, and end the connection at an empty one."""
    lock = threading.Lock()

    def script(connection: socket.socket) -> None:
        while head := read_head(connection):
            with lock:
                seen.append(head)
                answer = answers.pop(0)
            if not answer:
                return
            connection.sendall(answer)

    return script


EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def test_a_kept_connection_that_ends_before_a_byte_costs_no_attempt(destinations: Destinations) -> None:
    seen: list[bytes] = []
    with raw_server(ending_after([EMPTY, b"", EMPTY], seen)) as port:
        outcomes = [await post(destinations, port) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED] * 2
    assert len(seen) == 3, "once more, at once, over a new connection"


async def test_a_new_connection_that_ends_before_a_byte_is_an_attempt(destinations: Destinations) -> None:
    seen: list[bytes] = []
    with raw_server(ending_after([EMPTY, b"", b""], seen)) as port:
        outcomes = [await post(destinations, port) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED, OutcomeKind.RETRY]
    assert len(seen) == 3, "not for ever"


async def test_a_kept_connection_that_ends_after_a_byte_is_an_attempt(destinations: Destinations) -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(read_head(connection))
        connection.sendall(EMPTY)
        seen.append(read_head(connection))
        connection.sendall(b"HTT")

    with raw_server(script) as port:
        outcomes = [await post(destinations, port) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED, OutcomeKind.RETRY]
    assert len(seen) == 2


@pytest.mark.parametrize("status", [b"408 Request Timeout", b"408 Request Time-out"])
async def test_a_408_in_a_kept_connection_is_about_no_request(destinations: Destinations, status: bytes) -> None:
    """Proxies send it into idle connections that they close, and it may be there before the request is."""
    seen: list[bytes] = []
    closing = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(ending_after([EMPTY, closing, EMPTY], seen)) as port:
        outcomes = [await post(destinations, port) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED] * 2
    assert len(seen) == 3


async def test_a_408_over_a_new_connection_is_an_attempt(destinations: Destinations) -> None:
    seen: list[bytes] = []
    closing = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(ending_after([closing], seen)) as port:
        assert (await post(destinations, port)).kind is OutcomeKind.RETRY
    assert len(seen) == 1
