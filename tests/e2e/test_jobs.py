"""Notification jobs of document 000 through a real Envoy: the samples exactly, and mail that really appears."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest, token
from tests.e2e.shopkeeper import JOBS, MAILS, shopkeeper, told
from tests.support import sendgrid
from tests.support.mail_server import mail_server
from tests.support.receiver import Receiver
from tests.support.waiting import until

SAMPLE: dict[str, Any] = {
    "deleted": True,
    "id": "string",
    "is_active": True,
    "is_scheduled": True,
    "job_parameters": {"campaign_id": "string", "utm_medium": "string"},
    "notification": "BACK_IN_STOCK",
    "number_of_items_in_email": 0,
    "schedule": "0 9 * * 1-5",
    "scheduleExpression": "30 0 9 * * *",
    "template_id": "string",
}
"""The document's, its cron placeholders replaced."""


def sample(**changes: Any) -> dict[str, Any]:
    return {**SAMPLE, "id": f"job-{uuid4().hex}", **changes}


async def test_a_job_is_created_changed_and_deleted_as_in_the_samples(rest: Rest) -> None:
    job = sample()
    made = await rest("POST", JOBS, json=job)
    assert (made.status, made.json) == (201, {**job, "deleted": False})
    assert list(made.json) == list(SAMPLE), "in the order of the sample"
    assert made.headers["location"] == f"{JOBS}/{job['id']}"
    changes = {name: value for name, value in job.items() if name != "id"} | {"notification": "REMINDER"}
    changed = await rest("PUT", f"{JOBS}/{job['id']}", json=changes)
    assert (changed.status, changed.json) == (200, {**job, "deleted": False, "notification": "REMINDER"})
    deleted = await rest("POST", f"{JOBS}/{job['id']}")
    assert (deleted.status, deleted.body) == (204, b"")
    found = await rest("GET", f"{JOBS}/{job['id']}")
    assert (found.status, found.json) == (200, {**changed.json, "deleted": True})


async def test_a_deleted_job_is_hidden_and_stays_deleted(rest: Rest) -> None:
    job = sample()
    told(await rest("POST", f"{JOBS}/", json=job))
    assert job["id"] in [each["id"] for each in (await rest("GET", JOBS)).json]
    assert (await rest("DELETE", f"{JOBS}/{job['id']}")).status == 204
    assert (await rest("POST", f"{JOBS}/{job['id']}")).status == 204
    assert job["id"] not in [each["id"] for each in (await rest("GET", JOBS)).json]
    for method, path in (("PUT", ""), ("POST", "/run")):
        assert (await rest(method, f"{JOBS}/{job['id']}{path}", json={})).status == 404
    assert (await rest("POST", JOBS, json=job)).status == 409, "its id stays taken"


async def test_an_absent_field_has_its_default_and_is_kept_by_a_change(rest: Rest) -> None:
    made = told(await rest("POST", JOBS, json={"notification": "PRICE_DROP"}))
    usual = {"deleted": False, "id": made["id"], "is_active": True, "is_scheduled": False, "notification": "PRICE_DROP"}
    texts = {"schedule": "", "scheduleExpression": "", "template_id": ""}
    parameters = {"job_parameters": {"campaign_id": "", "utm_medium": ""}}
    assert made == usual | texts | parameters | {"number_of_items_in_email": -1}
    path = f"{JOBS}/{made['id']}"
    changed = told(await rest("PUT", path, json={"job_parameters": {"utm_medium": "mail"}, "schedule": "0 9 * * *"}))
    assert changed == made | {"schedule": "0 9 * * *", "job_parameters": {"campaign_id": "", "utm_medium": "mail"}}
    assert told(await rest("PUT", path, json={})) == changed
    switched = told(await rest("PUT", f"{JOBS}/active/{made['id']}?is_active=false"))
    assert switched == {**changed, "is_active": False}


async def test_a_repeat_is_the_same_job_and_another_body_a_conflict(rest: Rest) -> None:
    job = sample()
    first = await rest("POST", JOBS, json=job)
    again = await rest("POST", JOBS, json=job)
    assert (again.status, again.json) == (200, first.json)
    assert (await rest("POST", JOBS, json={**job, "template_id": "other"})).status == 409
    key = {"idempotency-key": uuid4().hex}
    plain = {"notification": "REMINDER"}
    made = [told(await rest("POST", JOBS, json=plain, headers=key))["id"] for _ in range(2)]
    assert made[0] == made[1]


