"""The samples of document 001 through a real Envoy: names, nesting, JSON types, nulls and statuses exactly."""

import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.e2e.workflow_users import API, Users, check_refused, event

EVENT = f"{API}/event"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

IN_LISTS = [
    "id",
    "name",
    "type",
    "accountId",
    "retailerId",
    "category",
    "context",
    "eventStatus",
    "attributes",
    "source",
    "generatedBy",
    "generatedOn",
]
IN_ONE = sorted([*IN_LISTS, "meta", "recordedBy", "recordedOn"])
CONTEXT = [
    "sourceEvents",
    "entityType",
    "entityId",
    "entityRef",
    "rootEntityType",
    "rootEntityId",
    "rootEntityRef",
]


async def search(users: Users, query: str) -> list[dict[str, Any]]:
    found = await users.retailer("GET", f"{EVENT}?{query}")
    assert found.status == 200, found.json
    results: list[dict[str, Any]] = found.json["results"]
    return results


async def test_an_async_event_answers_its_id_alone(users: Users) -> None:
    made = await users.account(
        "POST",
        f"{EVENT}/async",
        json=event(attributes={"items": [{"skuRef": "SKU_1", "locationRef": "LOC_1", "quantity": 60}]}),
    )
    assert made.status == 200
    assert list(made.json) == ["id"]
    assert UUID.fullmatch(made.json["id"])
    assert made.headers["content-type"] == "application/json"


@pytest.mark.usefixtures("order_workflow")
async def test_a_sync_event_that_matches_is_complete(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"items": [], "total": 1})
    made = await users.account("POST", f"{EVENT}/sync", json=sent)
    assert made.status == 200, made.json
    assert made.json == {"eventId": made.json["eventId"], "entityId": sent["entityId"], "eventStatus": "COMPLETE"}


async def test_a_sync_event_that_matches_nothing_is_404_with_a_body_of_its_own(users: Users) -> None:
    sent = event(attributes={"cancelReason": "Fraud"})
    made = await users.retailer("POST", f"{EVENT}/sync", json=sent)
    assert made.status == 404
    assert made.json == {"eventId": made.json["eventId"], "entityId": sent["entityId"], "eventStatus": "NO_MATCH"}


@pytest.mark.usefixtures("order_workflow")
async def test_a_sync_event_whose_rule_fails_is_200_and_failed(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"total": 1})
    made = await users.account("POST", f"{EVENT}/sync", json=sent)
    assert (made.status, made.json["eventStatus"]) == (200, "FAILED")
    [record] = await search(users, f"context.entityId={sent['entityId']}&category=exception")
    assert record["eventStatus"] == "FAILED"
    assert {fact["name"]: fact["value"] for fact in record["attributes"]}["rule"] == "SetAttribute"
    entity = await users.account("GET", f"{API}/entity/ORDER/{sent['entityRef']}")
    assert entity.status == 404


async def test_one_event_has_the_shape_of_the_sample(users: Users) -> None:
    sent = event(
        entityId="",
        attributes=[
            {"name": "startTimer", "value": 1613458987222, "type": "STRING"},
            {"name": "stopTimer", "value": 1613458987329, "type": "STRING"},
        ],
    )
    made = await users.retailer("POST", f"{EVENT}/async", json=sent)
    found = await users.retailer("GET", f"{EVENT}/{made.json['id']}")
    assert found.status == 200
    one = found.json
    assert sorted(one) == IN_ONE
    assert list(one["context"]) == CONTEXT
    assert one["attributes"] == sent["attributes"]
    assert (one["meta"], one["source"], one["context"]["entityId"]) == (None, None, None)
    assert (one["accountId"], one["retailerId"], one["type"]) == ("demo", "1", "ORCHESTRATION")
    assert one["context"]["rootEntityRef"] == sent["entityRef"]
    assert DATE.fullmatch(one["generatedOn"])
    assert DATE.fullmatch(one["recordedOn"])


