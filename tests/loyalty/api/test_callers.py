"""Permissions of callers, and the errors of gRPC clients."""

from uuid import uuid4

import grpc
import pytest

from tests.loyalty.api.world import World
from tests.workflow.api.world import refusal_of
from tidings.loyalty.v1 import backtests_pb2, customers_pb2, ledger_pb2, rules_pb2


async def test_a_bad_field_is_named_from_the_resource_on(world: World, ada: str) -> None:
    refused = await refusal_of(world.send("order", {"total": -1, "currencyCode": "?"}, ada))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert sorted(refused.fields) == ["order.currencyCode", "order.total"]


async def test_a_redemption_without_enough_points_is_a_failed_precondition(world: World, ada: str) -> None:
    refused = await refusal_of(world.send("redemption", {"quantity": 1}, ada))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_BALANCE")
    await world.send("action", {}, ada)
    await world.patch(ada, isAccountLocked=True)
    refused = await refusal_of(world.send("redemption", {"quantity": 1}, ada))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ACCOUNT_LOCKED")


async def test_reading_needs_a_narrower_scope_than_writing(world: World, ada: str) -> None:
    await world.send("action", {}, ada)
    assert (await world.customer(ada, by="reader")).customer_id == ada
    for call in (
        world.send("action", {}, ada, by="reader"),
        world.patch(ada, by="reader", firstName="Ada"),
        world.make_rule(by="reader"),
    ):
        assert (await refusal_of(call)).code == grpc.StatusCode.PERMISSION_DENIED


async def test_resources_of_another_tenant_are_not_found(world: World, ada: str) -> None:
    rule_id = await world.rule()
    redemption_id = str(uuid4())
    for _ in range(3):
        await world.send("order", {"orderId": "o-1", "total": 1}, ada)
    await world.send("redemption", {"quantity": 5, "hold": True}, ada, eventId=redemption_id)
    confirm = ledger_pb2.ConfirmRedemptionRequest(event_id=redemption_id)
    calls = [
        (world.customers.GetCustomer, customers_pb2.GetCustomerRequest(customer_id=ada)),
        (world.customers.ListCustomerEvents, customers_pb2.ListCustomerEventsRequest(customer_id=ada)),
        (world.ledger.ListEntries, ledger_pb2.ListEntriesRequest(customer_id=ada)),
        (world.ledger.GetStatement, ledger_pb2.GetStatementRequest(customer_id=ada)),
        (world.ledger.ConfirmRedemption, confirm),
        (world.ledger.ReverseOrder, ledger_pb2.ReverseOrderRequest(order_id="o-1")),
        (world.rules.GetRule, rules_pb2.GetRuleRequest(rule_id=rule_id)),
        (world.rules.DeactivateRule, rules_pb2.DeactivateRuleRequest(rule_id=rule_id)),
        (world.backtests.RunBacktest, backtests_pb2.RunBacktestRequest(rule_id=rule_id)),
    ]
    for rpc, request in calls:
        assert (await refusal_of(world.call(rpc, request, by="stranger"))).code == grpc.StatusCode.NOT_FOUND
    listed = await world.call(world.customers.ListCustomers, customers_pb2.ListCustomersRequest(), by="stranger")
    assert list(listed.customers) == []
    assert (await world.call(world.ledger.ConfirmRedemption, confirm)).quantity == 5


async def test_the_same_ids_are_free_in_another_tenant(world: World, ada: str) -> None:
    event_id = str(uuid4())
    for by in ("shop", "stranger"):
        created = await world.send("action", {}, ada, by=by, eventId=event_id)
        assert not created.is_existing
    assert (await world.customer(ada)).tenant_id != (await world.customer(ada, by="stranger")).tenant_id


async def test_the_id_of_an_entry_reveals_nothing_about_other_tenants(world: World, ada: str) -> None:
    await world.rule()
    await world.send("order", {"total": 1}, ada)
    [entry], again = [
        (await world.call(world.ledger.ListEntries, ledger_pb2.ListEntriesRequest(customer_id=ada))).entries
        for _ in range(2)
    ]
    assert [each.entry_id for each in again] == [entry.entry_id]
    assert not entry.entry_id.isdecimal()


async def test_a_page_of_another_tenant_is_refused(world: World) -> None:
    for _ in range(2):
        await world.make_rule()
    listed = await world.call(world.rules.ListRules, rules_pb2.ListRulesRequest(page_size=1))
    assert listed.HasField("next")
    foreign = rules_pb2.ListRulesRequest(after=listed.next)
    assert list((await refusal_of(world.call(world.rules.ListRules, foreign, by="stranger"))).fields) == ["after"]


@pytest.mark.parametrize("quantity", [2**31 - 1, 1])
async def test_a_refused_redemption_leaves_the_event_id_free(world: World, ada: str, quantity: int) -> None:
    event_id = str(uuid4())
    await refusal_of(world.send("redemption", {"quantity": quantity}, ada, eventId=event_id))
    assert not (await world.send("action", {}, ada, eventId=event_id)).is_existing
