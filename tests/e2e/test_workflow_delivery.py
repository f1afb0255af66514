"""Workflow events at subscribers of both kinds: a queue beside a real AWS protocol, and a webhook."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import demo_rest
from tests.e2e.workflow_users import API, event, log_in
from tests.support.aws import ACCESS_KEY, ACCESS_SECRET, REGION, Aws
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S

PUSH = "/api/event/push/subscriptions"
SECRET = "b2dc973d5dec4bd6aa325fa906a64aee"
STARTS = {"name": "Start", "rules": [{"name": "ChangeState", "props": {"status": "NEW"}}]}
WORKFLOW = {"name": "ORDER::D", "entityType": "ORDER", "entitySubtype": "D", "rulesets": [STARTS]}


@pytest.fixture(scope="module")
def beside_aws(aws: Aws) -> Iterator[Instance]:
    with instance(aws_endpoint_url=aws.endpoint_url) as started:
        yield started


async def test_a_queue_and_a_webhook_get_workflow_events_and_audits_only_where_named(
    session: aiohttp.ClientSession, beside_aws: Instance, aws: Aws
) -> None:
    rest, users = await demo_rest(session, beside_aws), await log_in(session, beside_aws)
    assert (await users.account("PUT", f"{API}/workflow/ORDER::D", json=WORKFLOW)).status == 201
    queue = aws.queue("orders")
    keys = {"accessKey": ACCESS_KEY, "accessSecret": ACCESS_SECRET, "region": REGION, "queueUrl": queue}
    to_queue = {"destination": {"type": "SQS", "sqs": keys}, "entityType": "ORDER", "subscribeChange": True}
    assert (await rest("POST", "/api/v1/event-subscription", json=to_queue)).status == 201
    async with Receiver() as receiver:
        for path, topics in (("/orders", ["order.*", "*"]), ("/audits", ["audit.action"])):
            asked = {"endpoint": receiver.url(path), "topics": topics, "sharedSecret": SECRET}
            assert (await rest("POST", PUSH, json=asked)).status == 201
        await receiver.wait_for(2)  # the pings
        sent = event("Start", entitySubtype="D")
        ran = await users.retailer("POST", f"{API}/event/sync", json=sent)
        assert (ran.status, ran.json["eventStatus"]) == (200, "COMPLETE")
        await receiver.wait_for(4)
        notified = {path: [json.loads(body) for body in receiver.bodies(path)[1:]] for path in ("/orders", "/audits")}
        messages: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_S):
            while not messages:
                messages = await asyncio.to_thread(aws.drain, queue)
    [queued] = [json.loads(message["Body"]) for message in messages]
    assert (queued["id"], queued["entity_id"]) == (ran.json["eventId"], sent["entityId"])
    assert [(each["topic"], each["eventId"]) for each in notified["/orders"]] == [("order.start", ran.json["eventId"])]
    assert [(each["topic"], each["entityId"]) for each in notified["/audits"]] == [("audit.action", sent["entityId"])]
    assert await asyncio.to_thread(aws.drain, queue) == []


async def test_a_trace_hides_the_urls_of_the_accounts_subscribers_from_a_retailers_user(
    session: aiohttp.ClientSession, beside_aws: Instance
) -> None:
    rest, users = await demo_rest(session, beside_aws), await log_in(session, beside_aws)
    async with Receiver() as receiver:
        url = receiver.url("/secret-path")
        subscription = (await rest("POST", PUSH, json={"endpoint": url, "topics": ["order.told"]})).json["id"]
        await receiver.wait_for(1)  # the ping
        stored = await users.retailer("POST", f"{API}/event/async", json=event("Told"))
        await receiver.wait_for(2)
    path = f"{API}/event/{stored.json['id']}/trace"
    for user, destination in ((users.account, url), (users.retailer, "")):
        deliveries = {each["subscriptionId"]: each for each in (await user("GET", path)).json["deliveries"]}
        assert deliveries[subscription]["destination"] == destination
