"""Texts of other scripts are sent in UTF-8: a message must not grow past a queue's limit for its alphabet."""

import json

import pytest

from tests.delivery.test_aws import kinds, queue_at, topic_at
from tests.delivery.test_aws_limits import opened, serve
from tests.support.deliveries import event_record
from tests.support.receiver import Receiver
from tests.support.strict_queue import FORBIDDEN, StrictQueue
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.collector.api.payloads import collector_payload
from tidings_server.delivery.json_body import json_body
from tidings_server.delivery.message import Message, OutcomeKind, Payload
from tidings_server.storage.log.records import StoredEvent

SCRIPTS = {
    "cyrillic": "Привет, мир",
    "cjk": "春の新作",
    "emoji": "🛒🎉",
    "hebrew": "שלום",
    "accents": "Käse à la crème",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_body_is_as_long_as_its_text_in_utf8(text: str) -> None:
    shape = Event(event_payload=EventPayload(key_attributes={"name": text * 1_000}))
    body = collector_payload(StoredEvent(1, *event_record("e", 0)), shape).body
    assert text in body.decode()
    assert len(body) < len((text * 1_000).encode()) + 1_000
    assert json.loads(body)["event_payload"]["key_attributes"]["name"] == text * 1_000


def test_what_no_queue_takes_is_escaped() -> None:
    odd = "\x00\x1f\x7f\ufffe\uffff\ud800 \udfff\u2028"
    body = json_body({odd: odd})
    assert json.loads(body) == {odd: odd}
    assert not FORBIDDEN.search(body.decode())


@pytest.mark.parametrize("kind", ["sqs", "sns"])
async def test_queues_and_topics_get_every_character(receiver: Receiver, kind: str) -> None:
    serve(receiver, queue := StrictQueue())
    body = json_body({"text": "".join(SCRIPTS.values()) + "\x00\ufffe\uffff\ud800"})
    message = Message(Payload(body, "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="t.x")
    arn = "arn:aws:sns:eu-west-1:123456789012:orders"
    async with opened(receiver.url("")) as destinations:
        settings = queue_at(receiver.url("/123456789012/q")) if kind == "sqs" else topic_at(arn)
        assert kinds(await destinations.open(settings).send([message])) == [OutcomeKind.DELIVERED]
    assert queue.bodies() == [body.decode()]
