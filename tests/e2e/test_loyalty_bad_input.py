"""Bad input of the loyalty API through a real Envoy: each with its status and the vendor's body, and nothing stored."""

import io
import json
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance
from tests.e2e.loyalty_users import (
    CALLS,
    CUSTOMERS,
    ECONOMIES,
    EVENTS,
    RULES,
    by_key,
    check_refused,
    rule,
    sample,
    send_event,
)
from tests.e2e.rest import Rest

ZERO = "00000000-0000-0000-0000-000000000000"
NOBODY = "c0ffee00-0000-4000-8000-000000000000"
FLAT = [{"type": "POINTS_FLAT", "points": 1}]
RULE = {"name": "r", "assesses": "ORDER", "fulfilments": FLAT}


@pytest_asyncio.fixture
async def shop(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return by_key(session, system)


@pytest.fixture
def ada() -> str:
    return str(uuid4())


@pytest.mark.parametrize("block", CALLS)
@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"eventId": ZERO}, "eventId"),
        ({"eventId": "string"}, "eventId"),
        ({"customerId": ZERO}, "customerId"),
        ({"nameSpace": ""}, "nameSpace"),
        ({"attributes": [{"key": "k", "value": "v" * 1_025}]}, "attributes[0].value"),
    ],
)
async def test_a_bad_envelope_is_refused_by_every_call(
    shop: Rest, ada: str, block: str, changed: dict[str, Any], param: str
) -> None:
    answer = await shop("POST", f"{EVENTS}/{CALLS[block]}", json=sample(block, ada) | changed)
    check_refused(answer, 400, "BadRequest", param)
    check_refused(await shop("GET", f"{CUSTOMERS}/{ada}"), 404, "NotFound")


@pytest.mark.parametrize(
    ("block", "changed", "param"),
    [
        ("order", {"total": -1}, "order.total"),
        ("order", {"total": 1.00001}, "order.total"),
        ("order", {"total": "much"}, "order.total"),
        ("order", {"currencyCode": "XYZ"}, "order.currencyCode"),
        ("order", {"orderItems": [{"quantity": 0}]}, "order.orderItems[0].quantity"),
        ("order", {"orderItems": [{"quantity": 1.5}]}, "order.orderItems[0].quantity"),
        ("basket", {"basketTotal": -1}, "basket.basketTotal"),
        ("transaction", {"total": -1}, "transaction.total"),
        ("redemption", {"quantity": 0}, "redemption.quantity"),
        ("redemption", {"quantity": -1}, "redemption.quantity"),
        ("redemption", {"quantity": 5.5}, "redemption.quantity"),
        ("redemption", {"quantity": 2**31}, "redemption.quantity"),
        ("action", {"count": 0.5}, "action.count"),
    ],
)
async def test_a_bad_block_is_refused(shop: Rest, ada: str, block: str, changed: dict[str, Any], param: str) -> None:
    check_refused(await send_event(shop, block, ada, **changed), 400, "BadRequest", param)
    check_refused(await shop("GET", f"{CUSTOMERS}/{ada}"), 404, "NotFound")


@pytest.mark.parametrize("block", CALLS)
async def test_the_flat_spellings_of_the_tables_are_unknown_so_the_block_is_missing(
    shop: Rest, ada: str, block: str
) -> None:
    sent = sample(block, ada)
    flat = sent.pop(block) | sent
    check_refused(await shop("POST", f"{EVENTS}/{CALLS[block]}", json=flat), 400, "BadRequest", block)