async def test_versions_are_etags(rest: Rest) -> None:
    made = await rest("POST", JOBS, json=sample())
    path = f"{JOBS}/{made.json['id']}"
    tag = {"if-match": made.headers["etag"]}
    assert (await rest("PUT", path, json={"template_id": "a"}, headers=tag)).status == 200
    assert (await rest("PUT", path, json={"template_id": "b"}, headers=tag)).status == 412
    assert (await rest("GET", path)).json["template_id"] == "a"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schedule": "nope"}, "schedule"),
        ({"schedule": "* * * * * *"}, "schedule"),
        ({"schedule": "0 0 30 2 *"}, "schedule"),
        ({"scheduleExpression": "R * * * *"}, "scheduleExpression"),
        ({"schedule": "", "scheduleExpression": ""}, "schedule"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"notification": "reminder"}, "notification"),
        ({"notification": 1}, "notification"),
        ({"notification": None}, "notification"),
        ({"number_of_items_in_email": -2}, "number_of_items_in_email"),
        ({"template_id": "../secret"}, "template_id"),
        ({"id": "a/b"}, "id"),
        ({"id": "active"}, "id"),
        ({"jitter": "3601s"}, "jitter"),
        ({"catch_up_window": "0s"}, "catch_up_window"),
        ({"overlap": "skip"}, "overlap"),
        ({"job_parameters": {"campaign_id": "x" * 1_025}}, "job_parameters.campaign_id"),
    ],
)
async def test_bad_input_names_its_field_and_stores_nothing(rest: Rest, changes: dict[str, Any], field: str) -> None:
    job = {**sample(), **changes}
    refused = await rest("POST", JOBS, json=job)
    assert (refused.status, refused.headers["content-type"]) == (400, "application/problem+json")
    assert [error["field"] for error in refused.json["fieldErrors"]] == [field]
    if field != "id":
        assert (await rest("GET", f"{JOBS}/{job['id']}")).status == 404


async def test_the_calls_refuse_what_they_cannot_do(rest: Rest) -> None:
    job = told(await rest("POST", JOBS, json=sample()))["id"]
    assert (await rest("PUT", f"{JOBS}/{job}", json={"id": "other"})).status == 400
    assert (await rest("POST", f"{JOBS}/")).status == 400, "without an id nothing is deleted"
    assert (await rest("PUT", f"{JOBS}/active/{job}")).status == 400
    assert (await rest("PATCH", f"{JOBS}/{job}", json={})).status == 405
    assert (await rest("GET", JOBS, headers={"x-twc-tenant": None})).status == 400
    assert (await rest("GET", JOBS, headers={"authorization": None})).status == 401
    calls = (("GET", ""), ("PUT", ""), ("POST", ""), ("GET", "/runs"), ("GET", "/preview"), ("POST", "/run"))
    for method, path in calls:
        assert (await rest(method, f"{JOBS}/nosuch{path}", json={} if method == "PUT" else None)).status == 404
    for query in ("pageSize=0", "pageSize=201", "after=nonsense"):
        assert (await rest("GET", f"{MAILS}?{query}")).status == 400


async def test_another_tenants_job_is_unknown(rest: Rest, session: aiohttp.ClientSession, system: Instance) -> None:
    job = told(await rest("POST", JOBS, json=sample()))["id"]
    operator = {"authorization": f"Bearer {system.demo['operator_token']}", "x-twc-tenant": None}
    name = f"t{uuid4().hex[:8]}"
    tenant = told(await rest("POST", "/admin/v1/tenants", json={"name": name}, headers=operator))
    client = told(await rest("POST", "/admin/v1/clients", json={"tenantId": tenant["id"]}, headers=operator))
    bearer = await token(session, system, client=client["clientId"], secret=client["clientSecret"])
    other = Rest(session, system.rest, {"authorization": f"Bearer {bearer}", "x-twc-tenant": name})
    for method, path in (("GET", ""), ("PUT", ""), ("POST", ""), ("DELETE", ""), ("POST", "/run"), ("GET", "/preview")):
        assert (await other(method, f"{JOBS}/{job}{path}", json={} if method == "PUT" else None)).status == 404
    assert (await other("GET", JOBS)).json == []
    assert (await other("GET", MAILS)).json == {"mails": [], "next": ""}


