"""The order workflow that ships as an example: every way that an order can go."""

import json
from pathlib import Path

import pytest

from tests.support.workflows import event
from tidings_server.platform.json_type import Json
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.definition.model import Workflow, load
from tidings_server.workflow.definition.validation import WorkflowValidator
from tidings_server.workflow.engine.actions import EventScheduled, TopicEmitted, WebhookRequested
from tidings_server.workflow.engine.engine import Engine
from tidings_server.workflow.engine.matching import ExecutableWorkflow
from tidings_server.workflow.engine.simulation import SimulatedEvent, simulate
from tidings_server.workflow.entities import EntityIndex, Reference

EXAMPLE = Path(__file__).parents[2] / "examples/workflows/order.json"
ORDER = Reference("ORDER", ref="ON-1")
FULFILMENT = Reference("FULFILMENT", ref="ON-1-F1")
ITEMS: list[Json] = [{"skuRef": "SKU_1", "quantity": 2}, {"skuRef": "SKU_2", "quantity": 1}]


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    return load(json.loads(EXAMPLE.read_text()))


class Shop:
    """One order and what happens to it, through the engine alone."""

    def __init__(self, engine: Engine, workflow: Workflow) -> None:
        self._engine = engine
        self._version = ExecutableWorkflow(workflow, 1)
        self._entities = EntityIndex()

    def submit(self, name: str, entity: Reference = ORDER, **attributes: Json) -> SimulatedEvent:
        sent = event(name, entity=entity, root=ORDER, subtype="HD", attributes=attributes)
        return simulate(self._engine, self._version, sent, self._entities)

    def state(self, entity: Reference = ORDER) -> str:
        found = self._entities.find(entity)
        return found.status if found else "none"

    def attribute(self, name: str, entity: Reference = ORDER) -> Json:
        found = self._entities.find(entity)
        return found.attributes[name] if found else None


@pytest.fixture
def shop(engine: Engine, workflow: Workflow) -> Shop:
    return Shop(engine, workflow)


def topics(simulated: SimulatedEvent) -> list[str]:
    own = [action.topic for action in simulated.result.actions if isinstance(action, TopicEmitted)]
    return own + [topic for one in simulated.sent for topic in topics(one)]


def test_the_example_is_accepted_without_a_warning(workflow: Workflow, validator: WorkflowValidator) -> None:
    assert len(workflow.rulesets) >= 12
    assert validator.check(workflow) == []


def test_an_order_is_created_picked_shipped_delivered_and_complete(shop: Shop) -> None:
    assert topics(shop.submit("CREATE", items=ITEMS, total=120.5)) == ["order.booked"]
    assert (shop.state(), shop.state(FULFILMENT)) == ("BOOKED", "CREATED")
    assert (shop.attribute("items"), shop.attribute("total")) == (ITEMS, 120.5)
    assert shop.attribute("skus", FULFILMENT) == ["SKU_1", "SKU_2"]
    shop.submit("PickFulfilment", FULFILMENT, by="Ada")
    assert (shop.state(), shop.state(FULFILMENT)) == ("PICKED", "PICKED")
    assert topics(shop.submit("ShipOrder", trackingNumber="T-9")) == ["order.shipped"]
    assert (shop.state(), shop.attribute("trackingNumber")) == ("SHIPPED", "T-9")
    shop.submit("DeliverOrder")
    assert (shop.state(), shop.attribute("deliveredOn")) == ("DELIVERED", "2026-03-01T12:00:00.000Z")
    shop.submit("CompleteOrder")
    assert shop.state() == "COMPLETE"


def test_a_large_order_waits_for_its_release(shop: Shop) -> None:
    shop.submit("CREATE", items=ITEMS, total=1_000.01)
    assert (shop.state(), shop.state(FULFILMENT)) == ("ON_HOLD", "none")
    shop.submit("ReleaseOrder", by="Grace")
    assert (shop.state(), shop.attribute("releasedBy"), shop.state(FULFILMENT)) == ("BOOKED", "Grace", "CREATED")


def test_a_cancelled_order_takes_its_fulfilment_with_it(shop: Shop) -> None:
    shop.submit("CREATE", items=ITEMS, total=10)
    assert topics(shop.submit("CancelOrder", cancelReason="Fraud")) == ["order.cancelled"]
    assert (shop.state(), shop.attribute("cancelReason"), shop.state(FULFILMENT)) == ("CANCELLED", "Fraud", "CANCELLED")


def test_an_order_that_is_not_picked_within_a_week_expires(shop: Shop) -> None:
    confirmed = shop.submit("CREATE", items=ITEMS, total=10).sent[0]
    [expiry] = [action for action in confirmed.result.actions if isinstance(action, EventScheduled)]
    assert expiry.due_at_us - confirmed.event.recorded_at_us == 7 * 86_400 * 1_000_000
    shop.submit(expiry.event.name)
    assert (shop.state(), shop.attribute("cancelReason")) == ("CANCELLED", "Expired")


def test_a_shipped_order_can_be_returned_but_not_cancelled(shop: Shop) -> None:
    shop.submit("CREATE", items=ITEMS, total=10)
    shop.submit("PickFulfilment", FULFILMENT, by="Ada")
    shipped = shop.submit("ShipOrder", trackingNumber="T-9", notifyUrl="https://shop.example/shipped")
    assert [one.url for one in shipped.result.actions if isinstance(one, WebhookRequested)] == [
        "https://shop.example/shipped"
    ]
    assert shop.submit("CancelOrder").result.status is EventStatus.NO_MATCH
    shop.submit("ReturnOrder", reason="Too small")
    assert (shop.state(), shop.attribute("returnReason")) == ("RETURN_PENDING", "Too small")
    assert topics(shop.submit("ReceiveReturn")) == ["order.returned"]
    assert shop.state() == "RETURNED"
    assert shop.submit("CompleteOrder").result.status is EventStatus.NO_MATCH


def test_an_order_without_items_is_not_created(shop: Shop) -> None:
    created = shop.submit("CREATE", total=10).result
    assert created.failure == 'SetAttribute: ${event.attributes.items}: Key not found in map : "items"'
    assert shop.state() == "none"
