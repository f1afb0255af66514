"""DeliveryService: what became of an event and why, and sending again."""

import json
from typing import Any

import pytest

from tests.collector.api.test_subscriptions import QUEUE, subscription
from tests.collector.api.world import World

EVENT = {"event": {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "id": "e-1"}}


async def test_each_subscription_has_a_reason_for_not_getting_an_event(world: World) -> None:
    differences: list[dict[str, Any]] = [
        {"entityType": "CUSTOMER"},
        {"entityType": "ORDER", "subscribeCreate": False},
        {"entityType": "ORDER", "active": False},
        {"entityType": "ORDER", "condition": "event.entity_id == 'O-2'"},
        {"entityType": "ORDER", "condition": "event.event_payload.key_attributes.x == ''"},
        {"entityType": "ORDER"},
    ]
    for number, other in enumerate(differences):
        await world.rest("CreateEventSubscription", subscription(id=f"s-{number}", **other))
    await world.rest("CreateEvent", EVENT)
    await world.rest("CreateEventSubscription", subscription(id="late", entityType="ORDER"))
    told = await world.rest("ListEventDeliveries", {"id": "e-1"})
    assert told.status == 200
    assert [(each["subscriptionId"], each["status"], each["reason"]) for each in told.json["deliveries"]] == [
        ("s-0", "NOT_MATCHED", "other entity"),
        ("s-1", "NOT_MATCHED", "other change"),
        ("s-2", "NOT_MATCHED", "inactive"),
        ("s-3", "NOT_MATCHED", "filter false"),
        ("s-4", "NOT_MATCHED", 'filter failed: Key not found in map : "x"'),
        ("s-5", "PENDING", "not routed yet"),
        ("late", "NOT_MATCHED", "made later"),
    ]
    assert told.json["deliveries"][0] == {
        "subscriptionId": "s-0",
        "status": "NOT_MATCHED",
        "reason": "other entity",
        "attempts": 0,
    }


async def test_a_waiting_delivery_has_a_due_time_and_is_not_redelivered(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    sent = await world.rest("TestEventSubscription", {"id": "s-1"})
    again = await world.rest("RedeliverDelivery", {"id": sent.json["deliveryId"]})
    assert (again.status, again.json["message"]) == (409, "error.wrong_state")


async def test_a_range_is_taken_up_with_202(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription(entityType="ORDER"))
    for number in range(3):
        await world.rest("CreateEvent", {"event": {**EVENT["event"], "id": f"e-{number}"}})
    taken = await world.rest("ReplaySubscription", {"id": "s-1", "from": "2020-01-01T00:00:00Z"})
    assert (taken.status, taken.json["accepted"], len(taken.json["replayId"])) == (202, 3, 36)
    none = await world.rest("RedeliverFailed", {"id": "s-1", "since": "2020-01-01T00:00:00Z"})
    assert (none.status, none.json) == (202, {"accepted": 0})


@pytest.mark.parametrize(
    ("call", "body", "status", "field"),
    [
        ("ReplaySubscription", {"id": "s-1"}, 400, "from"),
        ("ReplaySubscription", {"id": "s-1", "from": "yesterday"}, 400, "from"),
        ("ReplaySubscription", {"id": "s-1", "from": "2020-01-01T00:00:00Z", "to": "x"}, 400, "to"),
        ("ReplaySubscription", {"id": "s-1", "from": "f" * 1_025}, 400, "from"),
        ("RedeliverFailed", {"id": "s-1"}, 400, "since"),
        ("RedeliverFailed", {"id": "s-1", "since": "2020-01-01"}, 400, "since"),
        ("RedeliverDelivery", {"id": "x"}, 400, "id"),
        ("RedeliverDelivery", {"id": "9"}, 404, None),
        ("ReplaySubscription", {"id": "nobody", "from": "2020-01-01T00:00:00Z"}, 404, None),
        ("RedeliverFailed", {"id": "nobody", "since": "2020-01-01T00:00:00Z"}, 404, None),
        ("ListEventDeliveries", {"id": "nobody"}, 404, None),
    ],
)
async def test_impossible_redeliveries_are_refused(
    world: World, call: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    await world.rest("CreateEventSubscription", subscription())
    answer = await world.rest(call, body)
    assert (answer.status, [error["field"] for error in answer.json.get("fieldErrors", [])]) == (
        status,
        [field] if field else [],
    )


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("ListEventDeliveries", {"id": "e-1"}),
        ("RedeliverDelivery", {"id": "1"}),
        ("RedeliverFailed", {"id": "s-1", "since": "2020-01-01T00:00:00Z"}),
        ("ReplaySubscription", {"id": "s-1", "from": "2020-01-01T00:00:00Z"}),
    ],
)
async def test_another_tenants_are_unknown(world: World, call: str, body: dict[str, Any]) -> None:
    await world.rest("CreateEventSubscription", subscription(entityType="ORDER"))
    await world.rest("CreateEvent", EVENT)
    await world.rest("TestEventSubscription", {"id": "s-1"})
    assert (await world.rest(call, body, tenant="other")).status == 404


