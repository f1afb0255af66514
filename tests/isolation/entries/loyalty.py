"""The loyalty API: customers, their ledger, rules and economies."""

from collections.abc import Mapping
from typing import Any

from tests.isolation.entries.collector import MARK
from tests.isolation.entry import Call, Entry, Names, NamesNothing, Walked

PACKAGE = "tidings.loyalty.v1"
CUSTOMER = "0189aaaa-0000-4000-8000-00000000ada1"
VISITOR = "0189aaaa-0000-4000-8000-00000000b0b1"
"""A customer of the calling tenant: events of another tenant create a customer of its own."""
RULE: Mapping[str, Any] = {
    "name": MARK,
    "assesses": "ORDER",
    "fulfilments": [{"type": "POINTS_FLAT", "points": 1000}],
}
ECONOMY: Mapping[str, Any] = {"name": MARK, "points_per_unit": 1.0}


def event(event_id: str, customer_id: str = VISITOR, **block: Any) -> dict[str, Any]:
    """A good event of one block."""
    return {"event_id": event_id, "customer_id": customer_id, "name_space": "Shop", **block}


def order(order_id: str) -> dict[str, Any]:
    return {"order": {"order_id": order_id, "order_status": "Complete", "total": 10.0}}


def seed(call: Call, _receiver: str) -> Mapping[str, str]:
    rule = call(f"/{PACKAGE}.RuleService/CreateRule", {"rule": RULE})["ruleId"]
    call(f"/{PACKAGE}.RuleService/ActivateRule", {"rule_id": rule})
    economy = call(f"/{PACKAGE}.EconomyService/CreateEconomy", {"economy": ECONOMY})["economyId"]
    taken, held = "0189aaaa-0000-4000-8000-00000000e001", "0189aaaa-0000-4000-8000-00000000e002"
    call(f"/{PACKAGE}.EventService/CreateOrder", {"event": event(taken, CUSTOMER, **order(f"{MARK}-order"))})
    redemption = {"quantity": 5, "hold": True, "external_reference": MARK}
    call(f"/{PACKAGE}.EventService/CreateRedemption", {"event": event(held, CUSTOMER, redemption=redemption)})
    return {
        "rule": rule,
        "economy": economy,
        "customer": CUSTOMER,
        "taken loyalty event": taken,
        "redemption": held,
        "order": f"{MARK}-order",
    }


def of_customer() -> Names:
    return Names({"customer_id": "<customer>"})


ENTRIES: dict[str, Entry] = {
    "EventService/CreateAction": Names({"event": event("<taken loyalty event>", action={"amount": 1})}),
    "EventService/AssessBasket": NamesNothing(
        "stores nothing", {"event": event("0189aaaa-0000-4000-8000-00000000e003", basket={"basket_total": 1.0})}
    ),
    "EventService/CreateOrder": Names({"event": event("<taken loyalty event>", **order("<order>"))}),
    "EventService/CreateTransaction": Names({"event": event("<taken loyalty event>", transaction={"total": 1.0})}),
    "EventService/CreateRedemption": Names({"event": event("<taken loyalty event>", redemption={"quantity": 1})}),
    "CustomerService/GetCustomer": of_customer(),
    "CustomerService/UpdateCustomer": Names(
        {"customer_id": "<customer>", "customer": {"email_address": "a@b.example"}}
    ),
    "CustomerService/ListCustomers": NamesNothing("lists the caller's own"),
    "CustomerService/ListCustomerEvents": of_customer(),
    "LedgerService/ListEntries": of_customer(),
    "LedgerService/GetStatement": of_customer(),
    "LedgerService/GetRedemption": Names({"event_id": "<redemption>"}),
    "LedgerService/ConfirmRedemption": Names({"event_id": "<redemption>"}),
    "LedgerService/VoidRedemption": Names({"event_id": "<redemption>"}),
    "LedgerService/ReverseOrder": Names({"order_id": "<order>"}),
    "RuleService/CreateRule": NamesNothing("ids are the server's to give"),
    "RuleService/GetRule": Names({"rule_id": "<rule>"}),
    "RuleService/UpdateRule": Names({"rule_id": "<rule>", "rule": RULE}),
    "RuleService/ListRules": NamesNothing("lists the caller's own"),
    "RuleService/TestRule": Names({"rule_id": "<rule>"}),
    "RuleService/ActivateRule": Names({"rule_id": "<rule>"}),
    "RuleService/DeactivateRule": Names({"rule_id": "<rule>"}),
    "RuleService/ArchiveRule": Names({"rule_id": "<rule>"}),
    "RuleService/ListAssessments": Names({"rule_id": "<rule>"}),
    "EconomyService/CreateEconomy": NamesNothing("ids are the server's to give"),
    "EconomyService/GetEconomy": Names({"economy_id": "<economy>"}),
    "EconomyService/UpdateEconomy": Names({"economy_id": "<economy>", "economy": ECONOMY}),
    "EconomyService/ListEconomies": NamesNothing("lists the caller's own"),
    "EconomyService/TestEconomy": Names({"economy_id": "<economy>"}),
    "EconomyService/ActivateEconomy": Names({"economy_id": "<economy>"}),
    "EconomyService/DeactivateEconomy": Names({"economy_id": "<economy>"}),
    "EconomyService/ArchiveEconomy": Names({"economy_id": "<economy>"}),
    "BacktestService/FollowBacktest": Names({"rule_id": "<rule>", "from": "2026-01-01T00:00:00Z"}),
    "BacktestService/RunBacktest": Names({"rule_id": "<rule>", "range": {"from": "2026-01-01T00:00:00Z"}}),
    "BacktestService/StreamBacktest": Names({"rule_id": "<rule>", "range": {"from": "2026-01-01T00:00:00Z"}}),
    "FailureService/ListFailures": NamesNothing("lists the caller's own"),
    "FailureService/RetryFailure": Names({"event_id": "<taken loyalty event>"}),
}
UNKNOWN = {
    "rule": "0189bbbb-0000-7000-8000-000000000001",
    "economy": "0189bbbb-0000-7000-8000-000000000002",
    "customer": "0189bbbb-0000-4000-8000-000000000003",
    "taken loyalty event": "0189bbbb-0000-4000-8000-000000000004",
    "redemption": "0189bbbb-0000-4000-8000-000000000005",
    "order": "nobodys-order",
}
WALKED = Walked(PACKAGE, ENTRIES, seed, UNKNOWN)
