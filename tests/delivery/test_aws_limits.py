"""Queues and topics with limits of their own: no message is given up for what stands beside it in a call."""

import json
import socket
from codecs import BOM_UTF8
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.delivery.test_aws import kinds, queue_at, sending, topic_at
from tests.support.raw_server import raw_server, read_head
from tests.support.receiver import Answer, Received, Receiver
from tests.support.strict_queue import Entry, StrictQueue, refused, refused_by_topic
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.destinations.aws_opening import DeferredDestination
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import Destination, ErrorType, OutcomeKind
from tidings_server.platform.clock import SystemClock

DELIVERED, EXPIRED, RETRY = OutcomeKind.DELIVERED, OutcomeKind.EXPIRED, OutcomeKind.RETRY
ARN = "arn:aws:sns:eu-west-1:123456789012:orders"


@asynccontextmanager
async def opened(endpoint_url: str) -> AsyncIterator[Destinations]:
    destinations = Destinations(egress=Egress("127.0.0.0/8"), clock=SystemClock(), aws_endpoint_url=endpoint_url)
    yield destinations
    await destinations.close()


@pytest.fixture(params=["sqs", "sns"])
async def to(request: pytest.FixtureRequest, receiver: Receiver) -> AsyncIterator[Destination]:
    """A queue, then a topic, of the test's `StrictQueue`, which is `receiver.default`'s script."""
    async with opened(receiver.url("")) as destinations:
        settings = queue_at(receiver.url("/123456789012/q")) if request.param == "sqs" else topic_at(ARN)
        yield destinations.open(settings)


def serve(receiver: Receiver, queue: StrictQueue) -> None:
    receiver.paths = {"/": queue.script, "/123456789012/q": queue.script}


async def test_one_large_message_takes_no_other_with_it(receiver: Receiver, to: Destination) -> None:
    """Twenty events of 1 kB of which one has 6 kB, to a queue that takes 4,096 bytes."""
    serve(receiver, queue := StrictQueue(max_message=4_096))
    batch = [sending(n, body=b"x" * (6_000 if n == 3 else 1_000)) for n in range(10)]
    outcomes = await to.send(batch)
    assert kinds(outcomes) == [EXPIRED if n == 3 else DELIVERED for n in range(10)]
    assert (outcomes[3].error_type, len(queue.taken)) == (ErrorType.TOO_LARGE, 9)
    assert "4096" in outcomes[3].answer


async def test_a_byte_order_mark_before_an_answer_changes_nothing(receiver: Receiver, to: Destination) -> None:
    """Of ten messages nine are taken, and one is refused, as the answers say."""
    refusal = ("InvalidMessageContents", "no", True)
    queue = StrictQueue(refuse_entry=lambda entry: refusal if "6" in entry.body else None)

    def script(request: Received) -> Answer:
        answer = queue.script(request)
        return replace(answer, body=BOM_UTF8 + answer.body)

    receiver.paths = {"/": script, "/123456789012/q": script}
    outcomes = await to.send([sending(n, body=f"{n}".encode()) for n in range(10)])
    assert kinds(outcomes) == [EXPIRED if n == 6 else DELIVERED for n in range(10)]
    assert len(queue.taken) == 9, "none of them twice"


async def test_a_byte_order_mark_before_a_refusal_hides_no_reason(receiver: Receiver, to: Destination) -> None:
    text = "Request is throttled."
    queue = StrictQueue(refuse_call=lambda _entries: refused(400, "RequestThrottled", text))

    def script(request: Received) -> Answer:
        answer = queue.script(request)
        return replace(answer, body=BOM_UTF8 + answer.body)

    receiver.paths = {"/": script, "/123456789012/q": script}
    [outcome] = await to.send([sending(1, body=b"x")])
    assert outcome.kind is RETRY
    assert not outcome.answer.startswith("\ufeff")


async def test_several_large_messages_are_found(receiver: Receiver, to: Destination) -> None:
    serve(receiver, queue := StrictQueue(max_message=1_024))
    outcomes = await to.send([sending(n, body=b"x" * (2_000 if n % 3 == 0 else 100)) for n in range(10)])
    assert kinds(outcomes) == [EXPIRED if n % 3 == 0 else DELIVERED for n in range(10)]
    assert len(queue.calls) < 25


