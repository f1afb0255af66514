"""Refusals of document 001's calls through a real Envoy: status and body, and that nothing is stored."""

import copy
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.workflow_users import API, ORDER_WORKFLOW, Users, check_refused, event, log_in

EVENT = f"{API}/event"
ONE_OF = "entityId: one of entityId and entityRef is required"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("way", ["async", "sync"])
@pytest.mark.parametrize(
    ("changed", "messages"),
    [
        ({"name": ""}, ["name: is required"]),
        ({"name": None}, ["name: is required"]),
        ({"name": "x" * 1_025}, ["name: at most 1,024 characters (got string of 1,025 characters)"]),
        ({"entityType": ""}, ["entityType: is required"]),
        ({"entityType": "x" * 129}, ["entityType: at most 128 characters (got string of 129 characters)"]),
        ({"entityId": "", "entityRef": ""}, [ONE_OF]),
        ({"name": "", "entityId": "", "entityRef": ""}, ["name: is required", ONE_OF]),
        ({"rootEntityRef": "ON-1"}, ["rootEntityType: is required with rootEntityId or rootEntityRef"]),
        ({"id": "no-uuid"}, ["id: must be a UUID (got string of 7 characters)"]),
        ({"name": "a\0b"}, ["name: must not contain NUL"]),
        ({"attributes": "text"}, ["attributes: must be an object, or a list of {name, value, type}"]),
        ({"attributes": ["text"]}, ["attributes[0]: must be an object {name, value, type}"]),
        ({"attributes": [{"value": 1}]}, ["attributes[0].name: is required, a text"]),
        ({"attributes": {"": 1}}, ["attributes: names must not be empty"]),
        ({"attributes": [{"name": "a"}]}, ["attributes[0].value: is required"]),
        ({"attributes": [{"name": "a", "value": 1, "type": 2}]}, ["attributes[0].type: must be a text"]),
        ({"attributes": {"a": 2**53}}, ["attributes.a: must be whole numbers up to ±9007199254740991"]),
        ({"attributes": {"a": nested(33)}}, ["the body is nested deeper than 32 levels"]),
    ],
)
async def test_a_bad_event_is_refused(users: Users, way: str, changed: dict[str, Any], messages: list[str]) -> None:
    mark = event()["entityId"]
    sent = {**event(), "entityId": mark, **changed}
    check_refused(await users.retailer("POST", f"{EVENT}/{way}", json=sent), 400, *messages)
    found = await users.retailer("GET", f"{EVENT}?context.entityId={mark}")
    assert found.json["results"] == []


async def test_an_event_over_256_kib_is_413(users: Users) -> None:
    refused = await users.retailer("POST", f"{EVENT}/async", json=event(attributes={"a": "x" * (256 << 10)}))
    assert refused.status == 413
    assert refused.json["errors"][0]["code"] == "413"
    assert "262,144 are allowed" in refused.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("eventStatus=DONE", "eventStatus: must be of PENDING, SCHEDULED, NO_MATCH, SUCCESS, FAILED, COMPLETE"),
        (
            "eventType=NONE",
            "eventType: must be of ORCHESTRATION, ORCHESTRATION_AUDIT, API, INTEGRATION, SECURITY, GENERAL",
        ),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from: must not be after to"),
        ("from=yesterday", "from: must be a UTC time, such as 2019-01-01T00:00:00.000Z"),
        ("to=2026-13-01T00:00:00Z", "to: must be a UTC time, such as 2019-01-01T00:00:00.000Z"),
        ("count=101", "count: must be 1 to 100 (got a number)"),
        ("count=0", "count: must be 1 to 100 (got a number)"),
        ("count=-1", "count: must be 1 to 100 (got a number)"),
        ("count=ten", "count: must be a whole number of 32 bits"),
        ("start=-1", "start: must be 0 to 1,000,000 (got a number)"),
        ("start=", "start: must be a whole number of 32 bits"),
        ("name=" + ",".join("abcde" * 11), "name: at most 50 values (got 55 values)"),
    ],
)
async def test_a_bad_search_is_refused(users: Users, query: str, message: str) -> None:
    check_refused(await users.retailer("GET", f"{EVENT}?{query}"), 400, message)


