"""Bad input: each case with its status and the field that the body names, and nothing stored."""

from typing import Any

import pytest
from google.protobuf.message import Message

from tests.collector.api.test_subscriptions import KEYS, QUEUE, TOPIC, subscription
from tests.collector.api.world import World
from tidings.collector.v1 import event_subscriptions_pb2 as subscriptions_pb
from tidings.collector.v1 import events_pb2 as pb
from tidings_server.log.positions import Positions


def event(**other: Any) -> dict[str, Any]:
    return {"event": {"event_type": "ENTITY_EVENT", **other}}


def payload(**fields: Any) -> dict[str, Any]:
    return event(event_payload=fields)


def sqs(**other: Any) -> dict[str, Any]:
    return {"destination": {"type": "SQS", "sqs": {**KEYS, "queueUrl": QUEUE, **other}}}


EVENTS = [
    ({}, "event_type"),
    (event(id="with blank"), "id"),
    (event(id="i" * 129), "id"),
    (event(id="ä"), "id"),
    (event(id="."), "id"),
    (event(id=".."), "id"),
    *((event(id=name), "id") for name in ("batch", "actions", "basket", "orders", "transactions", "redemptions")),
    (event(entity_id="e" * 1_025), "entity_id"),
    (event(entity_name="e" * 129), "entity_name"),
    (payload(entity_id="e" * 1_025), "event_payload.entity_id"),
    (payload(base64_encoded_payload_json="not base64!"), "event_payload.base64_encoded_payload_json"),
    (payload(base64_encoded_fault_json="AAAAA"), "event_payload.base64_encoded_fault_json"),
    (payload(base64_encoded_fault_json="AA="), "event_payload.base64_encoded_fault_json"),
    (payload(base64_encoded_fault_json="A=AA"), "event_payload.base64_encoded_fault_json"),
    (payload(base64_encoded_fault_json="AAAA\n"), "event_payload.base64_encoded_fault_json"),
    (payload(base64_encoded_fault_json="ÄÄÄÄ"), "event_payload.base64_encoded_fault_json"),
    (payload(key_attributes={str(number): "" for number in range(257)}), "event_payload.key_attributes"),
    (payload(key_attributes={"k" * 129: ""}), "event_payload.key_attributes"),
    (payload(key_attributes={"k": "v" * 1_025}), "event_payload.key_attributes"),
]
SUBSCRIPTIONS = [
    (subscription(entityType=None), "entityType"),
    (subscription(destination=None), "destination"),
    (subscription(id="with blank"), "id"),
    (subscription(id="."), "id"),
    (subscription(id=".."), "id"),
    (subscription(destination={"sqs": {**KEYS, "queueUrl": QUEUE}}), "destination.type"),
    (subscription(destination={"type": "SQS"}), "destination.sqs"),
    (subscription(destination={"type": "SNS"}), "destination.sqs"),
    (subscription(destination={"type": "SQS", "sns": {**KEYS, "topicArn": TOPIC}}), "destination.sns"),
    (subscription(**sqs(accessKey="")), "destination.sqs.accessKey"),
    (subscription(**sqs(accessKey="k" * 129)), "destination.sqs.accessKey"),
    (subscription(**sqs(accessSecret="")), "destination.sqs.accessSecret"),
    (subscription(**sqs(accessSecret="s" * 257)), "destination.sqs.accessSecret"),
    (subscription(**sqs(accessSecret="********")), "destination.sqs.accessSecret"),
    (subscription(**sqs(region="EU West")), "destination.sqs.region"),
    (subscription(**sqs(queueUrl="")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl=TOPIC)), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="ftp://sqs/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs/12345678901/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs:99999/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs:0/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs/\uff11\uff12\uff13456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs..eu/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://-/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="http://10.0.0.1/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="http://127.0.0.1:4566/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="http://0x7f.1/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl=f"https://{'a.' * 127}/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://me@sqs/123456789012/q")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs/123456789012/" + "q" * 81)), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl="https://sqs/123456789012/q.fife")), "destination.sqs.queueUrl"),
    (subscription(**sqs(queueUrl=QUEUE + "\n")), "destination.sqs.queueUrl"),
    (
        subscription(destination={"type": "SNS", "sqs": {**KEYS, "queueUrl": QUEUE}}),
        "destination.sqs.queueUrl",
    ),
    (
        subscription(destination={"type": "SNS", "sns": {**KEYS, "topicArn": "arn:aws:sns:eu:1:t"}}),
        "destination.sns.topicArn",
    ),
    (subscription(condition="event.nosuch == 1"), "condition"),
    (subscription(condition="event.entity_name"), "condition"),
    (subscription(condition="true ||" * 300 + "true"), "condition"),
    (subscription(startFrom="yesterday"), "startFrom"),
    (subscription(startFrom="2999-01-01T00:00:00Z"), "startFrom"),
    (subscription(startFrom=Positions(b"k").print(2, 1)), "startFrom"),
    (subscription(maxConcurrency=0), "maxConcurrency"),
    (subscription(maxConcurrency=257), "maxConcurrency"),
    (subscription(maxPerSecond=10_001), "maxPerSecond"),
    (subscription(orderedMaxWait="0.5s"), "orderedMaxWait"),
    (subscription(orderedMaxWait="1209601s"), "orderedMaxWait"),
]
UPDATES = [
    (subscription(id=None), "id"),
    (subscription(startFrom="2020-01-01T00:00:00Z"), "startFrom"),
    (subscription(entityType=None), "entityType"),
    (subscription(**sqs(queueUrl="http://169.254.169.254/123456789012/q")), "destination.sqs.queueUrl"),
]
SEARCHES = [
    ({"topic": "Order.created"}, "topic"),
    ({"topic": "order"}, "topic"),
    ({"pageSize": -1}, "pageSize"),
    ({"pageSize": 501}, "pageSize"),
    ({"from": "2026-01-01"}, "from"),
    ({"to": "tomorrow"}, "to"),
    ({"after": "a cursor that is not ours"}, "after"),
    ({"after": Positions(b"k").print(2, 1)}, "after"),
    ({"entityId": "e" * 1_025}, "entityId"),
]
BATCHES = [
    ({"events": []}, "events"),
    ({"events": [event()["event"]] * 1_001}, "events"),
    ({"events": [event()["event"], {}]}, "events[1].event_type"),
    ({"events": [event(id="e")["event"]] * 2}, "events[1].id"),
    ({"events": [event(id="batch")["event"]]}, "events[0].id"),
]


