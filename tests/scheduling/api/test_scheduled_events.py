"""Scheduled events: create, list, remove, and their runs."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.installation import failure_of
from tests.support.scheduled_events import HOURLY, ON_ORDER, Stores, log_in, shown
from tidings.scheduling.v1 import events_pb2 as pb
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEventLimits

HOUR = timedelta(hours=1)
REPORT: dict[str, Any] = {**HOURLY, "action": {"to": ["ada@example.com", "bob@example.com"], "days": 7}}


async def test_a_list_returns_scheduled_events_as_sent(stores: Stores) -> None:
    sent = {
        **HOURLY,
        "trigger": {"cron": "0 8 * * *", "n": 1.5, "own": {"deep": [1, None, True, "é"]}},
        "id": 99,
        "createdBy": 7,
        "createdName": "me",
    }
    made = await stores.create(sent)
    assert made == {**HOURLY, "trigger": sent["trigger"], "id": 1, "createdName": "API"}  # proto's JSON leaves out a 0
    assert await stores.listed() == [made]


async def test_ids_count_from_1_in_each_store_and_never_come_twice(stores: Stores) -> None:
    assert [(await stores.create())["id"] for _ in range(3)] == [1, 2, 3]
    assert (await stores.create(by="neighbour"))["id"] == 1
    await stores.delete(3)
    assert (await stores.create())["id"] == 4
    assert [event["id"] for event in await stores.listed()] == [1, 2, 4]


async def test_a_user_sees_the_stores_and_their_own(stores: Stores) -> None:
    await stores.create()
    mine = await stores.create(by="user")
    theirs = await stores.create(by="other_user")
    assert (mine["createdBy"], mine["createdName"]) == (1, "demo-store-user")
    assert (theirs["createdBy"], theirs["createdName"]) == (2, "2")
    assert len(await stores.listed(by="user")) == 3
    assert await stores.listed(by="user", of_user=True) == [mine]
    assert await stores.listed(by="other_user", of_user=True) == [theirs]


async def test_a_key_is_no_user(stores: Stores) -> None:
    failure = await failure_of(stores.listed(of_user=True))
    assert (failure.status, failure.body["errorCode"]) == (401, 900001)


async def test_a_logged_in_user_has_a_users_rights(stores: Stores) -> None:
    user = await log_in(stores)
    stores.by["logged in"] = (("store", "1"), ("user_id", str(user.user_id)), ("user_token", user.user_token))
    made = await stores.create(by="logged in")
    assert (made["createdBy"], made["createdName"]) == (1, "demo-store-user")
    assert await stores.listed(by="user", of_user=True) == [made]
    for store, user_id in (("1", "2"), ("2", "1"), ("3", "1")):
        stores.by["else"] = (("store", store), ("user_id", user_id), ("user_token", user.user_token))
        assert (await failure_of(stores.listed(by="else"))).body["errorCode"] == 900001
    stores.installation.clock.advance(timedelta(hours=2))
    assert (await failure_of(stores.listed(by="logged in"))).status == 401


@pytest.mark.parametrize(
    ("store", "username", "password"),
    [("1", "nobody", "x"), ("1", "", "wrong"), ("2", "", ""), ("", "", ""), ("1/demo-store-user", "x", "y")],
)
async def test_a_failed_login_reveals_nothing(stores: Stores, store: str, username: str, password: str) -> None:
    failure = await failure_of(log_in(stores, store=store, username=username, password=password))
    if store:
        assert (failure.status, failure.body["errorCode"]) == (401, 900001)
        assert failure.body["errorField"] is None
    else:
        assert (failure.status, failure.body["errorCode"], failure.body["errorField"]) == (400, 900101, "store")


@pytest.mark.parametrize("by", ["neighbour", "stranger"])
async def test_another_stores_event_is_unknown(stores: Stores, by: str) -> None:
    await stores.create()
    assert await stores.listed(by=by) == []
    requests: dict[str, Any] = {
        "DeleteScheduledEvent": pb.DeleteScheduledEventRequest(id="1"),
        "PreviewScheduledEvent": pb.PreviewScheduledEventRequest(id="1"),
        "RunScheduledEvent": pb.RunScheduledEventRequest(id="1"),
        "ListScheduledEventRuns": pb.ListScheduledEventRunsRequest(id="1"),
    }
    for name, request in requests.items():
        known = await failure_of(stores.call(name, request, by=by))
        request.id = "77"
        unknown = await failure_of(stores.call(name, request, by=by))
        assert known.status == unknown.status == 404
        assert known.body | {"requestId": ""} == unknown.body | {"requestId": ""}
    assert len(await stores.listed()) == 1


@pytest.mark.parametrize("event_id", ["0", "-1", "01", "1.0", "one", "99999999999999999999", "１", " 1"])
async def test_an_invalid_id_is_not_found(stores: Stores, event_id: str) -> None:
    await stores.create()
    failure = await failure_of(stores.delete(event_id))
    assert (failure.status, failure.body["errorCode"]) == (404, 907004)


async def test_a_repeat_with_the_same_key_makes_one(stores: Stores) -> None:
    header = {"idempotency-key": "k-1"}
    assert await stores.create(**header) == await stores.create(**header)
    assert len(await stores.listed()) == 1
    other = await failure_of(stores.create(REPORT | {"actionType": "BEST_BEFORE_EMAIL"}, **header))
    assert (other.status, other.body["errorCode"]) == (409, 907002)
    run = pb.RunScheduledEventRequest(id="1")
    assert await stores.call("RunScheduledEvent", run, **header) == await stores.call(
        "RunScheduledEvent", run, **header
    )


async def test_a_key_of_one_store_is_no_key_of_another(stores: Stores) -> None:
    header = {"idempotency-key": "k-1"}
    await stores.create(**header)
    await stores.create(by="neighbour", **header)
    assert [len(await stores.listed(by=caller)) for caller in ("key", "neighbour")] == [1, 1]


BAD: list[tuple[dict[str, Any], str | None]] = [
    ({}, "triggerType"),
    ({**HOURLY, "trigger": None}, "trigger"),
    ({**HOURLY, "action": None}, "action"),
    ({name: value for name, value in HOURLY.items() if name != "actionType"}, "actionType"),
    ({**HOURLY, "trigger": {"cron": "never"}}, "cron"),
    ({**HOURLY, "trigger": {"cron": "0 0 * * *", "timezone": "Nowhere"}}, "timezone"),
    ({**HOURLY, "trigger": {"every": "P1D", "timezone": "localtime"}}, "timezone"),
    ({**HOURLY, "trigger": {"at": "2099-01-01T00:00:00Z", "timezone": 1}}, "timezone"),
    ({**HOURLY, "trigger": {"cron": "0 0 * * *", "tz": "Europe/Berlin"}}, "tz"),
    ({**ON_ORDER, "trigger": {"topic": "order.*", "timezone": "Nowhere"}}, "timezone"),
    ({**ON_ORDER, "trigger": {"topic": "order.*", "filter": "true"}}, "filter"),
    ({**HOURLY, "trigger": {"every": "PT1S"}}, "every"),
    ({**HOURLY, "trigger": {"cron": "0 0 * * *", "x": "y" * 17_000}}, "trigger"),
    ({**HOURLY, "trigger": {"cron": "0 0 * * *", "x": 2**60}}, "trigger.x"),
    ({**HOURLY, "action": {**HOURLY["action"], "to": "nobody"}}, "to"),
    ({**HOURLY, "action": {**HOURLY["action"], "body": "{{"}}, "body"),
    ({**HOURLY, "actionType": "BEST_BEFORE_EMAIL"}, "days"),
    ({**ON_ORDER, "trigger": {"topic": "order.created", "condition": "event."}}, "condition"),
]


@pytest.mark.parametrize(("event", "field"), BAD)
async def test_an_invalid_trigger_or_action_is_refused_and_not_stored(
    stores: Stores, event: dict[str, Any], field: str | None
) -> None:
    body = await stores.refused(event)
    assert body.keys() == {"errorCode", "errorMessage", "errorField", "errorData", "requestId"}
    assert (body["errorCode"], body["errorField"], body["errorData"]) == (907002, field, None)
    assert await stores.listed() == []


async def test_a_deep_map_is_refused(stores: Stores) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    refused = await stores.refused({**HOURLY, "trigger": {"cron": "0 0 * * *", "x": deep}})
    assert refused["errorField"].startswith("trigger.x[0][0]")


async def test_a_mail_is_sent_at_its_time(stores: Stores) -> None:
    made = await stores.create()
    await stores.pass_time(HOUR)
    [mail] = await stores.mails()
    assert (mail.to, mail.subject, mail.text) == ("ada@example.com", "Store 1", "It is 2026-01-01T01:00:00.000Z.")
    [run] = await stores.runs(made["id"])
    assert (run["state"], run["cause"], run["mailed"]) == ("DONE", "TIME", 1)
    [told] = await stores.fired()
    assert (told["scheduledEventId"], told["runId"], told["mailed"]) == ("1/1", run["id"], "1")


async def test_an_event_fires_a_matching_trigger_once(stores: Stores) -> None:
    await stores.send("ORDER", "before", status="OLD")
    made = await stores.create(ON_ORDER)
    cause = await stores.send("ORDER", "o-1", status="NEW")
    await stores.send("ORDER", "o-1", "updated", status="PAID")
    await stores.send("CUSTOMER", "c-1")
    await stores.settle()
    [mail] = await stores.mails()
    assert (mail.subject, mail.text) == ("Order o-1", "NEW order.created")
    [run] = await stores.runs(made["id"])
    assert (run["cause"], run["state"]) == ("EVENT", "DONE")
    [asked] = await stores.events("email.requested")
    assert (asked.correlation_id, asked.hops) == (cause.event_id, 1)


async def test_a_condition_decides(stores: Stores) -> None:
    condition = 'event.entity_id.startsWith("vip-")'
    await stores.create({**ON_ORDER, "trigger": {"topic": "order.*", "condition": condition}})
    await stores.send("ORDER", "o-1")
    await stores.send("ORDER", "vip-1")
    await stores.settle()
    assert [mail.subject for mail in await stores.mails()] == ["Order vip-1"]


async def test_a_condition_that_fails_does_not_hold(stores: Stores) -> None:
    condition = 'event.event_payload.key_attributes["missing"] == "x"'
    made = await stores.create({**ON_ORDER, "trigger": {"topic": "order.created", "condition": condition}})
    await stores.send("ORDER", "o-1")
    await stores.settle()
    assert await stores.runs(made["id"]) == []


async def test_chains_of_runs_that_fire_each_other_end(stores: Stores) -> None:
    await stores.create({**ON_ORDER, "trigger": {"topic": "schedule.fired"}})
    await stores.create({**ON_ORDER, "trigger": {"topic": "schedule.fired"}})
    await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-1")
    for _ in range(20):
        await stores.settle()
    fired = await stores.events("schedule.fired")
    assert max(event.hops for event in fired) <= 17
    assert 4 <= len(fired) < 60


async def test_a_removed_scheduled_event_does_not_fire(stores: Stores) -> None:
    await stores.create()
    await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-1")
    await stores.scheduling.trigger_runners[0].run_once()
    for event_id in (1, 2):
        await stores.delete(event_id)
    await stores.send("ORDER", "o-2")
    await stores.pass_time(2 * HOUR)
    assert await stores.mails() == []
    [skipped] = await stores.fired()
    assert (skipped["state"], skipped["note"]) == ("SKIPPED", "the scheduled event was removed")
    assert (await failure_of(stores.delete(1))).status == 404


async def test_articles_near_their_date_are_reported(stores: Stores) -> None:
    await stores.create(REPORT | {"actionType": "BEST_BEFORE_EMAIL", "trigger": {"every": "PT1H"}})
    await stores.pass_time(HOUR)
    assert await stores.mails() == []
    assert (await stores.fired())[0]["note"] == "there was nothing to report"
    for variant, date, quantity in (("v-1", "2026-01-05", 3), ("v-2", "2026-01-20", 3), ("v-3", "2026-01-02", 0)):
        await stores.send("INVENTORY_LEVEL", f"l-{variant}", variant_id=variant, quantity=quantity, best_before=date)
    await stores.pass_time(HOUR)
    first, second = await stores.mails()
    assert [first.to, second.to] == ["ada@example.com", "bob@example.com"]
    assert first.data == {
        "days": 7,
        "total": 1,
        "items": [{"id": "v-1", "name": "", "best_before": "2026-01-05", "quantity": 3}],
    }


async def test_orders_that_are_not_delivered_are_reported(stores: Stores) -> None:
    await stores.create(REPORT | {"actionType": "UNDELIVERED_ORDER_EMAIL", "trigger": {"every": "P8D"}})
    for order in ("o-1", "o-2", "o-3"):
        await stores.send("ORDER", order, status="NEW")
    await stores.send("ORDER", "o-2", "updated", status="DELIVERED")
    await stores.pass_time(timedelta(days=7, hours=12))
    await stores.send("ORDER", "o-4")
    await stores.pass_time(timedelta(hours=12))
    mail, _ = await stores.mails()
    assert [order["id"] for order in mail.data["orders"]] == ["o-1", "o-3"]
    assert mail.data["total"] == 2


async def test_a_preview_has_no_side_effects(stores: Stores) -> None:
    hourly = await stores.create()
    on_order = await stores.create(ON_ORDER)
    report = await stores.create(REPORT | {"actionType": "BEST_BEFORE_EMAIL"})
    await stores.send("INVENTORY_LEVEL", "l-1", variant_id="v-1", quantity=3, best_before="2026-01-05")
    await stores.settle()
    shown_hourly = await stores.preview(hourly["id"])
    assert shown_hourly["fireTimes"][:2] == ["2026-01-01T01:00:00.000Z", "2026-01-01T02:00:00.000Z"]
    assert len(shown_hourly["fireTimes"]) == 10
    assert shown_hourly["mails"][0]["text"] == "It is 2026-01-01T00:00:00.000Z."
    assert (await stores.preview(on_order["id"])).get("fireTimes") is None
    mails = (await stores.preview(report["id"]))["mails"]
    assert [mail["to"] for mail in mails] == ["ada@example.com", "bob@example.com"]
    assert "v-1" in mails[0]["text"]
    assert "v-1" in mails[0]["html"]
    assert await stores.mails() == []


async def test_a_run_now_comes_beside_the_trigger(stores: Stores) -> None:
    made = await stores.create()
    run = shown(await stores.call("RunScheduledEvent", pb.RunScheduledEventRequest(id=str(made["id"]))))
    assert (run["cause"], run["state"]) == ("MANUAL", "WAITING")
    await stores.settle()
    [done] = await stores.runs(made["id"])
    assert (done["id"], done["state"]) == (run["id"], "DONE")
    assert len(await stores.mails()) == 1
    await stores.pass_time(HOUR)
    assert [each["cause"] for each in await stores.runs(made["id"])] == ["TIME", "MANUAL"]
    request = pb.ListScheduledEventRunsRequest(id=str(made["id"]), limit=1)
    newest = await stores.call("ListScheduledEventRuns", request)
    assert [each["cause"] for each in shown(newest)["runs"]] == ["TIME"]
    [other] = await stores.runs(made["id"], before=newest.next)
    assert other["cause"] == "MANUAL"


@pytest.mark.parametrize(
    ("page", "field"),
    [({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"before": "x"}, "before"), ({"before": "1"}, "before")],
)
async def test_a_page_that_is_none_is_refused(stores: Stores, page: dict[str, Any], field: str) -> None:
    await stores.create()
    failure = await failure_of(stores.runs(1, **page))
    assert (failure.status, failure.body["errorCode"], failure.body["errorField"]) == (400, 907001, field)


async def test_a_template_that_cannot_be_filled_fails_the_run(stores: Stores) -> None:
    body = "{% for one in event.attributes.n %}{{ one }}{% endfor %}"
    made = await stores.create({**ON_ORDER, "action": {**ON_ORDER["action"], "body": body}})
    await stores.send("ORDER", "o-1", n=5)
    await stores.settle()
    [run] = await stores.runs(made["id"])
    assert run["state"] == "FAILED"
    assert await stores.mails() == []


async def test_a_subject_from_an_event_stays_one_line(stores: Stores) -> None:
    await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-1\r\nBcc: eve@example.com")
    await stores.settle()
    [mail] = await stores.mails()
    assert mail.subject == "Order o-1 Bcc: eve@example.com"


async def test_a_store_has_no_more_than_it_may(stores: Stores) -> None:
    stores.scheduling.events._limits = ScheduledEventLimits(events=2, triggers=1)
    await stores.create(ON_ORDER)
    assert (await stores.refused(ON_ORDER))["errorField"] == "triggerType"
    await stores.create()
    assert (await stores.refused(HOURLY))["errorCode"] == 907002
    await stores.delete(1)
    await stores.create(ON_ORDER)
