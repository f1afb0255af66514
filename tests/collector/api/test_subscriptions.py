"""Event subscriptions: every status and shape of document 000, and the extensions beside it."""

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from tests.collector.api.world import World
from tidings.collector.v1.event_subscriptions_pb2 import EventSubscription
from tidings_server.collector.api.subscription_messages import load
from tidings_server.delivery.egress import Egress

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
KEYS = {"accessKey": "AKIA", "accessSecret": "kept-between-us", "region": "eu-west-1"}
MASKED = {**KEYS, "accessSecret": "********"}


def subscription(**other: Any) -> dict[str, Any]:
    """The document's sample, its placeholders replaced."""
    sample = {
        "active": True,
        "destination": {"sqs": {**KEYS, "queueUrl": QUEUE}, "type": "SQS"},
        "entityType": "CUSTOMER",
        "id": "s-1",
        "subscribeChange": True,
        "subscribeCreate": True,
        "subscribeDelete": True,
    }
    return {"subscription": {name: value for name, value in {**sample, **other}.items() if value is not None}}


def answered(**other: Any) -> dict[str, Any]:
    sent: dict[str, Any] = subscription(**other)["subscription"]
    destination = {
        name: {**block, "accessSecret": "********"} if isinstance(block, dict) else block
        for name, block in sent["destination"].items()
    }
    return {**sent, "destination": destination}


async def test_a_create_answers_201_with_the_secret_masked(world: World) -> None:
    made = await world.rest("CreateEventSubscription", subscription())
    assert (made.status, made.json) == (201, answered())
    assert (made.headers["location"], made.headers["etag"]) == ("/api/v1/event-subscription/s-1", '"1"')
    found = await world.rest("GetEventSubscription", {"id": "s-1"})
    assert (found.status, found.json, found.headers["etag"]) == (200, answered(), '"1"')


async def test_absent_fields_take_their_defaults_on_create(world: World) -> None:
    left_out = dict.fromkeys(("active", "id", "subscribeChange", "subscribeCreate", "subscribeDelete"))
    made = await world.rest("CreateEventSubscription", subscription(**left_out))
    defaults = {"active": True, "subscribeChange": False, "subscribeCreate": False, "subscribeDelete": False}
    assert made.json == answered(**defaults, id=made.json["id"])