async def test_a_call_that_is_too_long_is_halved(receiver: Receiver, to: Destination) -> None:
    serve(receiver, queue := StrictQueue(max_message=20_000, max_call=20_000))
    outcomes = await to.send([sending(n, body=b"x" * 6_000) for n in range(10)])
    assert kinds(outcomes) == [DELIVERED] * 10
    assert len(queue.taken) == 10, "none of them twice"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 262144 bytes."),
        ("BatchRequestTooLong", "The length of all the batch messages put together is more than the limit."),
        ("InvalidMessageContents", "The message contains characters outside the allowed set."),
        ("InvalidParameter", "Invalid parameter: Message too long"),
        ("InvalidParameterValue", "Value for parameter is invalid."),
        ("ValidationError", "1 validation error detected"),
    ],
)
async def test_a_refusal_of_the_call_is_no_verdict_on_its_messages(
    receiver: Receiver, to: Destination, code: str, text: str
) -> None:
    make = refused_by_topic if _is_topic(to) else refused
    bad = {"evt-body-4"}
    queue = StrictQueue(refuse_call=lambda entries: make(400, code, text) if _any(entries, bad) else None)
    serve(receiver, queue)
    outcomes = await to.send([sending(n, body=f"evt-body-{n}".encode()) for n in range(8)])
    assert kinds(outcomes)[:4] + kinds(outcomes)[5:] == [DELIVERED] * 7
    assert outcomes[4].kind is not DELIVERED
    assert sorted(queue.bodies()) == [f"evt-body-{n}" for n in range(8) if n != 4]


def _any(entries: list[Entry], bodies: set[str]) -> bool:
    return any(entry.body in bodies for entry in entries)


def _is_topic(to: Destination) -> bool:
    assert isinstance(to, DeferredDestination)
    return to.address.startswith("arn:")


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "RequestThrottled"), (403, "AccessDenied"), (400, "QueueDoesNotExist"), (500, "InternalError"), (503, "x")],
)
async def test_what_concerns_every_message_is_not_asked_again(
    receiver: Receiver, to: Destination, status: int, code: str
) -> None:
    make = refused_by_topic if _is_topic(to) else refused
    serve(receiver, queue := StrictQueue(refuse_call=lambda _: make(status, code, "no")))
    assert kinds(await to.send([sending(n) for n in range(8)])) == [RETRY] * 8
    assert len(queue.calls) == 1


async def test_a_proxys_413_is_halved_and_final_for_one_alone(receiver: Receiver, to: Destination) -> None:
    def proxy(entries: list[Entry]) -> Answer | None:
        return Answer(413, b"<html>too large</html>") if sum(entry.size for entry in entries) > 5_000 else None

    serve(receiver, StrictQueue(refuse_call=proxy))
    outcomes = await to.send([sending(n, body=b"x" * (9_000 if n == 0 else 1_000)) for n in range(10)])
    assert kinds(outcomes) == [EXPIRED] + [DELIVERED] * 9


async def test_a_message_of_1_mib_is_left_to_the_queue(receiver: Receiver) -> None:
    serve(receiver, queue := StrictQueue())
    async with opened(receiver.url("")) as destinations:
        to = destinations.open(queue_at(receiver.url("/123456789012/q")))
        batch = [sending(0, body=b"x" * (1 << 20)), sending(1, body=b"x" * 600_000), sending(2, body=b"x" * 600_000)]
        batch.append(sending(3, body=b"x" * ((1 << 20) + 1)))
        assert kinds(await to.send(batch)) == [DELIVERED, DELIVERED, DELIVERED, EXPIRED]
    assert [len(call) for call in queue.calls] == [1, 1, 1, 1]
    assert [entry.attributes > 0 for entry in queue.taken] == [False, True, True], "attributes only where they fit"


async def test_attributes_are_left_out_where_the_queue_takes_the_message_without_them(receiver: Receiver) -> None:
    serve(receiver, queue := StrictQueue(max_message=4_096))
    async with opened(receiver.url("")) as destinations:
        to = destinations.open(queue_at(receiver.url("/123456789012/q")))
        assert kinds(await to.send([sending(0, body=b"x" * 4_090), sending(1)])) == [DELIVERED] * 2
    assert sorted(entry.attributes > 0 for entry in queue.taken) == [False, True]


