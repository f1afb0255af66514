"""From an event to a tenant's own queue or topic, through a real Envoy and a real AWS protocol."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION, Aws
from tests.support.waiting import PATIENCE_S, until

SUBSCRIPTIONS = "/api/v1/event-subscription"
KEYS = {"accessKey": ACCESS_KEY, "accessSecret": ACCESS_SECRET, "region": REGION}


@pytest.fixture(scope="module")
def beside_aws(aws: Aws) -> Iterator[Instance]:
    with instance(aws_endpoint_url=aws.endpoint_url) as started:
        yield started


@pytest_asyncio.fixture
async def rest(session: aiohttp.ClientSession, beside_aws: Instance) -> AsyncIterator[Rest]:
    yield await demo_rest(session, beside_aws)


def to_queue(queue_url: str, **other: Any) -> dict[str, Any]:
    destination = {"type": "SQS", "sqs": {**KEYS, "queueUrl": queue_url}}
    every = {"subscribeCreate": True, "subscribeChange": True, "subscribeDelete": True}
    return {"destination": destination, "entityType": "ORDER", **every, **other}


async def subscribe(rest: Rest, subscription: dict[str, Any]) -> str:
    made = await rest("POST", SUBSCRIPTIONS, json=subscription)
    assert made.status == 201, made
    return str(made.json["id"])


async def happen(rest: Rest, entity: str, operation: str, **other: Any) -> dict[str, Any]:
    """The event as it was answered."""
    event = {"entity_name": entity, "event_type": "ENTITY_EVENT", "event_payload": {"operation": operation}, **other}
    made = await rest("POST", "/api/v1/events", json=event)
    assert made.status == 201, made
    return dict(made.json)


async def received(aws: Aws, queue_url: str, count: int) -> list[dict[str, Any]]:
    """The queue's messages, once there are so many, and none more within a moment."""
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(messages) < count:
            messages += await asyncio.to_thread(aws.drain, queue_url)
    await asyncio.sleep(0.3)
    return messages + await asyncio.to_thread(aws.drain, queue_url)


async def test_a_queue_gets_the_subscribed_changes_in_their_rest_form(rest: Rest, aws: Aws) -> None:
    queue = aws.queue("changes")
    subscription_id = await subscribe(rest, to_queue(queue, subscribeCreate=False, condition="event.entity_id != 'X'"))
    await happen(rest, "ORDER", "CREATE", entity_id="O-1")
    await happen(rest, "CUSTOMER", "UPDATE", entity_id="O-1")
    left_out = await happen(rest, "ORDER", "UPDATE", entity_id="X")
    wanted = [
        await happen(rest, "ORDER", "UPDATE", entity_id="O-1"),
        await happen(rest, "ORDER", "DELETE", entity_id="O-1"),
    ]
    bodies = [json.loads(message["Body"]) for message in await received(aws, queue, 2)]
    assert sorted(bodies, key=str) == sorted(wanted, key=str)

    async def fate(event_id: str) -> dict[str, Any]:
        told = (await rest("GET", f"/api/v1/events/{event_id}/deliveries")).json["deliveries"]
        [mine] = [each for each in told if each["subscriptionId"] == subscription_id]
        return dict(mine)

    mine = await fate(left_out["id"])
    assert (mine["status"], mine["reason"]) == ("NOT_MATCHED", "filter false")
    mine = await until(lambda: fate(wanted[0]["id"]), lambda one: one["status"] == "DELIVERED")
    assert mine["attempts"] == 1
    again = await rest("POST", f"/api/v1/deliveries/{mine['deliveryId']}/redeliver")
    assert (again.status, again.json) == (202, {"accepted": 1})
    assert [json.loads(message["Body"]) for message in await received(aws, queue, 1)] == wanted[:1]


async def test_the_backlog_comes_first_and_everything_once(rest: Rest, aws: Aws) -> None:
    queue = aws.queue("backlog.fifo")
    before = [await happen(rest, "PRICE", "UPDATE", entity_id="P-1") for _ in range(20)]
    await subscribe(rest, to_queue(queue, entityType="PRICE", startFrom="2020-01-01T00:00:00Z", ordered=True))
    after = [await happen(rest, "PRICE", "UPDATE", entity_id="P-1") for _ in range(20)]
    messages = await received(aws, queue, 40)
    assert [json.loads(message["Body"])["id"] for message in messages] == [each["id"] for each in before + after]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"P-1"}


async def test_a_topic_gets_the_platforms_message_about_wishlists(rest: Rest, aws: Aws) -> None:
    arn, queue = aws.topic("wishes")
    destination = {"type": "SNS", "sqs": {**KEYS, "queueUrl": arn}}
    await subscribe(rest, to_queue("", destination=destination, entityType="WISHLIST"))
    attributes = {"customerId": "C-1", "productRef": "P-1", "purchased": "1"}
    payload = {"operation": "CREATE", "key_attributes": attributes}
    made = await happen(rest, "WISHLIST_ITEM", "CREATE", event_payload=payload)
    [message] = await received(aws, queue, 1)
    body = json.loads(message["Body"])
    assert (body["id"], body["interactionType"], body["entityType"]) == (made["id"], "CREATED", "WISHLIST_ITEM")
    assert (body["customerId"], body["productRef"], body["itemId"]) == ("C-1", "P-1", None)
    assert (body["purchased"], body["deleted"]) == (1, 0)


async def test_an_update_that_sends_the_mask_back_still_delivers(rest: Rest, aws: Aws) -> None:
    queue, other = aws.queue("first"), aws.queue("second")
    subscription_id = await subscribe(rest, to_queue(queue, entityType="PRODUCT"))
    shown = (await rest("GET", f"{SUBSCRIPTIONS}/{subscription_id}")).json
    assert shown["destination"]["sqs"]["accessSecret"] == "********"
    shown["destination"]["sqs"]["queueUrl"] = other
    assert (await rest("PUT", SUBSCRIPTIONS, json=shown)).status == 201
    made = await happen(rest, "PRODUCT", "CREATE")
    assert [json.loads(message["Body"]) for message in await received(aws, other, 1)] == [made]
    assert await asyncio.to_thread(aws.drain, queue) == []


async def test_nothing_is_sent_to_a_deactivated_subscription(rest: Rest, aws: Aws) -> None:
    queue = aws.queue("stopped")
    subscription_id = await subscribe(rest, to_queue(queue, entityType="CUSTOMER"))
    assert (await rest("PUT", f"{SUBSCRIPTIONS}/{subscription_id}/deactivate")).status == 200
    await happen(rest, "CUSTOMER", "CREATE")
    shown = (await rest("GET", f"{SUBSCRIPTIONS}/{subscription_id}")).json
    assert (await rest("PUT", SUBSCRIPTIONS, json={**shown, "active": True})).status == 201
    later = await happen(rest, "CUSTOMER", "CREATE")
    assert [json.loads(message["Body"]) for message in await received(aws, queue, 1)] == [later]


async def test_a_test_event_reaches_the_queue(rest: Rest, aws: Aws) -> None:
    queue = aws.queue("tried")
    subscription_id = await subscribe(rest, to_queue(queue, entityType="VARIANT_PRODUCT"))
    sent = await rest("POST", f"{SUBSCRIPTIONS}/{subscription_id}/test")
    assert (sent.status, list(sent.json)) == (202, ["deliveryId"])
    [message] = await received(aws, queue, 1)
    assert json.loads(message["Body"])["entity_id"] == subscription_id
