"""The example scheme over REST: ten rules and an economy, and one customer's points, with the arithmetic."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import ROOT, Instance
from tests.e2e.loyalty_users import CUSTOMERS, ECONOMIES, RULES, by_key, customer, make, send_event
from tests.e2e.rest import Rest

EXAMPLES = ROOT / "examples/loyalty"


@pytest_asyncio.fixture
async def scheme(session: aiohttp.ClientSession, own: Instance) -> AsyncIterator[Rest]:
    """An instance with the example scheme, on each kind of database."""
    shop = by_key(session, own)
    await make(shop, ECONOMIES, "economyId", json.loads((EXAMPLES / "economy.json").read_text()))
    rules = sorted((EXAMPLES / "rules").glob("*.json"))
    assert len(rules) == 10
    for path in rules:
        await make(shop, RULES, "ruleId", json.loads(path.read_text()))
    yield shop


@pytest.fixture
def ada() -> str:
    return str(uuid4())


async def balance(shop: Rest, who: str) -> int:
    return int((await customer(shop, who))["balance"])


async def test_the_scheme_runs(scheme: Rest, ada: str) -> None:
    await send_event(scheme, "action", ada, nameSpace="Customer.Registration")
    assert await balance(scheme, ada) == 500
    await send_event(scheme, "action", ada, nameSpace="Customer.Registration")
    assert await balance(scheme, ada) == 500  # once
    for _ in range(4):
        await send_event(scheme, "action", ada, nameSpace="Customer.Referral")
    assert await balance(scheme, ada) == 500 + 3 * 200
    await send_event(scheme, "action", ada, nameSpace="Survey.Autumn", count=12)
    await send_event(scheme, "action", ada, nameSpace="Survey.Autumn", count=9)
    assert await balance(scheme, ada) == 1_100 + 50

    await send_event(scheme, "order", ada, orderId="o-1", total=99.99)
    assert await balance(scheme, ada) == 1_150 + 99
    await send_event(scheme, "order", ada, orderId="o-2", total=100, campaign="SUMMER")
    assert await balance(scheme, ada) == 1_249 + 100 + 100
    await send_event(scheme, "order", ada, orderId="o-3", total=100, rewardsEligibleTotal=80.5, nameSpace="Order.Bonus")
    assert await balance(scheme, ada) == 1_449 + 100 + 80
    await send_event(scheme, "transaction", ada, source="CARD", total=100.01)
    assert await balance(scheme, ada) == 1_629 + 100 + 50
    await send_event(scheme, "order", ada, orderId="o-4", total=600)  # 99.99 + 100 + 100 + 100.01 + 600 = 1,000
    found = await customer(scheme, ada)
    assert (found["balance"], found["lifetimeSpend"]) == (1_779 + 600 + 1_000, 1_000)
    assert found["segments"] == ["gold", "members"]
    await send_event(scheme, "order", ada, orderId="o-5", total=10)  # the fifth order, at the rate of Gold
    assert await balance(scheme, ada) == 3_379 + 15 + 250


async def test_a_basket_is_answered_with_its_outcomes(scheme: Rest, ada: str) -> None:
    items = [{"basketItemId": "a", "quantity": 1, "tags": ["sale"]}, {"basketItemId": "b", "quantity": 1}]
    basket = {"basketTotal": 120, "basketItems": items}
    await send_event(scheme, "order", ada, total=1_000)
    answer = await send_event(scheme, "basket", ada, **basket)
    outcomes = [
        {name: one[name] for name in one if name not in {"ruleId", "ruleName"}} for one in answer.json["outcomes"]
    ]
    assert outcomes == [
        {"type": "PointsPotential", "value": 180},
        {"type": "BasketDiscountPercent", "value": 10},
        {"type": "DeliveryDiscountPercent", "value": 100},
        {"type": "ProductDiscountAmount", "value": 5, "items": {"basketItemIds": ["a"]}},
        {"type": "Voucher", "value": 10, "code": "COME-BACK"},
    ]
    before = await balance(scheme, ada)
    assert (await send_event(scheme, "basket", str(uuid4()), basketTotal=74, basketItems=items)).json["outcomes"] == []
    assert await balance(scheme, ada) == before


async def test_a_reversed_order_takes_back_its_points(scheme: Rest, ada: str) -> None:
    """Ada earns 300 for o-1, spends 120 of them on o-1, and both are reversed; the 100 of o-2 are spent and owed."""
    await send_event(scheme, "order", ada, orderId=f"1-{ada}", total=300)
    spent = await send_event(scheme, "redemption", ada, quantity=120, externalReference=f"1-{ada}")
    assert (spent.json["startingBalance"], spent.json["pendingBalance"]) == (300, 180)
    reversed_ = await scheme("POST", f"/api/v1/orders/1-{ada}/reverse")
    assert reversed_.status == 200, reversed_.json
    again = await scheme("POST", f"/api/v1/orders/1-{ada}/reverse")
    assert again.json == reversed_.json | {"isExisting": True}
    found = await customer(scheme, ada)
    assert (found["balance"], found["debt"], found["lifetimeSpend"]) == (0, 0, 0)

    await send_event(scheme, "order", ada, orderId=f"2-{ada}", total=100)
    await send_event(scheme, "redemption", ada, quantity=100, externalReference="a mug")
    await send_event(scheme, "order", ada, orderId=f"2-{ada}", total=100, orderStatus="Returned")
    found = await customer(scheme, ada)
    assert (found["balance"], found["debt"]) == (0, 100)
    await send_event(scheme, "order", ada, orderId=f"3-{ada}", total=130)
    found = await customer(scheme, ada)
    assert (found["balance"], found["debt"]) == (30, 0)


async def test_held_points_are_confirmed_or_voided(scheme: Rest, ada: str) -> None:
    await send_event(scheme, "order", ada, total=100)
    held, kept = str(uuid4()), str(uuid4())
    for event_id in (held, kept):
        await send_event(scheme, "redemption", ada, quantity=40, hold=True, eventId=event_id)
    assert (await send_event(scheme, "redemption", ada, quantity=21)).json["code"] == "InsufficientBalance"
    path = "/api/v1/redemptions"
    assert (await scheme("POST", f"{path}/{held}/void")).json["status"] == "VOIDED"
    assert (await scheme("POST", f"{path}/{kept}/confirm")).json["status"] == "CONFIRMED"
    assert (await scheme("POST", f"{path}/{kept}/confirm")).status == 200
    assert (await scheme("POST", f"{path}/{kept}/void")).status == 409
    assert (await scheme("GET", f"{path}/{held}")).json["status"] == "VOIDED"
    assert await balance(scheme, ada) == 60


async def test_concurrent_redemptions_cannot_spend_the_same_points(scheme: Rest, ada: str) -> None:
    """Of thirty concurrent redemptions of 7 points, 100 points suffice for fourteen."""
    await send_event(scheme, "order", ada, total=100)
    answers = await asyncio.gather(*(send_event(scheme, "redemption", ada, quantity=7) for _ in range(30)))
    passed = sorted((a.json["startingBalance"] for a in answers if a.status == 200), reverse=True)
    assert passed == [100 - 7 * at for at in range(14)]
    assert {a.json["code"] for a in answers if a.status != 200} == {"InsufficientBalance"}
    found = await customer(scheme, ada)
    assert (found["balance"], found["debt"]) == (2, 0)


async def test_the_ledger_and_past_statements_agree(scheme: Rest, ada: str) -> None:
    await send_event(scheme, "order", ada, orderId=f"1-{ada}", total=100)
    await customer(scheme, ada)
    before = (await scheme("GET", f"{CUSTOMERS}/{ada}/statement")).json
    await send_event(scheme, "redemption", ada, quantity=30)
    await send_event(scheme, "order", ada, orderId=f"2-{ada}", total=5)
    entries = await pages(scheme, f"{CUSTOMERS}/{ada}/ledger?pageSize=2", "entries")
    assert sum(entry["change"] for entry in entries) == entries[0]["balance"] == await balance(scheme, ada) == 75
    then = (await scheme("GET", f"{CUSTOMERS}/{ada}/statement?at={before['at']}")).json
    assert then == before
    assert (before["balance"], [lot["points"] for lot in before["lots"]]) == (100, [100])
    events = await pages(scheme, f"{CUSTOMERS}/{ada}/events?pageSize=2", "events")
    kinds = [next(kind for kind in ("order", "redemption", "points") if kind in event) for event in events]
    assert sorted(kinds) == ["order", "order", "points", "points", "points", "redemption"]


async def pages(shop: Rest, target: str, name: str) -> list[dict[str, Any]]:
    """All rows of a list, over all pages."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = await shop("GET", target + after)
        assert answer.status == 200, answer.json
        found += answer.json[name]
        if "next" not in answer.json:
            return found
        after = f"&after={answer.json['next']}"


