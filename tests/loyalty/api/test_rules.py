"""The services of rules, economies, backtests and failures."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict

from tests.loyalty.api.world import FLAT, World
from tests.workflow.api.world import refusal_of
from tidings.loyalty.v1 import backtests_pb2, economies_pb2, failures_pb2, rules_pb2

ORDER_RULE = {
    "name": "Everything",
    "description": "what an order can bring",
    "assesses": "ORDER",
    "nameSpace": {"beginsWith": "Shop"},
    "condition": "event.order.total > 1.0",
    "effectiveFrom": "2026-01-01T00:00:00.000Z",
    "effectiveTo": "2027-01-01T00:00:00.000Z",
    "fulfilments": [
        {"type": "POINTS_FLAT", "points": 10.0},
        {"type": "POINTS_PER_UNIT", "points": 0.5, "base": "REWARDS_ELIGIBLE_TOTAL"},
        {"type": "ADD_TO_SEGMENT", "segment": "a", "expiry": "P12M"},
        {"type": "REMOVE_FROM_SEGMENT", "segment": "b"},
        {"type": "SEND_EMAIL", "email": {"subject": "Hello", "text": "You", "html": "<p>", "templateId": "t"}},
        {"type": "CALL_WEBHOOK", "webhook": {"url": "https://example.com/hook"}},
        {"type": "EMIT_TOPIC", "topic": "customer.rewarded"},
    ],
}
BASKET_RULE = {
    "name": "Everything",
    "assesses": "BASKET",
    "nameSpace": {"equals": "Shop"},
    "fulfilments": [
        {"type": "VOUCHER", "code": "V", "amount": 5.25},
        {"type": "BASKET_DISCOUNT_PERCENT", "percent": 12.5},
        {"type": "BASKET_DISCOUNT_AMOUNT", "amount": 1.0},
        {"type": "DELIVERY_DISCOUNT_PERCENT", "percent": 100.0},
        {"type": "DELIVERY_DISCOUNT_AMOUNT", "amount": 2.0},
        {
            "type": "PRODUCT_DISCOUNT_PERCENT",
            "percent": 1.0,
            "products": {"skus": ["s"], "productIds": ["p"], "vendors": ["v"], "tags": ["t"]},
        },
        {"type": "PRODUCT_DISCOUNT_AMOUNT", "amount": 0.01},
    ],
}
ECONOMY = {
    "name": "Points",
    "pointsPerUnit": 1.5,
    "base": "REWARDS_ELIGIBLE_TOTAL",
    "levels": [{"name": "Gold", "spend": 1000.0, "pointsPerUnit": 2.25}],
    "expiry": {"inactivity": "P1Y"},
    "effectiveFrom": "2026-01-01T00:00:00.000Z",
    "effectiveTo": "2027-01-01T00:00:00.000Z",
    "startAfterDays": 14,
    "currencyCode": "EUR",
}


@pytest.mark.parametrize("fields", [ORDER_RULE, BASKET_RULE], ids=["order", "basket"])
async def test_a_rule_is_returned_as_it_was_written(world: World, fields: dict[str, Any]) -> None:
    created = await world.make_rule(**fields)
    answered = MessageToDict(created)
    for name in ("ruleId", "createdAt", "changedAt"):
        assert answered.pop(name)
    assert answered == {**fields, "status": "CONFIGURE"}
    assert await world.call(world.rules.GetRule, rules_pb2.GetRuleRequest(rule_id=created.rule_id)) == created


async def test_an_economy_is_returned_as_it_was_written(world: World) -> None:
    request = ParseDict({"economy": ECONOMY}, economies_pb2.CreateEconomyRequest())
    created = await world.call(world.economies.CreateEconomy, request)
    answered = MessageToDict(created)
    for name in ("economyId", "createdAt", "changedAt"):
        assert answered.pop(name)
    assert answered == {**ECONOMY, "status": "CONFIGURE"}
    listed = await world.call(world.economies.ListEconomies, economies_pb2.ListEconomiesRequest())
    assert list(listed.economies) == [created]
    assert not listed.HasField("next")


@pytest.mark.parametrize("name_space", [{}, {"equals": ""}])
async def test_an_empty_name_space_is_refused(world: World, name_space: dict[str, str]) -> None:
    refused = await refusal_of(world.make_rule(nameSpace=name_space))
    assert list(refused.fields) == ["nameSpace"]


@pytest.mark.parametrize("expiry", [{}, {"age": ""}])
async def test_an_expiry_without_a_period_is_refused(world: World, expiry: dict[str, str]) -> None:
    request = ParseDict({"economy": {**ECONOMY, "expiry": expiry}}, economies_pb2.CreateEconomyRequest())
    refused = await refusal_of(world.call(world.economies.CreateEconomy, request))
    assert list(refused.fields) == ["expiry"]


@pytest.mark.parametrize("products", [{}, {"skus": []}, {"skus": [], "tags": []}])
async def test_products_that_name_nothing_are_refused(world: World, products: dict[str, Any]) -> None:
    discount = {"type": "PRODUCT_DISCOUNT_PERCENT", "percent": 5.0, "products": products}
    refused = await refusal_of(world.make_rule(assesses="BASKET", fulfilments=[discount]))
    assert list(refused.fields) == ["fulfilments[0].products"]


async def test_a_rule_is_replaced_by_its_version_until_it_is_active(world: World) -> None:
    created = await world.make_rule()

    def put(if_match: str = "*", **fields: Any) -> Any:
        rule = {"name": "r", "assesses": "ORDER", "fulfilments": FLAT, **fields}
        request = ParseDict({"ruleId": created.rule_id, "rule": rule}, rules_pb2.UpdateRuleRequest())
        return world.call(world.rules.UpdateRule, request, if_match=if_match)

    assert (await put(name="second")).name == "second"
    assert (await refusal_of(put('"1"', name="third"))).code == grpc.StatusCode.ABORTED
    assert list((await refusal_of(put(ruleId=str(uuid4())))).fields) == ["ruleId"]
    await world.call(world.rules.TestRule, rules_pb2.TestRuleRequest(rule_id=created.rule_id))
    assert (await put('"3"', name="third")).status == rules_pb2.Rule.Status.TEST
    await world.call(world.rules.ActivateRule, rules_pb2.ActivateRuleRequest(rule_id=created.rule_id))
    assert (await refusal_of(put())).code == grpc.StatusCode.FAILED_PRECONDITION


async def test_one_idempotency_key_creates_one_rule(world: World) -> None:
    headers = {"idempotency_key": "k-1"}
    first, again = [await world.make_rule(headers=headers) for _ in range(2)]
    assert first == again
    refused = await refusal_of(world.make_rule(headers=headers, name="other"))
    assert refused.code == grpc.StatusCode.ALREADY_EXISTS


async def test_rules_are_listed_by_state(world: World) -> None:
    draft, active = (await world.make_rule()).rule_id, await world.rule()

    async def listed(status: str) -> list[str]:
        request = rules_pb2.ListRulesRequest(status=status)
        return [rule.rule_id for rule in (await world.call(world.rules.ListRules, request)).rules]

    assert (await listed(""), await listed("ACTIVE")) == ([draft, active], [active])
    refused = await refusal_of(world.call(world.rules.ListRules, rules_pb2.ListRulesRequest(status="active")))
    assert list(refused.fields) == ["status"]


async def test_the_rule_shows_the_error_of_its_condition(world: World, ada: str) -> None:
    rule_id = await world.rule(condition="customer.attributes['tier'] == 'one'")
    await world.send("order", {"total": 1}, ada)
    assert (await world.customer(ada)).balance == 0
    rule = await world.call(world.rules.GetRule, rules_pb2.GetRuleRequest(rule_id=rule_id))
    assert "tier" in rule.last_condition_error


async def test_a_streamed_backtest_ends_with_the_result_of_the_unary_call(world: World, ada: str) -> None:
    for total in (1, 2, 3):
        await world.send("order", {"total": total}, ada)
    rule_id = (await world.make_rule(condition="event.order.total >= 2.0")).rule_id
    span = backtests_pb2.BacktestRange(examples=1)
    answered = await world.call(
        world.backtests.RunBacktest, backtests_pb2.RunBacktestRequest(rule_id=rule_id, range=span)
    )
    request = backtests_pb2.StreamBacktestRequest(rule_id=rule_id, range=span)
    streamed = [each.backtest async for each in world.call(world.backtests.StreamBacktest, request)]
    assert streamed[-1] == answered
    assert (answered.events_assessed, answered.events_matched, answered.points) == (3, 2, 20)
    assert answered.is_complete


@pytest.mark.parametrize("text", ["{{ customer.first", "{% set a = 1 %}", "{{ ''.__class__ }}()" * 2_000])
async def test_an_invalid_mail_template_is_refused(world: World, text: str) -> None:
    mail = {"type": "SEND_EMAIL", "email": {"subject": "Thanks", "text": text}}
    refused = await refusal_of(world.make_rule(fulfilments=[mail]))
    assert list(refused.fields) == ["fulfilments[0].email"]


async def test_a_fulfilment_that_fails_is_retried_by_the_call_and_by_a_repeat(world: World, ada: str) -> None:
    """Ada wants mail and has no address at first."""
    mail = {"type": "SEND_EMAIL", "email": {"subject": "Thanks", "text": "For your order"}}
    rule_id = await world.rule(fulfilments=[mail, *FLAT])
    await world.send("action", {}, ada)
    await world.patch(ada, optinEmail=True)
    event_id = str(uuid4())
    await world.send("order", {"total": 1}, ada, eventId=event_id)
    assert (await world.customer(ada)).balance == 10  # what can be given is given

    async def failures() -> list[Any]:
        return list((await world.call(world.failures.ListFailures, failures_pb2.ListFailuresRequest())).failures)

    [failed] = await failures()
    assert (failed.source_event_id, failed.rule_id, failed.customer_id) == (event_id, rule_id, ada)
    retry = failures_pb2.RetryFailureRequest(event_id=failed.event_id)
    assert (await world.call(world.failures.RetryFailure, retry)).HasField("retried_at")
    assert (await refusal_of(world.call(world.failures.RetryFailure, retry))).code == (
        grpc.StatusCode.FAILED_PRECONDITION
    )
    await world.customer(ada)
    assert len(await failures()) == 2  # it has failed again
    await world.patch(ada, emailAddress="ada@example.com")
    assert (await world.send("order", {"total": 1}, ada, eventId=event_id)).is_existing
    customer = await world.customer(ada)
    assert (customer.balance, customer.lifetime_spend) == (10, 1)
    assert [each.HasField("retried_at") for each in await failures()] == [True, True]


async def test_economies_are_listed_page_by_page(world: World) -> None:
    made = []
    for number in range(5):
        new = ParseDict({"economy": {**ECONOMY, "name": f"economy {number}"}}, economies_pb2.CreateEconomyRequest())
        made.append((await world.call(world.economies.CreateEconomy, new)).economy_id)
    request = economies_pb2.ListEconomiesRequest(page_size=2)
    pages: list[list[str]] = []
    while not pages or request.after:
        page = await world.call(world.economies.ListEconomies, request)
        pages.append([each.economy_id for each in page.economies])
        request.after = page.next
    assert pages == [made[:2], made[2:4], made[4:]]