@pytest.mark.usefixtures("order_workflow")
async def test_a_list_has_the_shape_of_the_sample(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"items": [], "total": 5})
    made = await users.account("POST", f"{EVENT}/sync", json=sent)
    found = await users.account("GET", f"{EVENT}?start=1&count=100&context.rootEntityId={sent['entityId']}")
    assert found.status == 200
    assert list(found.json) == ["start", "count", "hasMore", "results"]
    assert (found.json["start"], found.json["count"], found.json["hasMore"]) == (1, 100, False)
    results = found.json["results"]
    assert all(list(each) == IN_LISTS and list(each["context"]) == CONTEXT for each in results)
    audits = [each for each in results if each["type"] == "ORCHESTRATION_AUDIT"]
    assert {"ruleSet", "rule", "ACTION", "snapshot"} <= {each["category"] for each in audits}
    assert made.json["eventId"] in {source for each in audits for source in each["context"]["sourceEvents"]}
    assert [each["generatedOn"] for each in results] == sorted((each["generatedOn"] for each in results), reverse=True)


@pytest.mark.usefixtures("order_workflow")
async def test_an_audit_record_is_found_by_its_own_id(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"items": [], "total": 5})
    await users.account("POST", f"{EVENT}/sync", json=sent)
    [record] = await search(
        users, f"context.entityId={sent['entityId']}&category=ruleSet&eventStatus=SUCCESS&name=CREATE"
    )
    one = await users.retailer("GET", f"{EVENT}/{record['id']}")
    assert {name: one.json[name] for name in IN_LISTS} == record
    assert one.json["meta"] is None


@pytest.mark.parametrize("value", [1, 1.5, True, None, "text", [1, [None]], {"a": {"b": [1]}}, 9007199254740991])
async def test_attributes_keep_their_json_types_as_object_and_as_list(users: Users, value: Any) -> None:
    for attributes in ({"fact": value}, [{"name": "fact", "value": value}]):
        made = await users.retailer("POST", f"{EVENT}/async", json=event(attributes=attributes))
        one = await users.retailer("GET", f"{EVENT}/{made.json['id']}")
        [fact] = one.json["attributes"]
        assert (fact["name"], fact["value"], type(fact["value"])) == ("fact", value, type(value))


async def test_filters_take_several_values_in_either_way_and_names_in_any_case(users: Users) -> None:
    ref = f"ON-{uuid4().hex}"
    for name in ("One", "Two", "Three"):
        await users.retailer("POST", f"{EVENT}/sync", json=event(name, entityId="", entityRef=ref))
    about = f"context.entityRef={ref}&eventType=ORCHESTRATION"
    assert [each["name"] for each in await search(users, about)] == ["Three", "Two", "One"]
    for query in ("name=One,Two", "Name=One&Name=Two", "NAME=One&name=Two", "name=Two,One,Nine"):
        assert {each["name"] for each in await search(users, f"{about}&{query}")} == {"One", "Two"}
    assert len(await search(users, f"{about}&eventStatus=NO_MATCH,PENDING")) == 3
    assert await search(users, f"{about}&eventStatus=COMPLETE") == []
    assert len(await search(users, f"{about}&CONTEXT.ENTITYTYPE=order&Category=ORDER_WORKFLOW")) == 3
    assert len(await search(users, f"{about}&unknown=1")) == 3


async def test_pages_put_together_are_the_whole(users: Users) -> None:
    ref = f"ON-{uuid4().hex}"
    for index in range(5):
        await users.retailer("POST", f"{EVENT}/async", json=event(f"N{index}", entityId="", entityRef=ref))
    about = f"context.entityRef={ref}&eventType=ORCHESTRATION"
    pages = [await users.retailer("GET", f"{EVENT}?{about}&start={start}&count=2") for start in (0, 2, 4)]
    assert [each["name"] for page in pages for each in page.json["results"]] == ["N4", "N3", "N2", "N1", "N0"]
    assert [page.json["hasMore"] for page in pages] == [True, True, False]


async def test_the_window_includes_both_its_ends_to_the_millisecond(users: Users) -> None:
    made = await users.retailer("POST", f"{EVENT}/async", json=event())
    one = (await users.retailer("GET", f"{EVENT}/{made.json['id']}")).json
    at, about = quote(one["generatedOn"]), f"context.entityId={one['context']['entityId']}&eventType=ORCHESTRATION"
    assert len(await search(users, f"{about}&from={at}&to={at}")) == 1
    assert await search(users, f"{about}&from=2019-01-01T00:00:00.000Z&to=2019-01-31T23:59:59.999Z") == []


