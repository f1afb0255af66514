"""SQS and SNS against moto as a server process, read back by boto3."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION, Aws
from tests.support.receiver import Answer, Receiver
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.destinations.aws_batch import message_group
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import DestinationSettings, ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.platform.clock import SystemClock

LOOPBACK = Egress("127.0.0.0/8")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def destinations(aws: Aws) -> AsyncIterator[Destinations]:
    """What the operator gets with AWS_ENDPOINT_URL set; the guard allows nothing private."""
    opened = Destinations(egress=Egress(), clock=SystemClock(), aws_endpoint_url=aws.endpoint_url)
    yield opened
    await opened.close()


def sending(number: int, *, body: bytes = b'{"n":1}', group: str = "ORDER:1") -> Message:
    payload = Payload(body, "application/json", {"x-vol-tenant": "7"}, group=group)
    name = f"evt-{number}"
    return Message(payload, name, name, dedup_id=f"dedup-{number}", topic="order.created", traceparent=TRACEPARENT)


def queue_at(queue_url: str) -> DestinationSettings:
    return DestinationSettings(DestinationKind.SQS, queue_url, REGION, ACCESS_KEY, (ACCESS_SECRET,))


def topic_at(arn: str) -> DestinationSettings:
    return DestinationSettings(DestinationKind.SNS, arn, REGION, ACCESS_KEY, (ACCESS_SECRET,))


def kinds(outcomes: list[Outcome]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes]


async def test_a_batch_arrives_with_its_attributes(aws: Aws, destinations: Destinations) -> None:
    queue_url = aws.queue("plain")
    outcomes = await destinations.open(queue_at(queue_url)).send([sending(n, body=b"%d" % n) for n in range(10)])
    messages = aws.drain(queue_url)
    assert kinds(outcomes) == [OutcomeKind.DELIVERED] * 10
    assert sorted(message["Body"] for message in messages) == [str(n) for n in range(10)]
    assert {name: value["StringValue"] for name, value in messages[0]["MessageAttributes"].items()} == {
        "topic": "order.created",
        "eventId": f"evt-{messages[0]['Body']}",
        "traceparent": TRACEPARENT,
    }
    assert {outcome.answer for outcome in outcomes} == {message["MessageId"] for message in messages}
    assert all(outcome.status == 200 and outcome.duration_s > 0 for outcome in outcomes)


async def test_a_fifo_queue_gets_groups_and_drops_a_repeat(aws: Aws, destinations: Destinations) -> None:
    queue = destinations.open(queue_at(queue_url := aws.queue("orders.fifo")))
    batch = [sending(1, group="ORDER:1"), sending(2, group="Bestellung Ä"), sending(1, group="ORDER:1")]
    assert kinds(await queue.send(batch)) == [OutcomeKind.DELIVERED] * 3
    attributes = [message["Attributes"] for message in aws.drain(queue_url)]
    assert [(a["MessageGroupId"], a["MessageDeduplicationId"]) for a in attributes] == [
        ("ORDER:1", "dedup-1"),
        (message_group("Bestellung Ä"), "dedup-2"),
    ]


async def test_a_topic_passes_messages_on(aws: Aws, destinations: Destinations) -> None:
    arn, queue_url = aws.topic("orders")
    topic = destinations.open(topic_at(arn))
    assert kinds(await topic.send([sending(n, body=b"%d" % n) for n in range(10)])) == [OutcomeKind.DELIVERED] * 10
    messages = aws.drain(queue_url)
    assert sorted(message["Body"] for message in messages) == [str(n) for n in range(10)]
    assert messages[0]["MessageAttributes"]["topic"]["StringValue"] == "order.created"


async def test_a_fifo_topic_keeps_groups(aws: Aws, destinations: Destinations) -> None:
    arn, queue_url = aws.topic("orders.fifo")
    topic = destinations.open(topic_at(arn))
    assert kinds(await topic.send([sending(1), sending(2)])) == [OutcomeKind.DELIVERED] * 2
    assert [message["Attributes"]["MessageGroupId"] for message in aws.drain(queue_url)] == ["ORDER:1", "ORDER:1"]


async def test_large_messages_share_a_call(aws: Aws, destinations: Destinations) -> None:
    queue_url = aws.queue("large")
    batch = [sending(n, body=b"x" * (100 * 1024)) for n in range(5)]
    assert kinds(await destinations.open(queue_at(queue_url)).send(batch)) == [OutcomeKind.DELIVERED] * 5
    assert len(aws.drain(queue_url)) == 5


async def test_a_queue_that_is_not_there_is_retried(aws: Aws, destinations: Destinations) -> None:
    missing = aws.queue("here").replace("/here", "/nowhere")
    (outcome,) = await destinations.open(queue_at(missing)).send([sending(1)])
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.NO_SUCH_DESTINATION)
    topic = topic_at("arn:aws:sns:eu-west-1:123456789012:nowhere")
    (outcome,) = await destinations.open(topic).send([sending(1)])
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.NO_SUCH_DESTINATION)


async def test_without_the_tenants_credentials_nothing_is_called(aws: Aws, destinations: Destinations) -> None:
    queue_url = aws.queue("closed")
    (outcome,) = await destinations.open(replace(queue_at(queue_url), secrets=("",))).send([sending(1)])
    assert outcome.kind is OutcomeKind.RETRY
    assert aws.drain(queue_url) == []


@pytest.fixture
async def own_host() -> AsyncIterator[Destinations]:
    """Without an operator's endpoint: queues are called at their URL's own host."""
    opened = Destinations(egress=LOOPBACK, clock=SystemClock())
    yield opened
    await opened.close()


async def test_a_queue_is_called_at_its_own_host_with_the_tenants_key_only(
    own_host: Destinations, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.setenv(name, "the-operators-own")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1/ignored")
    receiver.default = Answer(body=json.dumps({"Successful": [{"Id": "0", "MessageId": "m"}]}).encode())
    (outcome,) = await own_host.open(queue_at(receiver.url("/123456789012/q"))).send([sending(1)])
    (request,) = receiver.requests
    assert outcome.kind is OutcomeKind.DELIVERED
    assert f"Credential={ACCESS_KEY}/" in request.headers["Authorization"]
    assert "the-operators-own" not in str(request)


async def test_the_guard_refuses_a_queue_on_a_private_address(receiver: Receiver) -> None:
    guarded = Destinations(egress=Egress(), clock=SystemClock())
    try:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            target = queue_at(f"http://{host}:{receiver.port}/123456789012/q")
            (outcome,) = await guarded.open(target).send([sending(1)])
            assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.EGRESS_REFUSED), outcome
    finally:
        await guarded.close()
    assert receiver.requests == []


ERRORS = [
    (400, "com.amazonaws.sqs#RequestThrottled", (ErrorType.THROTTLED, True)),
    (400, "ThrottlingException", (ErrorType.THROTTLED, True)),
    (503, "ServiceUnavailable", (ErrorType.THROTTLED, True)),
    (403, "InvalidClientTokenId", (ErrorType.CREDENTIALS, False)),
    (403, "SignatureDoesNotMatch", (ErrorType.CREDENTIALS, False)),
    (403, "AccessDeniedException", (ErrorType.CREDENTIALS, False)),
    (400, "com.amazonaws.sqs#QueueDoesNotExist", (ErrorType.NO_SUCH_DESTINATION, False)),
    (500, "InternalFailure", (ErrorType.SERVICE, False)),
]


@pytest.mark.parametrize(("status", "code", "expected"), ERRORS)
async def test_a_refused_call_decides_the_outcome(
    own_host: Destinations, receiver: Receiver, status: int, code: str, expected: tuple[ErrorType, bool]
) -> None:
    error_type, throttled = expected
    receiver.default = Answer(status, json.dumps({"__type": code, "message": "why"}).encode())
    outcomes = await own_host.open(queue_at(receiver.url("/123456789012/q"))).send([sending(1), sending(2)])
    assert [(o.kind, o.status, o.error_type, o.throttled) for o in outcomes] == [
        (OutcomeKind.RETRY, status, error_type, throttled)
    ] * 2
    assert "why" in outcomes[0].answer
    assert len(receiver.requests) == 1, "the dispatcher retries, not botocore"


async def test_each_message_of_a_batch_has_its_own_outcome(own_host: Destinations, receiver: Receiver) -> None:
    failed = [
        {"Id": "1", "Code": "InvalidMessageContents", "Message": "bad", "SenderFault": True},
        {"Id": "2", "Code": "InternalError", "Message": "later", "SenderFault": False},
        {"Id": "3", "Code": "RequestThrottled", "Message": "slowly", "SenderFault": True},
        {"Id": "4", "Code": "InvalidParameterValue", "SenderFault": True,
         "Message": "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."},
    ]  # fmt: skip
    receiver.default = Answer(
        body=json.dumps({"Successful": [{"Id": "0", "MessageId": "m-0"}], "Failed": failed}).encode()
    )
    outcomes = await own_host.open(queue_at(receiver.url("/123456789012/q"))).send([sending(n) for n in range(6)])
    assert [(o.kind, o.error_type) for o in outcomes] == [
        (OutcomeKind.DELIVERED, ErrorType.NONE),
        (OutcomeKind.EXPIRED, ErrorType.REFUSED_CONTENT),
        (OutcomeKind.RETRY, ErrorType.SERVICE),
        (OutcomeKind.RETRY, ErrorType.THROTTLED),
        (OutcomeKind.EXPIRED, ErrorType.TOO_LARGE),
        (OutcomeKind.RETRY, ErrorType.SERVICE),
    ]


async def test_an_answer_without_end_is_a_failure(own_host: Destinations, receiver: Receiver) -> None:
    receiver.default = Answer(body=b"{" * 1_000_000)
    (outcome,) = await own_host.open(queue_at(receiver.url("/123456789012/q"))).send([sending(1)])
    assert outcome.kind is OutcomeKind.RETRY


async def test_a_refused_connection_is_a_failure(own_host: Destinations) -> None:
    for url, error_type in {
        "http://127.0.0.1:1/123456789012/q": ErrorType.CONNECTION,
        "http://nosuchhost.invalid/123456789012/q": ErrorType.DNS,
    }.items():
        (outcome,) = await own_host.open(queue_at(url)).send([sending(1)])
        assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, error_type), outcome