async def test_deliveries_of_a_queue_are_listed_by_state_and_paged_to_their_end(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    sent = [(await world.rest("TestEventSubscription", {"id": "s-1"})).json["deliveryId"] for _ in range(3)]
    found: list[str] = []
    after = ""
    while True:
        page = await world.rest("ListDeliveries", {"id": "s-1", "pageSize": 2, "after": after, "state": "PENDING"})
        found += [each["id"] for each in page.json["deliveries"]]
        if not (after := page.json.get("next", "")):
            break
    assert found == sent[::-1]
    [newest, *_] = (await world.rest("ListDeliveries", {"id": "s-1"})).json["deliveries"]
    assert (newest["subscriptionId"], newest["topic"], newest["status"]) == ("s-1", "application.ping", "PENDING")
    for state in ("FAILED", "EXPIRED", "DELIVERED"):
        assert (await world.rest("ListDeliveries", {"id": "s-1", "state": state})).json["deliveries"] == []


async def test_one_delivery_shows_the_request_without_the_secret(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription())
    sent = (await world.rest("TestEventSubscription", {"id": "s-1"})).json["deliveryId"]
    found = (await world.rest("GetDelivery", {"id": sent})).json
    assert (found["request"]["method"], found["request"]["target"]) == ("SendMessage", QUEUE)
    assert found["request"]["headers"]["topic"] == "application.ping"
    assert json.loads(found["request"]["body"])["id"] == found["eventId"]
    assert "kept-between-us" not in str(found)
    assert (found["lastAttempts"], found["attempts"]) == ([], 0)


async def test_a_replay_is_counted_and_nothing_of_it_is_stored(world: World) -> None:
    await world.rest("CreateEventSubscription", subscription(entityType="ORDER", condition="event.entity_id == '1'"))
    for number in range(3):
        await world.rest("CreateEvent", {"event": {**EVENT["event"], "id": f"e-{number}", "entity_id": str(number)}})
    counted = await world.rest("PreviewReplay", {"id": "s-1", "from": "2020-01-01T00:00:00Z"})
    assert (counted.status, counted.json) == (200, {"events": 1, "isLowerBound": False})
    assert (await world.rest("ListReplays", {"id": "s-1"})).json == {"replays": []}


@pytest.mark.parametrize(
    ("call", "body", "status", "field"),
    [
        ("PreviewReplay", {"id": "s-1"}, 400, "from"),
        ("PreviewReplay", {"id": "s-1", "from": "2020-01-02T00:00:00Z", "to": "2020-01-01T00:00:00Z"}, 400, "to"),
        ("PreviewReplay", {"id": "nobody", "from": "2020-01-01T00:00:00Z"}, 404, None),
        ("ListDeliveries", {"id": "nobody"}, 404, None),
        ("ListDeliveries", {"id": "s-1", "after": "x"}, 400, "after"),
        ("ListDeliveries", {"id": "s-1", "after": "987654"}, 400, "after"),
        ("ListDeliveries", {"id": "s-1", "after": "9" * 20}, 400, "after"),
        ("ListDeliveries", {"id": "s-1", "pageSize": 0}, 400, "pageSize"),
        ("ListDeliveries", {"id": "s-1", "pageSize": 101}, 400, "pageSize"),
        ("GetDelivery", {"id": "x"}, 400, "id"),
        ("GetDelivery", {"id": "987654"}, 404, None),
    ],
)
async def test_reads_of_nothing_are_refused(
    world: World, call: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    await world.rest("CreateEventSubscription", subscription())
    answer = await world.rest(call, body)
    assert answer.status == status
    assert field is None or [each["field"] for each in answer.json["fieldErrors"]] == [field]