@pytest.mark.parametrize("body", ["{", '{"name": ', "[]"])
async def test_a_body_that_is_no_json_object_is_400(users: Users, body: str) -> None:
    headers: dict[str, str | None] = {"content-type": "application/json"}
    refused = await users.retailer("POST", f"{EVENT}/async", data=body, headers=headers)
    assert refused.status == 400
    assert refused.json["errors"][0]["code"] == "400"


@pytest.mark.parametrize(("method", "path"), [("DELETE", EVENT), ("PUT", f"{EVENT}/async"), ("PATCH", f"{EVENT}/1")])
async def test_another_method_is_405_with_allow(users: Users, method: str, path: str) -> None:
    refused = await users.retailer(method, path)
    check_refused(refused, 405, f"This path does not have the method {method}.")
    assert "allow" in refused.headers


def with_fault(name: str) -> tuple[dict[str, Any], str]:
    """The example with one thing wrong, and what is said about it."""
    definition = json.loads(ORDER_WORKFLOW.read_text())
    definition["entitySubtype"] = uuid4().hex.upper()
    rulesets = definition["rulesets"]
    match name:
        case "bad CEL":
            rulesets[1]["rules"][0]["when"] = "event.attributes.total >"
            return definition, "rulesets[1].rules[0].when"
        case "unknown rule":
            rulesets[2]["rules"][0]["name"] = "Nothing"
            return definition, "rulesets[2].rules[0].name"
        case "two that match the same":
            rulesets.append(copy.deepcopy(rulesets[0]))
            return definition, f"rulesets[{len(rulesets) - 1}]"
        case _:
            del definition["entityType"]
            return definition, "entityType"


@pytest.mark.parametrize("fault", ["bad CEL", "unknown rule", "two that match the same", "no entity type"])
async def test_a_bad_workflow_is_refused_with_the_path_to_the_fault(users: Users, fault: str) -> None:
    definition, path = with_fault(fault)
    name = definition["name"] = f"BAD::{uuid4().hex}"
    put = await users.account("PUT", f"{API}/workflow/{name}", json=definition)
    validated = await users.account("POST", f"{API}/workflow/{name}/validate", json=definition)
    for refused in (put, validated):
        assert refused.status == 400, refused.json
        assert [each["code"] for each in refused.json["errors"]] == ["400"]
        assert refused.json["errors"][0]["message"].startswith(f"{path}: ")
    missing = await users.account("GET", f"{API}/workflow/{name}")
    check_refused(missing, 404, f"Cannot find a workflow with name: {name}")


async def test_a_status_that_nothing_reaches_is_a_warning(users: Users) -> None:
    name = f"ODD::{uuid4().hex}"
    definition = {
        "name": name,
        "entityType": f"ODD_{uuid4().hex}",
        "statuses": [{"name": "NEW"}, {"name": "NEVER"}],
        "rulesets": [{"name": "Start", "rules": [{"name": "ChangeState", "props": {"status": "NEW"}}]}],
    }
    validated = await users.account("POST", f"{API}/workflow/{name}/validate", json=definition)
    assert validated.status == 200, validated.json
    assert validated.json["version"] == 1
    assert [each["path"] for each in validated.json["warnings"]] == ["statuses[1]"]
    assert (await users.account("GET", f"{API}/workflow/{name}")).status == 404
    stored = await users.account("PUT", f"{API}/workflow/{name}", json=definition)
    assert (stored.status, stored.json) == (201, validated.json)
    assert stored.headers["location"] == f"{API}/workflow/{name}"


async def test_an_instance_may_bound_pages_and_windows(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    bounded = make_instance(orchestration_max_count="3", orchestration_window_bounds="true")
    user = (await log_in(session, bounded)).retailer
    assert (await user("GET", EVENT)).json["count"] == 3
    check_refused(await user("GET", f"{EVENT}?count=4"), 400, "count: must be 1 to 3 (got a number)")
    check_refused(
        await user("GET", f"{EVENT}?from=2019-01-01T00:00:00.000Z"), 400, "from: must be at most 4 months ago"
    )