@pytest.mark.parametrize("is_senders_fault", [True, False])
@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("InvalidMessageContents", "bad", (EXPIRED, ErrorType.REFUSED_CONTENT, False)),
        ("InvalidParameterValue", "Message must be shorter than 9 bytes", (EXPIRED, ErrorType.TOO_LARGE, False)),
        ("InternalError", "later", (RETRY, ErrorType.SERVICE, False)),
        ("ServiceUnavailable", "later", (RETRY, ErrorType.THROTTLED, True)),
        ("RequestThrottled", "slowly", (RETRY, ErrorType.THROTTLED, True)),
        ("ThrottlingException", "slowly", (RETRY, ErrorType.THROTTLED, True)),
        ("Throttling", "slowly", (RETRY, ErrorType.THROTTLED, True)),
        ("KMS.ThrottlingException", "slowly", (RETRY, ErrorType.THROTTLED, True)),
        ("KmsThrottled", "slowly", (RETRY, ErrorType.THROTTLED, True)),
        ("KmsAccessDenied", "no", (RETRY, ErrorType.CREDENTIALS, False)),
        ("KMS.DisabledException", "no", (RETRY, ErrorType.SERVICE, False)),
    ],
)
async def test_an_entry_that_fails_fails_alone(
    receiver: Receiver,
    to: Destination,
    code: str,
    text: str,
    expected: tuple[OutcomeKind, ErrorType, bool],
    *,
    is_senders_fault: bool,
) -> None:
    queue = StrictQueue(refuse_entry=lambda entry: (code, text, is_senders_fault) if entry.body == "no" else None)
    serve(receiver, queue)
    outcomes = await to.send([sending(n, body=b"no" if n == 2 else b"yes") for n in range(5)])
    assert kinds(outcomes)[:2] + kinds(outcomes)[3:] == [DELIVERED] * 4
    assert (outcomes[2].kind, outcomes[2].error_type, outcomes[2].throttled) == expected


@pytest.mark.parametrize("kind", ["sqs", "sns"])
async def test_a_call_to_a_fifo_destination_has_one_message_of_a_group(receiver: Receiver, kind: str) -> None:
    """A service may take the second message of a group and refuse the first: so the second waits for the answer."""
    tries: list[str] = []

    def refuse(entry: Entry) -> tuple[str, str, bool] | None:
        tries.append(entry.body)
        return ("InternalError", "later", False) if entry.body == "a1" else None

    serve(receiver, queue := StrictQueue(refuse_entry=refuse))
    receiver.paths["/123456789012/q.fifo"] = queue.script
    async with opened(receiver.url("")) as destinations:
        settings = queue_at(receiver.url("/123456789012/q.fifo")) if kind == "sqs" else topic_at(ARN + ".fifo")
        names = ["a0", "b0", "a1", "b1", "a2", "c0", "b2"]
        outcomes = await destinations.open(settings).send(
            [sending(n, body=name.encode(), group=name[0]) for n, name in enumerate(names)]
        )
    assert [name for name, outcome in zip(names, outcomes, strict=True) if outcome.kind is DELIVERED] == [
        "a0", "b0", "b1", "c0", "b2"
    ]  # fmt: skip
    assert "a2" not in tries
    assert [queue.bodies(group) for group in "abc"] == [["a0"], ["b0", "b1", "b2"], ["c0"]]
    assert all(len({entry.group for entry in call}) == len(call) for call in queue.calls)


async def test_a_kept_connection_that_ends_before_a_byte_is_replaced() -> None:
    """A load balancer that closes an idle connection as the call arrives costs no attempt."""
    answer = json.dumps({"Successful": [{"Id": "0", "MessageId": "m"}]}).encode()
    seen: list[bytes] = []
    ends: list[bool] = [False, True, False]

    def script(connection: socket.socket) -> None:
        while head := read_head(connection):
            seen.append(head)
            if ends.pop(0):
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)

    with raw_server(script) as port:
        async with opened(f"http://127.0.0.1:{port}") as destinations:
            to = destinations.open(queue_at(f"http://127.0.0.1:{port}/123456789012/q"))
            assert [kinds(await to.send([sending(1)])) for _ in range(2)] == [[DELIVERED]] * 2
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("status", "expected"), [(503, ErrorType.THROTTLED), (429, ErrorType.THROTTLED), (500, ErrorType.SERVICE)]
)
async def test_a_page_of_a_load_balancer_counts_by_its_status(
    receiver: Receiver, to: Destination, status: int, expected: ErrorType
) -> None:
    receiver.default = Answer(status, b"<html><h1>Sorry</h1><br></html>")
    (outcome,) = await to.send([sending(1)])
    assert (outcome.kind, outcome.status, outcome.error_type) == (RETRY, status, expected)


async def test_time_outs_and_tls_are_named(receiver: Receiver) -> None:
    async with opened(f"https://127.0.0.1:{receiver.port}") as destinations:
        (outcome,) = await destinations.open(queue_at(receiver.url("/123456789012/q"))).send([sending(1)])
    assert (outcome.kind, outcome.error_type) == (RETRY, ErrorType.TLS)
