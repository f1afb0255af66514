"""Good requests that cost as much as a good request may."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.fuzz.expensive_bodies import of_request
from tests.fuzz.good_requests import COLLECTED, LOYALTY, WORKFLOW
from tidings.loyalty.v1.events_pb2 import AssessBasketRequest, CreateOrderRequest
from tidings_server.rpc.method import Rpc

EVENTS: Final = "/tidings.loyalty.v1.EventService"
COLLECTOR: Final = "/tidings.collector.v1.EventService"
ORCHESTRATION: Final = "/tidings.orchestration.v1"


def expensive(rpc: Rpc) -> Iterator[tuple[str, bytes]]:
    """Expensive requests of an RPC beside those that are made of its fields."""
    for name, make in _REQUESTS.get(rpc.path, {}).items():
        yield name, of_request(make(), rpc.request)


def costly_rule(number: int) -> dict[str, Any]:
    """A rule for baskets or orders whose condition goes over all lines, and never holds."""
    kind, lines = ("BASKET", "basket.basket_items") if number % 2 else ("ORDER", "order.order_items")
    condition = f"event.{lines}.exists(line, line.sku == 'x{number}' || line.name + line.vendor == 'y{number}')"
    return {
        "name": f"r{number}",
        "assesses": kind,
        "nameSpace": {"equals": "Shop"},
        "condition": condition,
        "fulfilments": [{"type": "POINTS_FLAT", "points": 1}],
    }


def costly_loyalty_events() -> Iterator[tuple[str, bytes]]:
    """Baskets and orders of many lines."""
    for number in range(5):
        event = {**LOYALTY, "eventId": f"c81e728d-9d4c-4f63-af06-00000000000{number}"}
        order = {"orderId": str(number), "orderItems": [{"sku": "s"}] * 500}
        basket = {"basketItems": [{"sku": "s"}] * 500}
        yield f"{EVENTS}/CreateOrder", of_request({"event": {**event, "order": order}}, CreateOrderRequest)
        event["eventId"] = f"c81e728d-9d4c-4f63-af07-00000000000{number}"
        yield f"{EVENTS}/AssessBasket", of_request({"event": {**event, "basket": basket}}, AssessBasketRequest)


def _batch(events: int, attributes: int) -> Callable[[], Mapping[str, Any]]:
    payload = {"operation": "CREATE", "key_attributes": {f"name{number}": "value" for number in range(attributes)}}
    return lambda: {"events": [{**COLLECTED, "event_payload": payload}] * events}


def _xml(inner: str) -> Callable[[], Mapping[str, Any]]:
    body = f"<scheduledEvent>{inner}</scheduledEvent>".encode()
    return lambda: {"path": "v1/events", "body": {"contentType": "application/xml", "data": b64encode(body).decode()}}


def _form(text: str) -> Callable[[], Mapping[str, Any]]:
    body = {"contentType": "application/x-www-form-urlencoded", "data": b64encode(text.encode()).decode()}
    return lambda: {"form": body}


def _workflow() -> Mapping[str, Any]:
    """Hundreds of rules, each with a condition and a value of its own."""
    rules = [
        {
            "name": "SetAttribute",
            "when": f"entity.attributes.a{number} == {number} || event.name == 'n{number}'",
            "props": {"name": f"a{number}", "value": f"${{event.attributes.size() + {number}}}"},
        }
        for number in range(256)
    ]
    [ruleset] = WORKFLOW["rulesets"]
    return {**WORKFLOW, "rulesets": [{**ruleset, "name": f"N{number}", "rules": rules} for number in range(4)]}


def _simulation() -> Mapping[str, Any]:
    attributes = {f"a{number}": {"list": list(range(100))} for number in range(200)}
    event = {"name": "CREATE", "entityType": "ORDER", "entityId": "1", "rootEntityType": "ORDER", "rootEntityId": "1"}
    return {"name": "ORDER::HOME", "simulation": {"event": {**event, "retailerId": "1", "attributes": attributes}}}


def _wide() -> Mapping[str, Any]:
    attributes = {f"k{number}": number for number in range(8_900)}
    return {
        "event": {"name": "WIDE", "retailerId": "1", "entityType": "ORDER", "entityId": "1", "attributes": attributes}
    }


_REQUESTS: Final[Mapping[str, Mapping[str, Callable[[], Mapping[str, Any]]]]] = {
    f"{COLLECTOR}/BatchCreateEvents": {
        "the most events": _batch(1_000, 25),
        "the most tiny events": _batch(1_000, 0),
        "the most attributes": _batch(150, 250),
    },
    "/tidings.scheduling.v1.XmlService/PostXml": {
        "many elements": _xml("<a/>" * 220_000),
        "many names": _xml("".join(f"<a{number}/>" for number in range(90_000))),
        "many attributes": _xml("<a " + " ".join(f'b{number}="1"' for number in range(70_000)) + "/>"),
        "many members": _xml("<action>" + "<to>x</to>" * 90_000 + "</action>"),
        "digits": _xml("<trigger><cron>" + "1" * 900_000 + "</cron></trigger>"),
    },
    "/tidings.identity.v1.TokenService/ExchangeForm": {
        "percents": _form("client_id=" + "%41" * 21_000),
        "percents of none": _form("client_id=" + "%zz" * 21_000),
        "many fields": _form("a=1&" * 16_000),
    },
    f"{ORCHESTRATION}.WorkflowService/PutWorkflow": {
        "many rules": lambda: {"name": "ORDER::HOME", "workflow": _workflow()}
    },
    f"{ORCHESTRATION}.WorkflowService/ValidateWorkflow": {
        "many rules": lambda: {"name": "ORDER::HOME", "workflow": _workflow()}
    },
    f"{ORCHESTRATION}.WorkflowService/SimulateWorkflow": {"many attributes": _simulation},
    f"{ORCHESTRATION}.EventService/CreateSyncEvent": {"many attributes": lambda: _simulation()["simulation"]},
    f"{ORCHESTRATION}.EventService/CreateAsyncEvent": {"as many attributes as are stored": _wide},
}
