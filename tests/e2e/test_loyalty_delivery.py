"""Events that loyalty delivers to real receivers: a rule's webhook, the topic that it emits, and points."""

import json
from uuid import uuid4

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.loyalty_users import by_key, rule, send_event
from tests.e2e.rest import Rest
from tests.support.receiver import Receiver

PUSH = "/api/event/push/subscriptions"
SECRET = "b2dc973d5dec4bd6aa325fa906a64aee"


async def test_a_webhook_a_topic_and_points_reach_their_receivers(
    session: aiohttp.ClientSession, system: Instance, rest: Rest
) -> None:
    shop, ada = by_key(session, system), str(uuid4())
    async with Receiver() as receiver:
        subscription = {
            "endpoint": receiver.url("/events"),
            "topics": ["points.*", "customer.delighted"],
            "sharedSecret": SECRET,
        }
        assert (await rest("POST", PUSH, json=subscription)).status == 201
        await receiver.wait_for(1)  # the ping
        rule_id = await rule(
            shop,
            assesses="ORDER",
            nameSpace={"equals": "Delivery"},
            fulfilments=[
                {"type": "POINTS_PER_UNIT", "points": 2},
                {"type": "CALL_WEBHOOK", "webhook": {"url": receiver.url("/webhook")}},
                {"type": "EMIT_TOPIC", "topic": "customer.delighted"},
            ],
        )
        sent = await send_event(shop, "order", ada, nameSpace="Delivery", orderId="o-1", total=10.5)
        await receiver.wait_for(4)
        [called] = [json.loads(body) for body in receiver.bodies("/webhook")]
        notified = [json.loads(body) for body in receiver.bodies("/events")[1:]]
    assert called["event"]["eventId"] == sent.json["eventId"]
    assert called["event"]["order"]["total"] == 10.5
    assert (called["customer"]["customerId"], called["customer"]["balance"]) == (ada, 21)
    assert called["rule"] == {"ruleId": rule_id, "name": "r"}
    assert sorted(each["topic"] for each in notified) == ["customer.delighted", "points.earned"]
