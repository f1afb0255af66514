"""The example workflow over REST: what the README shows, and what subscribers and operators see of it."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.rest import Rest
from tests.e2e.workflow_users import API, ORDER_WORKFLOW, Users
from tests.support.receiver import Receiver
from tests.support.waiting import until

ITEMS = [{"skuRef": "SKU_1", "quantity": 2}]
PUSH = "/api/event/push/subscriptions"

pytestmark = pytest.mark.usefixtures("order_workflow")


class Order:
    """One order of retailer 1 and what its user does to it."""

    def __init__(self, users: Users) -> None:
        self.ref = f"ON-{uuid4().hex[:12]}"
        self._users = users

    async def tell(self, name: str, *, kind: str = "ORDER", **attributes: Any) -> dict[str, Any]:
        """Sends an event and waits for its end."""
        ref = self.ref if kind == "ORDER" else f"{self.ref}-F1"
        about = {"entityType": kind, "entityRef": ref, "entitySubtype": "HD"}
        root = {"rootEntityType": "ORDER", "rootEntityRef": self.ref}
        sent = {"name": name, **about, **root, "attributes": attributes}
        answer = await self._users.retailer("POST", f"{API}/event/sync", json=sent)
        told: dict[str, Any] = answer.json
        return told

    async def create(self, total: float = 120.5) -> dict[str, Any]:
        """Creates it; what follows from that has run when it `becomes` what that makes of it."""
        return await self.tell("CREATE", items=ITEMS, total=total)

    async def becomes(self, status: str) -> dict[str, Any]:
        """The order, once it has this status."""

        async def read() -> dict[str, Any]:
            answer = await self._users.retailer("GET", f"{API}/entity/order/{self.ref}")
            entity: dict[str, Any] = answer.json["entity"]
            return entity

        return await until(read, lambda entity: entity["status"] == status)

    async def trace(self, event_id: str) -> dict[str, Any]:
        answer = await self._users.retailer("GET", f"{API}/event/{event_id}/trace")
        assert answer.status == 200, answer.json
        tree: dict[str, Any] = answer.json
        return tree


@pytest.fixture
def order(users: Users) -> Order:
    return Order(users)


async def test_an_order_is_created_picked_shipped_delivered_and_returned(order: Order) -> None:
    assert (await order.create())["eventStatus"] == "COMPLETE"
    await order.becomes("BOOKED")
    await order.tell("PickFulfilment", kind="FULFILMENT", by="Ada")
    await order.becomes("PICKED")
    await order.tell("ShipOrder", trackingNumber="T-9")
    await order.becomes("SHIPPED")
    await order.tell("DeliverOrder")
    await order.tell("ReturnOrder", reason="Too small")
    await order.tell("ReceiveReturn")
    returned = await order.becomes("RETURNED")
    assert (returned["subtype"], returned["retailerId"]) == ("HD", "1")
    facts = {fact["name"]: fact["value"] for fact in returned["attributes"]}
    assert (facts["items"], facts["total"], facts["returnReason"]) == (ITEMS, 120.5, "Too small")


async def test_a_large_order_waits_until_it_is_released_or_cancelled(order: Order) -> None:
    await order.create(total=5_000)
    await order.becomes("ON_HOLD")
    await order.tell("ReleaseOrder", by="Ada")
    await order.becomes("BOOKED")
    await order.tell("CancelOrder", cancelReason="Fraud")
    await order.becomes("CANCELLED")
    assert (await order.tell("ShipOrder"))["eventStatus"] == "NO_MATCH"


async def test_a_trace_is_the_whole_tree_of_an_event(order: Order) -> None:
    made = await order.create()
    await order.becomes("BOOKED")
    await order.tell("PickFulfilment", kind="FULFILMENT", by="Ada")  # whose turn comes after all that
    tree = await order.trace(made["eventId"])
    assert tree["event"]["eventStatus"] == "COMPLETE"
    assert (tree["run"]["workflow"], tree["run"]["ruleset"]) == ("ORDER::HD", "CREATE")
    assert [change["field"] for change in tree["changes"]] == ["attributes.items", "attributes.total", "status"]
    assert tree["changes"][2] == {"field": "status", "before": None, "after": "CREATED"}
    [confirmed] = tree["sent"]
    assert confirmed["event"]["context"]["sourceEvents"] == [made["eventId"]]
    sent = {each["event"]["name"]: each for each in confirmed["sent"]}
    assert sent["CREATE"]["event"]["eventStatus"] == "SUCCESS"
    assert sent["ExpireOrder"]["event"]["eventStatus"] == "SCHEDULED"
    assert "run" not in sent["ExpireOrder"]
    assert all(each["context"]["sourceEvents"] == [made["eventId"]] for each in tree["audits"])


async def test_a_rules_webhook_is_sent_and_traced(order: Order, receiver: Receiver) -> None:
    await order.create()
    await order.becomes("BOOKED")
    await order.tell("PickFulfilment", kind="FULFILMENT", by="Ada")
    await order.becomes("PICKED")
    shipped = await order.tell("ShipOrder", trackingNumber="T-9", notifyUrl=receiver.url("/shipped"))
    [request] = await receiver.wait_for(1)
    body = json.loads(request.body)
    assert request.path == "/shipped"
    assert (body["id"], body["name"], body["entityStatus"]) == (shipped["eventId"], "ShipOrder", "SHIPPED")
    assert (body["accountId"], body["retailerId"], body["entityRef"]) == ("demo", "1", order.ref)
    deliveries = (await order.trace(shipped["eventId"]))["deliveries"]  # also to subscribers of other tests
    [delivery] = [each for each in deliveries if "subscriptionId" not in each]
    assert delivery["destination"] == receiver.url("/shipped")


async def test_subscribers_get_events_by_topic_and_audits_only_when_subscribed(
    rest: Rest, order: Order, receiver: Receiver
) -> None:
    for path, topics in (("/all", ["order.*"]), ("/audits", ["audit.ruleset"])):
        asked = {"endpoint": receiver.url(path), "topics": topics, "sharedSecret": "b2dc973d5dec4bd6aa325fa906a64aee"}
        assert (await rest("POST", PUSH, json=asked)).status == 201
    await receiver.wait_for(2)  # the pings
    await order.create(total=5_000)

    def topics_at(path: str) -> set[str]:
        return {json.loads(body)["topic"] for body in receiver.bodies(path)}

    await receiver.wait_until(lambda _: "order.create" in topics_at("/all") and "audit.ruleset" in topics_at("/audits"))
    assert not any(topic.startswith("audit.") for topic in topics_at("/all"))


async def test_a_simulation_returns_the_results_and_stores_nothing(users: Users, order: Order) -> None:
    about = {"entityType": "ORDER", "entityRef": order.ref, "entitySubtype": "HD"}
    event = {"name": "CREATE", **about, "attributes": {"items": ITEMS, "total": 7}}
    answer = await users.retailer("POST", f"{API}/workflow/ORDER::HD/simulate", json={"event": event})
    assert answer.status == 200, answer.json
    assert answer.json["trace"]["event"]["eventStatus"] == "SUCCESS"
    assert [each["event"]["name"] for each in answer.json["trace"]["sent"]] == ["ConfirmOrder"]
    assert answer.json["entity"]["status"] == "BOOKED"
    found = await users.retailer("GET", f"{API}/event?context.entityRef={order.ref}")
    assert found.json["results"] == []
    assert (await users.retailer("GET", f"{API}/entity/ORDER/{order.ref}")).status == 404


async def test_a_simulation_starts_from_the_entity_of_the_request(users: Users, order: Order) -> None:
    event = {"name": "CancelOrder", "entityType": "ORDER", "entityRef": order.ref}
    given = {"type": "ORDER", "subtype": "HD", "ref": order.ref, "status": "ON_HOLD"}
    asked = {"event": event, "entity": given}
    answer = await users.retailer("POST", f"{API}/workflow/ORDER::HD/simulate", json=asked)
    assert (answer.status, answer.json["entity"]["status"]) == (200, "CANCELLED")
    assert answer.json["trace"]["changes"] == [{"field": "status", "before": "ON_HOLD", "after": "CANCELLED"}]


async def test_versions_are_kept_and_can_be_activated_again(users: Users) -> None:
    name = f"V::{uuid4().hex}"
    definition = json.loads(ORDER_WORKFLOW.read_text()) | {"name": name, "entitySubtype": uuid4().hex}
    path = f"{API}/workflow/{name}"
    for number in (1, 2):
        stored = await users.account("PUT", path, json=definition | {"description": f"Number {number}"})
        assert (stored.status, stored.json["version"]) == (201, number)
    active = await users.account("POST", f"{path}/versions/1/activate")
    assert (active.status, active.json["version"], active.json["isActive"]) == (200, 1, True)
    listed = (await users.account("GET", f"{path}/versions")).json
    assert [(each["version"], each["isActive"]) for each in listed["results"]] == [(2, False), (1, True)]
    assert (await users.account("GET", path)).json["description"] == "Number 1"
    assert (await users.account("GET", f"{path}?version=2")).json["description"] == "Number 2"
    assert (await users.account("POST", f"{path}/versions/3/activate")).status == 404