async def test_a_rule_is_backtested_before_it_is_active(scheme: Rest, ada: str) -> None:
    for total in (10, 60, 70):
        await send_event(scheme, "order", ada, orderId=f"{total}-{ada}", total=total, nameSpace=f"Trial.{ada}")
    draft = {
        "name": "Large orders",
        "assesses": "ORDER",
        "nameSpace": {"equals": f"Trial.{ada}"},
        "condition": "event.order.total > 50.0 && counters.nth >= 2",
        "fulfilments": [{"type": "POINTS_FLAT", "points": 25}],
    }
    made = await scheme("POST", RULES, json=draft)
    before = await balance(scheme, ada)
    tried = await scheme("POST", f"{made.headers['location']}/backtest", json={"examples": 1})
    assert tried.status == 200, tried.json
    figures = [tried.json[name] for name in ("eventsAssessed", "eventsMatched", "customers", "points", "isComplete")]
    assert figures == [3, 2, 1, 50, True]
    assert [example["points"] for example in tried.json["examples"]] == [25]
    assert await balance(scheme, ada) == before

    await scheme("POST", f"{made.headers['location']}/test")
    await send_event(scheme, "order", ada, orderId=f"80-{ada}", total=80, nameSpace=f"Trial.{ada}")
    after = await balance(scheme, ada)
    assert after == before + 80  # base points alone
    [assessed] = (await scheme("GET", f"{made.headers['location']}/assessments")).json["assessments"]
    assert (assessed["isTest"], assessed["points"]) == (True, 25)