async def test_a_preview_shows_what_a_run_then_sends_once(rest: Rest) -> None:
    shop = shopkeeper(rest)
    item = await shop.restock()
    job = told(await rest("POST", JOBS, json=sample(number_of_items_in_email=-1, template_id="d-1")))["id"]
    preview = told(await rest("GET", f"{JOBS}/{job}/preview?pageSize=100"))
    assert len(preview["next_runs"]) == 10
    [letter] = [mail for mail in preview["mails"] if mail["to"] == shop.email]
    assert [each["variant_id"] for each in letter["data"]["items"]] == [item]
    assert (await rest("GET", f"{MAILS}?to={shop.email}")).json["mails"] == [], "a preview sends nothing"
    run = await rest("POST", f"{JOBS}/{job}/run")
    assert (run.status, run.json["cause"]) == (202, "MANUAL")
    [mail] = await shop.mails()
    captured = {name: mail.pop(name) for name in ("id", "capturedAt")}
    assert all(captured.values())
    assert without_links(mail) == without_links(letter)
    assert (mail["subject"], mail["templateId"]) == ("Lamp is back in stock", "d-1")
    told(await rest("POST", f"{JOBS}/{job}/run"))
    runs = await shop.ended(job, 2)
    assert [each["state"] for each in runs] == ["DONE", "DONE"]
    assert len((await rest("GET", f"{MAILS}?to={shop.email}")).json["mails"]) == 1


async def test_a_job_runs_on_its_schedule_and_publishes_an_event_of_each_run(rest: Rest) -> None:
    shop = shopkeeper(rest)
    await shop.restock()
    soon = datetime.now(UTC) + timedelta(seconds=5)
    job = told(await rest("POST", JOBS, json=sample(scheduleExpression=f"{soon.second} * * * * *")))["id"]
    await shop.ended(job)
    assert (await rest("PUT", f"{JOBS}/active/{job}?is_active=false")).status == 200
    *_, run = await shop.ended(job)  # newest first
    assert (run["cause"], run["state"]) == ("TIME", "DONE")
    scheduled_at, started_at = (datetime.fromisoformat(run[name]) for name in ("scheduled_at", "started_at"))
    assert scheduled_at.second == soon.second
    assert started_at >= scheduled_at
    await shop.mails()

    async def told_of() -> list[str]:
        found = (await rest("GET", f"/api/v1/events?topic=notification.sent&entityId={job}")).json["events"]
        return [event["event_payload"]["key_attributes"]["runId"] for event in found]

    assert (await until(told_of, bool))[0] == run["id"]