async def test_a_body_that_is_cut_off_or_too_large_is_refused(shop: Rest, ada: str) -> None:
    sent = json.dumps(sample("action", ada))
    cut = await shop("POST", f"{EVENTS}/actions", data=sent[:-9], headers={"content-type": "application/json"})
    check_refused(cut, 400, "BadRequest")
    facts = [{"key": f"k{at}", "value": "v" * 1_024} for at in range(256)]
    check_refused(await send_event(shop, "action", ada, attributes=facts), 413, "BadRequest")
    large = io.BytesIO(json.dumps(sample("action", ada, description="d" * 1_100_000)).encode())
    check_refused(await shop("POST", f"{EVENTS}/actions", data=large), 413, "BadRequest")


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"condition": "event.order.nosuch == 1"}, "condition"),
        ({"condition": "event.order.total"}, "condition"),
        ({"condition": "counters.within[event.reference] > 1"}, "condition"),
        ({"condition": "1 == 1 || " * 300 + "true"}, "condition"),
        ({"effectiveFrom": "2026-02-01T00:00:00Z", "effectiveTo": "2026-01-01T00:00:00Z"}, "effectiveTo"),
        ({"effectiveFrom": "soon"}, "effectiveFrom"),
        ({"assesses": "REDEMPTION"}, "assesses"),
        ({"fulfilments": []}, "fulfilments"),
        ({"fulfilments": [{"type": "POINTS_FLAT", "points": 1.5}]}, "fulfilments[0].points"),
        ({"fulfilments": [{"type": "VOUCHER", "code": "V"}]}, "fulfilments[0].type"),
        (
            {"fulfilments": [*FLAT, {"type": "CALL_WEBHOOK", "webhook": {"url": "ftp://x"}}]},
            "fulfilments[1].webhook.url",
        ),
        ({"fulfilments": [{"type": "EMIT_TOPIC", "topic": "points.earned"}]}, "fulfilments[0].topic"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_bad_rule_is_refused(shop: Rest, changed: dict[str, Any], param: str) -> None:
    name = str(uuid4())
    answer = await shop("POST", RULES, json={**RULE, "name": name, **changed})
    check_refused(answer, 400, "BadRequest", param)
    names = [each["name"] for each in (await shop("GET", f"{RULES}?pageSize=100")).json["rules"]]
    assert name not in names


async def test_an_active_rule_is_immutable(shop: Rest) -> None:
    made = await rule(shop, assesses="ORDER", nameSpace={"equals": str(uuid4())}, fulfilments=FLAT)
    check_refused(await shop("PUT", f"{RULES}/{made}", json=RULE), 409, "Conflict")
    check_refused(await shop("POST", f"{RULES}/{made}/test"), 409, "Conflict")
    assert (await shop("POST", f"{RULES}/{made}/deactivate")).json["status"] == "INACTIVE"
    check_refused(await shop("POST", f"{RULES}/{made}/activate"), 409, "Conflict")


@pytest.mark.parametrize(
    ("economy", "params"),
    [
        ({"name": "e", "pointsPerUnit": -1}, ["pointsPerUnit"]),
        ({"name": "e", "expiry": {"age": "P9Y"}}, ["expiry.age"]),
        ({"pointsPerUnit": 1}, ["name"]),
        ({"name": "e", "levels": [{"spend": 0, "pointsPerUnit": 1}]}, ["levels[0].spend"]),
    ],
)
async def test_a_bad_economy_is_refused(shop: Rest, economy: dict[str, Any], params: list[str]) -> None:
    check_refused(await shop("POST", ECONOMIES, json=economy), 400, "BadRequest", *params)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{CUSTOMERS}/{NOBODY}"),
        ("PATCH", f"{CUSTOMERS}/nobody"),
        ("GET", f"{CUSTOMERS}/{NOBODY}/ledger"),
        ("GET", f"{CUSTOMERS}/{NOBODY}/statement"),
        ("GET", f"{CUSTOMERS}/{NOBODY}/events"),
        ("GET", f"{RULES}/{NOBODY}"),
        ("POST", f"{RULES}/{NOBODY}/backtest"),
        ("POST", f"/api/v1/redemptions/{NOBODY}/confirm"),
        ("POST", f"/api/v1/redemptions/{NOBODY}/void"),
        ("POST", f"/api/v1/orders/{NOBODY}/reverse"),
        ("POST", f"/api/v1/failures/{NOBODY}/retry"),
    ],
)
async def test_unknown_resources_are_404(shop: Rest, method: str, target: str) -> None:
    check_refused(await shop(method, target), 404, "NotFound")


@pytest.mark.parametrize(
    ("query", "param"),
    [("pageSize=0", "pageSize"), ("pageSize=101", "pageSize"), ("after=x", "after")],
)
@pytest.mark.parametrize("path", [CUSTOMERS, RULES, "/api/v1/failures"])
async def test_a_bad_page_is_refused(shop: Rest, path: str, query: str, param: str) -> None:
    check_refused(await shop("GET", f"{path}?{query}"), 400, "BadRequest", param)


async def test_a_bad_profile_is_refused(shop: Rest, ada: str) -> None:
    await send_event(shop, "action", ada)
    changes = {"emailAddress": "nobody", "dateOfBirth": "2099-01-01", "firstName": "a" * 257}
    answer = await shop("PATCH", f"{CUSTOMERS}/{ada}", json=changes)
    check_refused(answer, 400, "BadRequest", "firstName", "emailAddress", "dateOfBirth")
    stale = await shop("PATCH", f"{CUSTOMERS}/{ada}", json={"firstName": "Ada"}, headers={"if-match": '"7"'})
    check_refused(stale, 412, "Conflict")
    assert (await shop("GET", f"{CUSTOMERS}/{ada}")).json["firstName"] == ""