async def test_a_repeat_answers_200_and_another_body_409(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    again = await world.rest("CreateEventSubscription", subscription())
    assert (again.status, again.json) == (200, answered())
    assert (await world.rest("CreateEventSubscription", subscription(subscribeDelete=False))).status == 409
    assert await world.stored() == (0, 1)


async def test_an_idempotency_key_makes_a_retry_without_id_safe(world: World) -> None:
    first = await world.rest("CreateEventSubscription", subscription(id=None), idempotency_key="k-1")
    again = await world.rest("CreateEventSubscription", subscription(id=None), idempotency_key="k-1")
    assert (again.status, again.json, again.headers["etag"]) == (201, first.json, '"1"')
    assert await world.stored() == (0, 1)


@pytest.mark.parametrize(
    "destination",
    [
        {"sqs": {**KEYS, "queueUrl": TOPIC}, "type": "SNS"},
        {"sns": {**KEYS, "topicArn": TOPIC + ".fifo"}, "type": "SNS"},
        {"sqs": {**KEYS, "queueUrl": "http://emulator:4566/000000000000/orders.fifo"}, "type": "SQS"},
        {
            "sqs": {
                **KEYS,
                "queueUrl": TOPIC.replace("aws:sns:eu-west-1", "aws-us-gov:sns:us-gov-west-1"),
                "region": "us-gov-west-1",
            },
            "type": "SNS",
        },
    ],
)
async def test_a_destination_is_answered_as_it_was_sent(world: World, destination: dict[str, Any]) -> None:
    made = await world.rest("CreateEventSubscription", subscription(destination=destination))
    assert (made.status, made.json) == (201, answered(destination=destination))


@pytest.mark.parametrize("egress", [None, Egress("127.0.0.0/8")], ids=["operators endpoint", "allowed"])
def test_a_queue_may_have_a_private_address_where_it_is_not_dialled_or_allowed(egress: Egress | None) -> None:
    url = "http://127.0.0.1:4566/000000000000/orders"
    asked = subscription(destination={"sqs": {**KEYS, "queueUrl": url}, "type": "SQS"})["subscription"]
    assert load(ParseDict(asked, EventSubscription()), is_new=True, egress=egress).endpoint == url


async def test_an_update_answers_201_and_replaces_the_whole(world: World) -> None:
    extensions = {"condition": "topic != ''", "ordered": True, "orderedMaxWait": "60s", "maxPerSecond": 9}
    made = await world.rest("CreateEventSubscription", subscription(**extensions))
    assert made.json == answered(**extensions)
    masked = {"sqs": {**MASKED, "queueUrl": QUEUE}, "type": "SQS"}
    changed = await world.rest(
        "UpdateEventSubscription", subscription(destination=masked, active=None, subscribeCreate=None)
    )
    assert (changed.status, changed.headers["etag"]) == (201, '"2"')
    assert changed.json == answered(destination=masked, subscribeCreate=False)


async def test_if_match_guards_an_update_and_a_deactivation(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    assert (await world.rest("UpdateEventSubscription", subscription(), if_match='"7"')).status == 412
    assert (await world.rest("UpdateEventSubscription", subscription(), if_match='"1"')).status == 201
    assert (await world.rest("DeactivateEventSubscription", {"id": "s-1"}, if_match='"1"')).status == 412
    assert (await world.rest("DeactivateEventSubscription", {"id": "s-1"}, if_match='"1", "2"')).status == 200


async def test_a_deactivation_answers_the_documents_literal_and_is_idempotent(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    for _ in range(2):
        stopped = await world.rest("DeactivateEventSubscription", {"id": "s-1"})
        assert (stopped.status, stopped.json) == (200, {"body": {}, "statusCode": "ACCEPTED", "statusCodeValue": 0})
    found = await world.rest("GetEventSubscription", {"id": "s-1"})
    assert found.json == answered(active=False)
    assert (await world.rest("ListEventSubscriptions")).json == []


async def test_only_the_servers_own_reason_for_a_stop_is_answered(world: World) -> None:
    made = await world.rest("CreateEventSubscription", subscription(active=False))
    assert (made.status, made.json) == (201, answered(active=False))
    await world.rest("UpdateEventSubscription", subscription())
    replaced = await world.rest("UpdateEventSubscription", subscription(active=False))
    assert (replaced.status, replaced.json) == (201, answered(active=False))
    await world.rest("UpdateEventSubscription", subscription())
    await world.fail("s-1", reason="failed for days")
    found = await world.rest("GetEventSubscription", {"id": "s-1"})
    assert found.json == answered(active=False, inactiveReason="failed for days")


async def test_the_list_is_a_bare_array_of_the_active_ones(world: World) -> None:
    for number, active in enumerate((True, False, True)):
        await world.rest("CreateEventSubscription", subscription(id=f"s-{number}", active=active))
    listed = await world.rest("ListEventSubscriptions")
    assert (listed.status, listed.json) == (200, [answered(id="s-0"), answered(id="s-2")])
    assert (await world.rest("ListEventSubscriptions", tenant="other")).json == []


async def test_a_test_event_is_on_its_way_with_202(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    sent = await world.rest("TestEventSubscription", {"id": "s-1"})
    assert (sent.status, sent.json) == (202, {"deliveryId": "1"})
    assert await world.stored() == (1, 1)


@pytest.mark.parametrize("tenant", ["acme", "other"])
async def test_an_unknown_subscription_and_another_tenants_are_404(world: World, tenant: str) -> None:
    known = "s-2" if tenant == "acme" else "s-1"
    await world.rest("CreateEventSubscription", subscription())
    asked = [
        await world.rest("UpdateEventSubscription", subscription(id=known), tenant=tenant),
        *[
            await world.rest(call, {"id": known}, tenant=tenant)
            for call in ("GetEventSubscription", "DeactivateEventSubscription", "TestEventSubscription")
        ],
    ]
    assert [(answer.status, answer.json["message"]) for answer in asked] == [(404, "error.not_found")] * 4
    assert await world.stored() == (0, 1)


async def test_new_keys_replace_the_old_ones_and_nothing_else(world: World) -> None:
    made = await world.rest("CreateEventSubscription", subscription(condition="event.entity_id != ''"))
    keys = {"id": "s-1", "accessKey": "AKIANEW", "accessSecret": "newly-between-us"}
    rotated = await world.rest("RotateEventSubscriptionKeys", keys)
    expected = {
        **made.json,
        "destination": {"sqs": {**MASKED, "accessKey": "AKIANEW", "queueUrl": QUEUE}, "type": "SQS"},
    }
    assert (rotated.status, rotated.json, rotated.headers["etag"]) == (200, expected, '"2"')


@pytest.mark.parametrize(
    ("keys", "fields"),
    [
        ({}, ["accessKey", "accessSecret"]),
        ({"accessKey": "AKIA", "accessSecret": "********"}, ["accessSecret"]),
        ({"accessKey": "AK IA", "accessSecret": "s" * 257}, ["accessKey", "accessSecret"]),
    ],
)
async def test_keys_of_the_wrong_form_are_refused_without_being_shown(
    world: World, keys: dict[str, str], fields: list[str]
) -> None:
    await world.rest("CreateEventSubscription", subscription())
    refused = await world.rest("RotateEventSubscriptionKeys", {"id": "s-1", **keys})
    assert (refused.status, [each["field"] for each in refused.json["fieldErrors"]]) == (400, fields)
    assert "s" * 257 not in str(refused.json)
    other = await world.rest("RotateEventSubscriptionKeys", {"id": "s-1", **keys}, if_match='"7"')
    assert other.status == 400


async def test_inactive_ones_are_listed_only_when_they_are_asked_for(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    await world.rest("DeactivateEventSubscription", {"id": "s-1"})
    assert (await world.rest("ListEventSubscriptions")).json == []
    listed = await world.rest("ListEventSubscriptions", {"includeInactive": True})
    assert [(each["id"], each["active"]) for each in listed.json] == [("s-1", False)]