async def test_mail_goes_to_the_mail_server_that_is_set(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    async with mail_server() as server:
        instance = make_instance(
            smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="Shop <shop@shop.example>", retry_first_s="0.2"
        )
        answers = iter(["451 not now"])
        server.on_data = lambda _address: next(answers, "250 taken")
        rest = await demo_rest(session, instance)
        shop = shopkeeper(rest)
        await shop.restock()
        job = told(await rest("POST", JOBS, json=sample(number_of_items_in_email=-1)))["id"]
        told(await rest("POST", f"{JOBS}/{job}/run"))
        await server.wait_for(1)
    [arrived] = server.arrived
    assert (arrived.sender, arrived.recipients) == ("shop@shop.example", [shop.email])
    assert str(arrived.message["Subject"]) == "Lamp is back in stock"
    assert (await rest("GET", MAILS)).json["mails"] == []


async def test_mail_is_sent_by_sendgrid_where_its_key_is_set(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    async with Receiver() as receiver:
        receiver.paths[sendgrid.PATH] = sendgrid.sendgrid
        instance = make_instance(sendgrid_url=receiver.url(""), sendgrid_api_key=sendgrid.KEY)
        rest = await demo_rest(session, instance)
        shop = shopkeeper(rest)
        item = await shop.restock()
        job = told(await rest("POST", JOBS, json=sample(number_of_items_in_email=-1, template_id="d-1")))["id"]
        told(await rest("POST", f"{JOBS}/{job}/run"))
        [request] = await receiver.wait_for(1)
    message = json.loads(request.body)
    [person] = message["personalizations"]
    assert (message["template_id"], person["to"]) == ("d-1", [{"email": shop.email}])
    assert [each["variant_id"] for each in person["dynamic_template_data"]["items"]] == [item]


async def test_a_run_resumed_after_a_crash_mails_the_remaining_customers_only(
    own: Instance, session: aiohttp.ClientSession
) -> None:
    rest = await demo_rest(session, own)
    customers = [f"c{number}" for number in range(450)]
    for start in range(0, len(customers), 150):
        events = [event for name in customers[start : start + 150] for event in _wish(name)]
        assert (await rest("POST", "/api/v1/events/batch", json={"events": events})).status == 200
    job = told(await rest("POST", JOBS, json=sample(notification="REMINDER")))["id"]
    own.stop()
    own.start(failpoint="run.after_chunk:2")
    rest = await demo_rest(session, own)
    told(await rest("POST", f"{JOBS}/{job}/run"))
    own.wait_for_death()
    own.start()
    rest = await demo_rest(session, own)
    shop = shopkeeper(rest)
    [run] = await shop.ended(job)  # once the dead process's lease has
    assert (run["state"], run["mailed"]) == ("DONE", len(customers))
    expected = sorted(f"{name}@example.com" for name in customers)
    assert await until(lambda: _recipients(rest), lambda seen: len(seen) >= len(customers)) == expected


def without_links(mail: dict[str, Any]) -> dict[str, Any]:
    """A mail whose links to opt out, each sealed anew, are cut off."""
    text = re.sub(r"(/unsubscribe/)[\w-]+", r"\1", json.dumps(mail))
    assert text.count("/unsubscribe/") >= 3, "in data, text and HTML"
    cut: dict[str, Any] = json.loads(text)
    return cut


async def test_a_recipient_opts_out_with_one_click(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    async with mail_server() as server:
        instance = make_instance(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="Shop <shop@shop.example>")
        rest = await demo_rest(session, instance)
        shop = shopkeeper(rest)
        await shop.restock()
        job = told(await rest("POST", JOBS, json=sample(notification="REMINDER", number_of_items_in_email=-1)))["id"]
        told(await rest("POST", f"{JOBS}/{job}/run"))
        [arrived] = await server.wait_for(1)
        assert arrived.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = str(arrived.message["List-Unsubscribe"]).strip("<>")
        assert link.startswith(f"{instance.rest}/api"), "with the port that the system has chosen"
        link = link.removeprefix(instance.rest)
        stranger = Rest(session, instance.rest, {})
        page = await stranger("GET", link)
        assert (page.status, b"<form" in page.body) == (200, True)
        await shop.ended(job, 1)
        updates = f"/api/v1/events?topic=customer.updated&entityId={shop.name}"
        assert told(await rest("GET", updates))["events"] == []
        for _ in range(2):
            clicked = await stranger("POST", link, data={"List-Unsubscribe": "One-Click"})
            assert (clicked.status, b"unsubscribed" in clicked.body) == (200, True)
        found = told(await rest("GET", updates))["events"]
        assert [each["event_payload"]["key_attributes"] for each in found] == [{"opt_in": "false"}]
        preview = told(await rest("GET", f"{JOBS}/{job}/preview"))
        assert preview["mails"] == []
        assert (await stranger("POST", f"{link[:-4]}AAAA")).status == 404
        assert (await stranger("GET", "/api/v1/unsubscribe/x")).status == 404
        assert (await stranger("PUT", link)).status == 405
        instance.logged('"path":"/api/v1/unsubscribe/{token}"', count=6)
        assert link.rpartition("/")[2] not in instance.log, "whoever reads the log could opt people out"


async def test_a_mail_that_waits_is_withdrawn_when_its_customer_opts_out(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    async with mail_server() as server:
        instance = make_instance(smtp_url=f"smtp://127.0.0.1:{server.port}", retry_first_s="0.5", retry_flat="true")
        server.on_data = lambda _address: "451 not now"
        rest = await demo_rest(session, instance)
        shop = shopkeeper(rest)
        await shop.restock()
        job = told(await rest("POST", JOBS, json=sample(number_of_items_in_email=-1)))["id"]
        told(await rest("POST", f"{JOBS}/{job}/run"))

        async def delivery() -> dict[str, Any]:
            found = (await rest("GET", "/api/v1/events?topic=email.requested")).json["events"]
            listed = [(await rest("GET", f"/api/v1/events/{each['id']}/deliveries")).json for each in found]
            return next((each for answer in listed for each in answer["deliveries"]), {})

        await until(delivery, lambda each: each.get("attempts", 0) >= 1)
        await shop.say("CUSTOMER", "UPDATE", of=shop.name, opt_in="false")
        ended = await until(delivery, lambda each: each.get("status") == "EXPIRED")
        server.on_data = lambda _address: "250 taken"
    assert "opted out" in json.dumps(ended)
    assert server.arrived == []


async def _recipients(rest: Rest) -> list[str]:
    """Recipients of all captured mail."""
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] or not seen:
        page = (await rest("GET", f"{MAILS}?pageSize=200&after={page['next']}")).json
        seen += [mail["to"] for mail in page["mails"]]
        if not page["mails"]:
            break
    return sorted(seen)


def _wish(customer: str) -> list[dict[str, Any]]:
    person = {"email": f"{customer}@example.com", "opt_in": "true"}
    wish = {"customer_id": customer, "variant_id": "lamp"}
    return [
        {
            "entity_id": customer,
            "entity_name": entity,
            "event_type": "ENTITY_EVENT",
            "event_payload": {"operation": "CREATE", "key_attributes": attributes},
        }
        for entity, attributes in (("CUSTOMER", person), ("WISHLIST", wish))
    ]
