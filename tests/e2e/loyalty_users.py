"""A client of document 003, and the document's samples with values in place of their types."""

from typing import Any
from uuid import uuid4

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Answer, Rest
from tests.support.waiting import until

EVENTS = "/api/v1/events"
CUSTOMERS = "/api/v1/customers"
RULES = "/api/v1/rules"
ECONOMIES = "/api/v1/economies"

ADDRESS = {
    "street1": "1 Harris Street",
    "street2": "string",
    "city": "Ultimo",
    "state": "New South Wales",
    "stateCode": "NSW",
    "country": "Australia",
    "countryCode": "AU",
    "postalCode": "2007",
    "phoneNumber": "string",
}
PART = {
    "basketItemPartId": "string",
    "quantity": 1,
    "itemPrice": 0,
    "totalPrice": 0,
    "productId": "string",
    "sku": "string",
    "name": "string",
    "vendor": "string",
    "tags": ["string"],
    "keyValues": [{"key": "string", "value": "string"}],
}
ITEM = {
    "basketItemId": "string",
    "basketItemParts": [PART],
    "quantity": 1,
    "itemPrice": 0,
    "totalPrice": 0,
    "productId": "string",
    "sku": "string",
    "name": "string",
    "vendor": "string",
    "tags": ["string"],
    "keyValues": [{"key": "string", "value": "string"}],
}
BLOCKS: dict[str, dict[str, Any]] = {
    "action": {"amount": 0, "count": 0},
    "basket": {
        "basketId": "string",
        "customerInfo": {"externalReference": "string"},
        "currencyCode": "AUD",
        "basketTotal": 0,
        "taxTotal": 0,
        "shippingTotal": 0,
        "basketItems": [ITEM],
        "surcharges": [{"name": "string", "amount": 0}],
        "billingAddress": ADDRESS,
        "shippingAddress": ADDRESS,
    },
    "order": {
        "orderId": "string",
        "orderStatus": "In Picking",
        "financialStatus": "Paid",
        "currencyCode": "AUD",
        "total": 0,
        "taxTotal": 0,
        "shippingTotal": 0,
        "rewardsEligibleTotal": 0,
        "orderItems": [
            {
                "orderLineId": 0,
                "quantity": 1,
                "itemPrice": 0,
                "productId": "string",
                "sku": "string",
                "name": "string",
                "vendor": "string",
            }
        ],
        "paymentDetail": {
            "bin": "string",
            "bank": "string",
            "scheme": "string",
            "segmentation": "string",
            "paymentAmount": 0,
        },
        "redemptionDetail": {"pointsAmount": 0},
        "billingAddress": ADDRESS,
        "shippingAddress": ADDRESS,
    },
    "transaction": {"source": "string", "total": 0},
    "redemption": {"externalReference": "string", "quantity": 1},
}
CALLS = {
    "action": "actions",
    "basket": "basket",
    "order": "orders",
    "transaction": "transactions",
    "redemption": "redemptions",
}
RESULT = ["eventId", "customerId", "tenantId", "isExisting"]


def sample(block: str, customer_id: str, /, **changed: Any) -> dict[str, Any]:
    """The document's sample of one call, with a new event id; `changed` are fields of the envelope or the block."""
    envelope = {
        "eventId": str(uuid4()),
        "customerId": customer_id,
        "nameSpace": "string",
        "reference": "string",
        "campaign": "string",
        "attributes": [{"key": "string", "value": "string"}],
    }
    if block == "basket":
        envelope |= {"tenantId": "string", "createdAt": "2020-05-15T11:55:47.515Z", "description": "string"}
    own = {name: changed.pop(name) for name in list(changed) if name in {*envelope, "createdAt"}}
    return {block: {**BLOCKS[block], **changed}, **envelope, **own}


def by_key(session: aiohttp.ClientSession, instance: Instance) -> Rest:
    """A client with the three headers of the document."""
    demo = instance.demo
    headers = {"x-tenant-id": demo["tenant_id"], "x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"]}
    return Rest(session, instance.rest, headers)


async def send_event(rest: Rest, block: str, customer_id: str, /, **changed: Any) -> Answer:
    """Send the sample of one event with changed fields."""
    return await rest("POST", f"{EVENTS}/{CALLS[block]}", json=sample(block, customer_id, **changed))


async def customer(rest: Rest, customer_id: str) -> dict[str, Any]:
    """The customer after its events are assessed: a call waits 2 s for them, and a busy machine may need longer."""
    found = await until(lambda: rest("GET", f"{CUSTOMERS}/{customer_id}"), lambda answer: answer.status == 200)
    told: dict[str, Any] = found.json
    return told


async def make(rest: Rest, path: str, id_name: str, definition: dict[str, Any]) -> str:
    """Create and activate a rule or an economy; its id."""
    made = await rest("POST", path, json=definition)
    assert made.status == 201, made.json
    made_id: str = made.json[id_name]
    active = await rest("POST", f"{path}/{made_id}/activate")
    assert (active.status, active.json["status"]) == (200, "ACTIVE"), active.json
    return made_id


async def rule(rest: Rest, **definition: Any) -> str:
    """An active rule."""
    return await make(rest, RULES, "ruleId", {"name": "r", **definition})


def check_refused(answer: Answer, status: int, code: str, *params: str) -> None:
    """Assert the vendor's error body; the request id in it is an addition."""
    assert answer.status == status, answer.json
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json) == ["code", "message", "detail", "errors", "requestId"]
    assert answer.json["code"] == code
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    assert [each["param"] for each in answer.json["errors"]] == list(params), answer.json
    assert all(sorted(each) == ["message", "param", "value"] for each in answer.json["errors"])