@pytest.mark.parametrize(
    ("call", "cases"),
    [
        ("CreateEvent", EVENTS),
        ("BatchCreateEvents", BATCHES),
        ("SearchEvents", SEARCHES),
        ("CreateEventSubscription", SUBSCRIPTIONS),
        ("UpdateEventSubscription", UPDATES),
    ],
)
async def test_bad_input_is_400_names_the_field_and_leaves_nothing(
    world: World, call: str, cases: list[tuple[dict[str, Any], str]]
) -> None:
    found = []
    for body, field in cases:
        answer = await world.rest(call, body)
        assert {"type", "title", "status", "detail", "path", "message", "fieldErrors"} <= answer.json.keys()
        found.append((body, answer.status, [error["field"] for error in answer.json["fieldErrors"]], field))
    assert [(body, 400, [field], field) for body, *_, field in found] == found
    assert await world.stored() == (0, 0)


async def test_all_violations_are_reported_at_once(world: World) -> None:
    answer = await world.rest("CreateEvent", event(id="with blank", entity_name="e" * 129))
    assert answer.json["fieldErrors"] == [
        {
            "objectName": "event",
            "field": "id",
            "message": "1 to 128 of A-Z a-z 0-9 . _ : ~ -, and not . or .. (got string of 10 characters)",
        },
        {
            "objectName": "event",
            "field": "entity_name",
            "message": "at most 128 characters (got string of 129 characters)",
        },
    ]


async def test_a_condition_that_does_not_compile_is_reported_with_its_position(world: World) -> None:
    answer = await world.rest("CreateEventSubscription", subscription(condition="topic == ''\n&& event.nosuch == 1"))
    [error] = answer.json["fieldErrors"]
    assert error["message"].startswith("does not compile: 2:9: undefined field 'nosuch'")


async def test_an_event_over_256_kib_is_413(world: World) -> None:
    largest = payload(base64_encoded_payload_json="A" * (262_144 - 20))
    assert (await world.rest("CreateEvent", {"event": {**largest["event"], "id": "e"}})).status == 201
    too_large = await world.rest("CreateEvent", payload(base64_encoded_payload_json="A" * 262_144))
    assert (too_large.status, too_large.json["message"]) == (413, "error.payload_too_large")
    assert await world.stored() == (1, 0)


@pytest.mark.parametrize(
    "request_",
    [
        pb.CreateEventRequest(event=pb.Event(event_type=pb.Event.EventType.EVENT_TYPE_UNSPECIFIED)),
        pb.CreateEventRequest(event=pb.Event(event_type=99)),  # type: ignore[arg-type]
        pb.CreateEventRequest(event=pb.Event(event_type=pb.Event.EventType.FAULT, entity_id="a\0b")),
        pb.CreateEventRequest(
            event=pb.Event(event_type=pb.Event.EventType.FAULT, event_payload=pb.EventPayload(operation=7))  # type: ignore[arg-type]
        ),
    ],
)
async def test_an_invalid_message_is_400(world: World, request_: Message) -> None:
    answer = await world.send("CreateEvent", request_)
    assert (answer.status, len(answer.json["fieldErrors"])) == (400, 1)
    assert await world.stored() == (0, 0)


async def test_secrets_do_not_show_in_errors(world: World) -> None:
    answer = await world.rest("CreateEventSubscription", subscription(**sqs(accessSecret="hush" * 65, region="")))
    assert (answer.status, "hush" in str(answer)) == (400, False)


async def test_authentication_precedes_validation(world: World) -> None:
    bad = subscriptions_pb.CreateEventSubscriptionRequest()
    assert (await world.send("CreateEventSubscription", bad, authorization="Bearer forged")).status == 401
    assert (await world.send("CreateEventSubscription", bad, x_twc_tenant="")).status == 400
    assert (await world.send("CreateEventSubscription", bad, x_twc_tenant="other")).status == 403
