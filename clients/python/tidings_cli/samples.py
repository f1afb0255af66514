"""Sample events of all five APIs, as `tidings trigger` sends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from google.protobuf.message import Message

from tidings.collector.v1 import events_pb2 as collector
from tidings.collector.v1.events_pb2_grpc import EventServiceStub as CollectorStub
from tidings.loyalty.v1 import events_pb2 as loyalty
from tidings.loyalty.v1.events_pb2_grpc import EventServiceStub as LoyaltyStub
from tidings.orchestration.v1 import events_pb2 as orchestration
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub as OrchestrationStub
from tidings.push.v1 import subscriptions_pb2 as push
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from tidings.scheduling.v1 import events_pb2 as scheduling
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub
from tidings_cli.connection import Stub
from tidings_client.ids import uuid7


@dataclass(frozen=True, slots=True)
class Sample:
    """A request that makes something happen. `values` are made anew each time, with ids of their own."""

    api: str
    what: str
    stub: Stub
    method: str
    request: type[Message]
    values: Callable[[], dict[str, Any]]


def _collected(entity: str, operation: str, **attributes: str) -> Callable[[], dict[str, Any]]:
    def values() -> dict[str, Any]:
        entity_id = f"{entity.lower()}-{uuid4().hex[:8]}"
        payload = {"entity_id": entity_id, "operation": operation, "key_attributes": attributes}
        return {
            "event": {
                "id": uuid7(),
                "event_type": "ENTITY_EVENT",
                "event_source": "APPLICATION",
                "entity_name": entity,
                "entity_id": entity_id,
                "event_payload": payload,
            }
        }

    return values


def _of_customer(name_space: str, **event: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"event": {"eventId": str(uuid4()), "customerId": str(uuid4()), "nameSpace": name_space, **event}}


def _of_workflow() -> dict[str, Any]:
    ref = f"ON-{uuid4().hex[:8]}"
    root = {"rootEntityType": "ORDER", "rootEntityRef": ref}
    facts = {"items": [{"skuRef": "SKU_1", "quantity": 2}], "total": 120.5}
    return {
        "event": {"name": "CREATE", "entityType": "ORDER", "entityRef": ref, "entitySubtype": "HD", **root}
        | {"attributes": facts}
    }


def _scheduled() -> dict[str, Any]:
    return {
        "event": {
            "triggerType": "TIME",
            "trigger": {"cron": "0 7 * * 1-5", "timezone": "Europe/Stockholm"},
            "actionType": "SEND_EMAIL",
            "action": {"to": "team@example.com", "subject": "Good morning", "body": "It is {{ scheduledAt }}."},
        }
    }


def _collector(what: str, values: Callable[[], dict[str, Any]]) -> Sample:
    return Sample("000 collector", what, CollectorStub, "CreateEvent", collector.CreateEventRequest, values)


def _loyalty(what: str, method: str, request: type[Message], values: Callable[[], dict[str, Any]]) -> Sample:
    return Sample("003 loyalty", what, LoyaltyStub, method, request, values)


_FAULT = {"event_type": "FAULT", "event_source": "SYSTEM", "entity_name": "ORDER", "entity_id": "1001"}
_BASKET = {"basketTotal": 150, "basketItems": [{"basketItemId": "1", "quantity": 1, "tags": ["sale"]}]}

SAMPLES: Mapping[str, Sample] = {
    "order.created": _collector("An order is made.", _collected("ORDER", "CREATE", total="49.90")),
    "order.updated": _collector("An order changes.", _collected("ORDER", "UPDATE", status="PAID")),
    "order.deleted": _collector("An order is deleted.", _collected("ORDER", "DELETE")),
    "product.updated": _collector("A product changes.", _collected("PRODUCT", "UPDATE", name="Lamp")),
    "customer.created": _collector(
        "A customer comes.", _collected("CUSTOMER", "CREATE", email="ada@example.com", first_name="Ada", opt_in="true")
    ),
    "wishlist.created": _collector(
        "A customer wishes for something.", _collected("WISHLIST", "CREATE", customer_id="ada", variant_id="lamp")
    ),
    "inventory_level.updated": _collector(
        "Stock changes.", _collected("INVENTORY_LEVEL", "UPDATE", variant_id="lamp", quantity="3")
    ),
    "price.updated": _collector("A price changes.", _collected("PRICE", "UPDATE", variant_id="lamp", amount="9.90")),
    "order.fault": _collector("Something failed.", lambda: {"event": {"id": uuid7(), **_FAULT}}),
    "workflow.order": Sample(
        "001 workflow",
        "An order is to be run by its workflow (examples/workflows/order.json).",
        OrchestrationStub,
        "CreateAsyncEvent",
        orchestration.CreateAsyncEventRequest,
        _of_workflow,
    ),
    "push.test": Sample(
        "002 push",
        "A test notification; say which subscription: --set id=…",
        SubscriptionServiceStub,
        "TestSubscription",
        push.TestSubscriptionRequest,
        lambda: {"id": ""},
    ),
    "loyalty.action": _loyalty(
        "A customer registers.",
        "CreateAction",
        loyalty.CreateActionRequest,
        _of_customer("Customer.Registration", action={"count": 1}),
    ),
    "loyalty.order": _loyalty(
        "A customer orders.",
        "CreateOrder",
        loyalty.CreateOrderRequest,
        _of_customer("Shop", order={"orderId": "S-1", "total": 120.5, "currencyCode": "AUD"}),
    ),
    "loyalty.transaction": _loyalty(
        "A customer pays.",
        "CreateTransaction",
        loyalty.CreateTransactionRequest,
        _of_customer("Shop", transaction={"source": "Till", "total": 12.5}),
    ),
    "loyalty.basket": _loyalty(
        "A basket is assessed.", "AssessBasket", loyalty.AssessBasketRequest, _of_customer("Shop", basket=_BASKET)
    ),
    "loyalty.redemption": _loyalty(
        "A customer redeems points; a new customer has none.",
        "CreateRedemption",
        loyalty.CreateRedemptionRequest,
        _of_customer("Shop", redemption={"quantity": 1}),
    ),
    "schedule.mail": Sample(
        "004 scheduling",
        "A store schedules a mail; `tidings schedules run` sends it at once.",
        ScheduledEventServiceStub,
        "CreateScheduledEvent",
        scheduling.CreateScheduledEventRequest,
        _scheduled,
    ),
}
"""Samples by name: where a topic follows from one, that is its name."""
