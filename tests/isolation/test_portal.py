"""Holders of portal links: one tenant's, narrowed to one application's subscriptions where the link is."""

import json

import pytest

from tests.isolation.conftest import Land
from tests.isolation.contract import BINDINGS, OPERATORS, TENANTS, Binding
from tests.isolation.entries import ENTRIES
from tests.isolation.entries.collector import MARK
from tests.isolation.entry import Names
from tests.isolation.test_walk import ids_of, same
from tests.isolation.world import NARROW_PORTAL, OWN_APPLICATION, PORTAL, refilled
from tidings_server.rpc.method import rpc_of
from tidings_server.rpc.required_scopes import ANY, RULES_READ, RULES_WRITE

SUBSCRIPTIONS = "/tidings.push.v1.SubscriptionService"
NARROWED = [path for path in TENANTS if rpc_of(path).options.by_application]
"""RPCs that keep to an application's subscriptions."""
OTHERS = [path for path in TENANTS if path not in NARROWED and rpc_of(path).required_scope != ANY]
REFUSED = {"PERMISSION_DENIED", "UNAUTHENTICATED"}
"""Document 004 takes no bearer token, so to it the holder is nobody."""


@pytest.mark.parametrize("path", NARROWED)
def test_another_applications_subscription_answers_as_an_unknown_one(land: Land, path: str) -> None:
    theirs, nobodys = ids_of(land, path)
    request = ENTRIES[path].request
    answers = [land.world.call(NARROW_PORTAL, path, refilled(request, ids)) for ids in (theirs, nobodys)]
    assert same(answers[0], theirs) == same(answers[1], nobodys)
    assert MARK not in answers[0].text.replace(f"{MARK}-subscription", "")
    assert answers[0].is_good != isinstance(ENTRIES[path], Names) or path.endswith("ListDeliveryAttempts"), answers


@pytest.mark.parametrize("binding", [each for each in BINDINGS if each.rpc.path in NARROWED], ids=str)
def test_another_applications_subscription_answers_as_an_unknown_one_over_rest(land: Land, binding: Binding) -> None:
    theirs, nobodys = ids_of(land, binding.rpc.path)
    request = ENTRIES[binding.rpc.path].request
    answers = [land.world.ask(NARROW_PORTAL, binding, refilled(request, ids)) for ids in (theirs, nobodys)]
    assert same(answers[0], theirs) == same(answers[1], nobodys)


@pytest.mark.parametrize("path", OTHERS)
def test_everything_else_is_denied_to_who_is_narrowed(land: Land, path: str) -> None:
    owners, _ = ids_of(land, path)
    answer = land.world.call(NARROW_PORTAL, path, refilled(ENTRIES[path].request, owners))
    assert answer.status in REFUSED, answer


def test_a_selection_of_fields_is_as_narrow_as_what_it_selects_from(land: Land) -> None:
    path = "/tidings.push.v1.SelectionService/SelectFields"
    theirs, nobodys = ids_of(land, path)
    request = ENTRIES[path].request
    answers = [land.world.call(NARROW_PORTAL, path, refilled(request, ids)) for ids in (theirs, nobodys)]
    assert same(answers[0], theirs) == same(answers[1], nobodys)
    assert not answers[0].is_good


@pytest.mark.parametrize("path", OPERATORS)
def test_a_holder_is_no_operator(land: Land, path: str) -> None:
    shown = land.world.callers[PORTAL]["push"]
    assert land.world.call(PORTAL, path, {}, headers=shown).status == "UNAUTHENTICATED"


@pytest.mark.parametrize("path", [path for path in TENANTS if rpc_of(path).required_scope in {RULES_READ, RULES_WRITE}])
def test_rules_are_denied_to_every_holder(land: Land, path: str) -> None:
    owners, _ = ids_of(land, path)
    assert land.world.call(PORTAL, path, refilled(ENTRIES[path].request, owners)).status in REFUSED


def test_a_holder_sees_the_tenant_and_a_narrowed_one_the_subscriptions_of_its_application(land: Land) -> None:
    world = land.world
    own = "0123456789abcdef0123456789abcdaa"
    made = {"id": own, "endpoint": "https://example.com/hook", "topics": ["order.created"], "app_id": OWN_APPLICATION}
    world.own(f"{SUBSCRIPTIONS}/CreateSubscription", {"subscription": made})
    listed = f"{SUBSCRIPTIONS}/ListSubscriptions"
    seen = {
        caller: {each["id"] for each in json.loads(world.call(caller, listed, {"page_size": 100}).text)["items"]}
        for caller in (PORTAL, NARROW_PORTAL)
    }
    assert seen[NARROW_PORTAL] == {own}
    assert land.owned["tidings.push.v1"]["push subscription"] in seen[PORTAL]
    assert world.call(NARROW_PORTAL, f"{SUBSCRIPTIONS}/GetSubscription", {"id": own}).is_good
    update = {"id": own, "subscription": {**made, "topics": ["*"]}}
    assert world.call(NARROW_PORTAL, f"{SUBSCRIPTIONS}/UpdateSubscription", update).status == "PERMISSION_DENIED"


def test_a_link_shows_nothing_of_another_tenant(land: Land) -> None:
    """It says for itself which tenant it is of: naming another is refused."""
    headers = {**land.world.callers[PORTAL]["collector"], "x-twc-tenant": "another-tenant"}
    search = "/tidings.collector.v1.EventService/SearchEvents"
    assert land.world.call(PORTAL, search, {}, headers=headers).status == "PERMISSION_DENIED"