@pytest.mark.usefixtures("order_workflow")
async def test_the_events_caused_by_an_event_are_searched_by_its_id(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"items": [], "total": 5})
    made = await users.account("POST", f"{EVENT}/sync", json=sent)
    caused = await search(users, f"context.sourceEvents={made.json['eventId']}")
    assert {"ConfirmOrder", "snapshot", "CREATE"} <= {each["name"] for each in caused}
    assert all(each["context"]["sourceEvents"] == [made.json["eventId"]] for each in caused)


@pytest.mark.usefixtures("order_workflow")
async def test_the_same_id_runs_once_and_answers_the_first_result(users: Users) -> None:
    sent = event("CREATE", entitySubtype="HD", attributes={"items": [], "total": 5}, id=str(uuid4()))
    answers = [await users.account("POST", f"{EVENT}/sync", json=sent) for _ in range(2)]
    assert (
        answers[0].json
        == answers[1].json
        == {
            "eventId": sent["id"],
            "entityId": sent["entityId"],
            "eventStatus": "COMPLETE",
        }
    )
    asynchronous = await users.account("POST", f"{EVENT}/async", json=sent)
    assert asynchronous.json == {"id": sent["id"]}
    about = f"context.entityId={sent['entityId']}&name=CREATE&eventType=ORCHESTRATION"
    assert len(await search(users, about)) == 1
    other = await users.account("POST", f"{EVENT}/async", json={**sent, "name": "Other"})
    check_refused(other, 409, "The id is taken by another event.")


async def test_an_unknown_id_is_404_with_the_documents_text(users: Users) -> None:
    for unknown in ("76b97221-8be4-11e9-beb2-c187ba8970a", str(uuid4())):
        check_refused(
            await users.retailer("GET", f"{EVENT}/{unknown}"), 404, f"Cannot find an event with id: {unknown}"
        )


async def test_a_bad_token_is_401_with_the_documents_text(users: Users) -> None:
    text = "Invalid user, Authorization header value does not belong to a valid user"
    for header in (None, "Bearer nonsense", "Basic abc"):
        for method, path in (("GET", f"{EVENT}/{uuid4()}"), ("GET", EVENT), ("POST", f"{EVENT}/sync")):
            how = {"json": event()} if method == "POST" else {}
            answer = await users.account(method, path, headers={"authorization": header}, **how)
            check_refused(answer, 401, text)


async def test_an_account_user_without_a_retailer_is_401_with_the_documents_text(users: Users) -> None:
    sent = event()
    del sent["retailerId"]
    for way in ("async", "sync"):
        refused = await users.account("POST", f"{EVENT}/{way}", json=sent)
        check_refused(refused, 401, "InvalidInput, Logged in user has no retailer")
    assert (await users.retailer("POST", f"{EVENT}/async", json=sent)).status == 200


async def test_retailers_do_not_see_each_other(users: Users) -> None:
    sent = event(retailerId="2")
    refused = await users.retailer("POST", f"{EVENT}/async", json=sent)
    check_refused(refused, 403, "This user may only send events of its own retailer.")
    made = await users.account("POST", f"{EVENT}/async", json=sent)
    hidden = await users.retailer("GET", f"{EVENT}/{made.json['id']}")
    check_refused(hidden, 404, f"Cannot find an event with id: {made.json['id']}")
    traced = await users.retailer("GET", f"{EVENT}/{made.json['id']}/trace")
    assert traced.status == 404
    about = f"context.entityId={sent['entityId']}"
    assert await search(users, about) == []
    assert await search(users, f"{about}&retailerId=2") == []
    assert await search(users, f"context.sourceEvents={made.json['id']}") == []
    seen = await users.account("GET", f"{EVENT}?{about}&retailerId=2&eventType=ORCHESTRATION")
    assert [each["retailerId"] for each in seen.json["results"]] == ["2"]
