"""The samples of document 003 through a real Envoy: names, nesting, JSON types and statuses exactly."""

from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance
from tests.e2e.loyalty_users import (
    CALLS,
    CUSTOMERS,
    EVENTS,
    RESULT,
    by_key,
    check_refused,
    customer,
    rule,
    sample,
    send_event,
)
from tests.e2e.rest import Rest

ASYNCHRONOUS = ("action", "order", "transaction")


@pytest_asyncio.fixture
async def shop(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return by_key(session, system)


@pytest.fixture
def ada() -> str:
    return str(uuid4())


@pytest.mark.parametrize("block", ASYNCHRONOUS)
async def test_a_new_event_is_answered_with_its_ids(shop: Rest, system: Instance, ada: str, block: str) -> None:
    sent = sample(block, ada)
    made = await shop("POST", f"{EVENTS}/{CALLS[block]}", json=sent)
    assert made.status == 200, made.json
    assert made.headers["content-type"] == "application/json"
    assert made.json == {
        "eventId": sent["eventId"],
        "customerId": ada,
        "tenantId": system.demo["tenant_id"],
        "isExisting": False,
    }
    assert list(made.json) == RESULT


@pytest.mark.parametrize("block", [*ASYNCHRONOUS, "basket"])
async def test_the_same_event_again_is_existing_and_the_first_body_wins(shop: Rest, ada: str, block: str) -> None:
    sent = sample(block, ada)
    first = await shop("POST", f"{EVENTS}/{CALLS[block]}", json=sent)
    other = sent | {"customerId": str(uuid4()), "eventId": sent["eventId"].upper()}
    again = await shop("POST", f"{EVENTS}/{CALLS[block]}", json=other)
    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json | {"isExisting": True}


async def test_an_event_id_names_one_event_over_all_calls(shop: Rest, ada: str) -> None:
    sent = sample("action", ada)
    await shop("POST", f"{EVENTS}/actions", json=sent)
    again = await shop("POST", f"{EVENTS}/orders", json=sample("order", ada, eventId=sent["eventId"]))
    assert (again.status, again.json["isExisting"]) == (200, True)
    assert (await customer(shop, ada))["lifetimeSpend"] == 0


async def test_a_basket_that_matches_nothing_has_no_outcomes(shop: Rest, ada: str) -> None:
    made = await send_event(shop, "basket", ada, nameSpace=f"Nothing.{ada}")
    assert made.status == 200, made.json
    assert list(made.json) == [*RESULT, "outcomes"]
    assert made.json["outcomes"] == []


async def test_a_redemption_and_its_repeat_have_the_same_balances(shop: Rest, ada: str) -> None:
    await rule(
        shop,
        assesses="ACTION",
        nameSpace={"equals": f"Gift.{ada}"},
        fulfilments=[{"type": "POINTS_FLAT", "points": 100}],
    )
    await send_event(shop, "action", ada, nameSpace=f"Gift.{ada}")
    sent = sample("redemption", ada, quantity=30)
    made = await shop("POST", f"{EVENTS}/redemptions", json=sent)
    assert made.status == 200, made.json
    assert list(made.json) == ["startingBalance", "pendingBalance", *RESULT]
    assert (made.json["startingBalance"], made.json["pendingBalance"], made.json["isExisting"]) == (100, 70, False)
    again = await shop("POST", f"{EVENTS}/redemptions", json=sent)
    assert again.json == made.json | {"isExisting": True}
    assert (await customer(shop, ada))["balance"] == 70


async def test_a_redemption_over_the_balance_or_of_a_locked_account_is_400_and_stores_nothing(
    shop: Rest, ada: str
) -> None:
    await send_event(shop, "action", ada)
    check_refused(await send_event(shop, "redemption", ada), 400, "InsufficientBalance")
    locked = await shop("PATCH", f"{CUSTOMERS}/{ada}", json={"isAccountLocked": True})
    assert locked.json["isAccountLocked"] is True
    check_refused(await send_event(shop, "redemption", ada), 400, "AccountLocked")
    events = (await shop("GET", f"{CUSTOMERS}/{ada}/events")).json["events"]
    assert [list({"action", "redemption"} & each.keys()) for each in events] == [["action"]]


async def test_a_redemption_of_an_unknown_customer_is_over_its_balance(shop: Rest, ada: str) -> None:
    check_refused(await send_event(shop, "redemption", ada), 400, "InsufficientBalance")


async def test_a_bearer_token_alone_suffices_and_must_agree_with_the_key(shop: Rest, rest: Rest, ada: str) -> None:
    bearer = {"authorization": rest.headers["authorization"]}
    alone = Rest(shop.session, shop.base, bearer)
    assert (await send_event(alone, "action", ada)).status == 200
    both = Rest(shop.session, shop.base, shop.headers | bearer)
    assert (await send_event(both, "action", ada)).status == 200
    wrong = Rest(shop.session, shop.base, shop.headers | {"authorization": "Bearer nobody"})
    check_refused(await send_event(wrong, "action", ada), 401, "Unauthorized")


@pytest.mark.parametrize("header", ["x-tenant-id", "x-api-key", "x-api-secret"])
async def test_a_wrong_or_missing_header_is_401(shop: Rest, ada: str, header: str) -> None:
    for value in (None, str(uuid4())):
        answer = await shop("POST", f"{EVENTS}/actions", json=sample("action", ada), headers={header: value})
        check_refused(answer, 401, "Unauthorized")


@pytest.mark.parametrize("call", CALLS.values())
async def test_the_five_paths_only_take_posts(shop: Rest, call: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = await shop(method, f"{EVENTS}/{call}")
        check_refused(answer, 405, "BadRequest")
        assert answer.headers["allow"] == "POST"
