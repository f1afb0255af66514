"""The samples of document 000 through a real Envoy: names, nesting, JSON types and statuses exactly (jobs excepted)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.rest import Answer, Rest

EVENTS = "/api/v1/events"
SUBSCRIPTIONS = "/api/v1/event-subscription"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"

EVENT: dict[str, Any] = {
    "entity_id": "string",
    "entity_name": "string",
    "event_payload": {
        "base64_encoded_fault_json": "string",
        "base64_encoded_payload_json": "string",
        "entity_id": "string",
        "key_attributes": {"additionalProp1": "string", "additionalProp2": "string", "additionalProp3": "string"},
        "operation": "BULK_CREATE",
    },
    "event_source": "APPLICATION",
    "event_type": "ENTITY_EVENT",
    "id": "string",
}


def sample(subscription_id: str, **other: Any) -> dict[str, Any]:
    """The document's subscription, its queue URL replaced by what type SNS reads it as, and the region by its own."""
    return {
        "active": True,
        "destination": {
            "sqs": {"accessKey": "string", "accessSecret": "string", "queueUrl": TOPIC, "region": "eu-west-1"},
            "type": "SNS",
        },
        "entityType": "CUSTOMER",
        "id": subscription_id,
        "subscribeChange": True,
        "subscribeCreate": True,
        "subscribeDelete": True,
        **other,
    }


def masked(subscription: dict[str, Any]) -> dict[str, Any]:
    destination = subscription["destination"]
    return {
        **subscription,
        "destination": {**destination, "sqs": {**destination["sqs"], "accessSecret": "********"}},
    }


async def test_an_event_is_created_read_and_repeated(rest: Rest) -> None:
    made = await rest("POST", EVENTS, json=EVENT)
    assert (made.status, made.json) == (201, EVENT)
    assert made.headers["location"] == f"{EVENTS}/string"
    assert made.headers["content-type"] == "application/json"
    assert not any(name.startswith(("grpc-", "x-http-")) for name in made.headers)
    found = await rest("GET", f"{EVENTS}/string")
    assert (found.status, found.json) == (200, EVENT)
    again = await rest("POST", EVENTS, json=EVENT)
    assert (again.status, again.json) == (200, EVENT)
    other = await rest("POST", EVENTS, json={**EVENT, "entity_id": "other"})
    check_problem(other, 409, "error.conflict", path=EVENTS)


async def test_the_shortest_event_gets_an_id(rest: Rest) -> None:
    made = await rest("POST", EVENTS, json={"event_type": "FAULT"})
    assert made.status == 201
    assert made.json == {"entity_id": "", "entity_name": "", "event_type": "FAULT", "id": made.json["id"]}


async def test_a_subscription_is_created_read_listed_and_repeated(rest: Rest) -> None:
    sent = sample(str(uuid4()))
    made = await rest("POST", SUBSCRIPTIONS, json=sent)
    assert (made.status, made.json) == (201, masked(sent))
    assert made.headers["location"] == f"{SUBSCRIPTIONS}/{sent['id']}"
    assert made.headers["etag"] == '"1"'
    found = await rest("GET", f"{SUBSCRIPTIONS}/{sent['id']}")
    assert (found.status, found.json) == (200, masked(sent))
    listed = await rest("GET", SUBSCRIPTIONS)
    assert listed.status == 200
    assert masked(sent) in listed.json
    assert (await rest("POST", SUBSCRIPTIONS, json=sent)).status == 200


async def test_an_update_names_the_subscription_in_its_body(rest: Rest) -> None:
    sent = sample(str(uuid4()))
    await rest("POST", SUBSCRIPTIONS, json=sent)
    changed = await rest("PUT", SUBSCRIPTIONS, json=masked({**sent, "subscribeDelete": False}))
    assert (changed.status, changed.json) == (201, masked({**sent, "subscribeDelete": False}))
    stale = await rest("PUT", SUBSCRIPTIONS, json=sent, headers={"if-match": '"1"'})
    check_problem(stale, 412, "error.version_mismatch", path=SUBSCRIPTIONS)
    unknown = await rest("PUT", SUBSCRIPTIONS, json=sample("nobody-knows"))
    check_problem(unknown, 404, "error.not_found", path=SUBSCRIPTIONS)
    missing = {name: value for name, value in sent.items() if name != "id"}
    check_problem(await rest("PUT", SUBSCRIPTIONS, json=missing), 400, "error.invalid_input", path=SUBSCRIPTIONS)


async def test_a_deactivation_answers_the_literal_body(rest: Rest) -> None:
    sent = sample(str(uuid4()))
    await rest("POST", SUBSCRIPTIONS, json=sent)
    for _ in range(2):
        stopped = await rest("PUT", f"{SUBSCRIPTIONS}/{sent['id']}/deactivate")
        assert (stopped.status, stopped.json) == (200, {"body": {}, "statusCode": "ACCEPTED", "statusCodeValue": 0})
    found = (await rest("GET", f"{SUBSCRIPTIONS}/{sent['id']}")).json
    assert found == masked({**sent, "active": False})
    assert sent["id"] not in [each["id"] for each in (await rest("GET", SUBSCRIPTIONS)).json]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{EVENTS}/nobody-knows"),
        ("GET", f"{SUBSCRIPTIONS}/nobody-knows"),
        ("PUT", f"{SUBSCRIPTIONS}/nobody-knows/deactivate"),
        ("POST", f"{SUBSCRIPTIONS}/nobody-knows/test"),
        ("GET", "/api/v1/event-subscription/a/b/c"),
    ],
)
async def test_an_unknown_resource_is_404(rest: Rest, method: str, target: str) -> None:
    check_problem(await rest(method, target), 404, "error.not_found", path=target)


@pytest.mark.parametrize(
    ("method", "target"), [("DELETE", EVENTS), ("PUT", f"{EVENTS}/string"), ("DELETE", SUBSCRIPTIONS)]
)
async def test_a_method_that_the_path_lacks_is_405(rest: Rest, method: str, target: str) -> None:
    answer = await rest(method, target)
    assert (answer.status, "GET" in answer.headers["allow"]) == (405, True)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(EVENT)[:-9],
        "[]",
        '"text"',
        json.dumps({**EVENT, "event_type": "NO_SUCH_TYPE"}),
        json.dumps({**EVENT, "event_type": "entity_event"}),
        json.dumps({**EVENT, "event_type": 99}),
        json.dumps({**EVENT, "event_type": "EVENT_TYPE_UNSPECIFIED"}),
        json.dumps({**EVENT, "event_type": None}),
        json.dumps({**EVENT, "event_payload": {"operation": "OPERATION_UNSPECIFIED"}}),
        json.dumps({**EVENT, "event_payload": {"base64_encoded_payload_json": "no base64!"}}),
        json.dumps({**EVENT, "event_payload": {"key_attributes": {"a": 1.5}}}).replace("1.5", "NaN"),
        json.dumps({**EVENT, "event_payload": "text"}),
        json.dumps({**EVENT, "entity_id": ["a", "list"]}),
        json.dumps({**EVENT, "entity_id": "NUL \0"}),
        json.dumps({**EVENT, "entity_id": "e" * 1_025}),
        '{"event_payload":' * 60 + "{}" + "}" * 60,
        b'{"event_type":"FAULT","entity_id":"\xff"}',
    ],
)
async def test_a_bad_event_is_400_and_leaves_nothing(rest: Rest, body: str | bytes) -> None:
    event_id = str(uuid4())
    sent = body.replace('"id": "string"', f'"id": "{event_id}"') if isinstance(body, str) else body
    answer = await rest("POST", EVENTS, data=sent, headers={"content-type": "application/json"})
    check_problem(answer, 400, None, path=EVENTS)
    assert (await rest("GET", f"{EVENTS}/{event_id}")).status == 404


@pytest.mark.parametrize(
    "other",
    [
        {"entityType": "NO_SUCH_ENTITY"},
        {"entityType": None},
        {"destination": {"type": "SQS"}},
        {"destination": {"type": "MAIL", "sqs": {}}},
        {"active": "perhaps"},
        {"condition": "event.nosuch == 1"},
        {"maxConcurrency": 1.5},
        {"startFrom": "a position of somebody else"},
    ],
)
async def test_a_bad_subscription_is_400_and_leaves_nothing(rest: Rest, other: dict[str, Any]) -> None:
    sent = sample(str(uuid4()), **other)
    check_problem(await rest("POST", SUBSCRIPTIONS, json=sent), 400, None, path=SUBSCRIPTIONS)
    assert (await rest("GET", f"{SUBSCRIPTIONS}/{sent['id']}")).status == 404


async def test_a_query_does_not_contradict_the_path(rest: Rest) -> None:
    await rest("POST", EVENTS, json=EVENT)
    refused = await rest("GET", f"{EVENTS}/string?id=nobody-knows")
    check_problem(refused, 400, None, path=f"{EVENTS}/string")
    assert [error["field"] for error in refused.json["fieldErrors"]] == ["id"]


@pytest.mark.parametrize("target", [f"{EVENTS}/%FF", f"{EVENTS}?topic=%FF", f"{EVENTS}?pageSize=huge"])
async def test_a_bad_path_or_query_is_400(rest: Rest, target: str) -> None:
    check_problem(await rest("GET", target), 400, None, path=target.partition("?")[0])


async def test_a_nul_in_the_path_is_refused(rest: Rest) -> None:
    check_problem(await rest("GET", f"{EVENTS}/%00"), 400, None, path=f"{EVENTS}/%00")


async def test_a_batch_is_found_by_a_search(rest: Rest) -> None:
    entity = str(uuid4())
    events = [{**EVENT, "id": f"{entity}-{number}", "entity_id": entity} for number in range(3)]
    batch = await rest("POST", f"{EVENTS}/batch", json={"events": events})
    assert (batch.status, batch.json) == (200, {"events": events})
    first = await rest("GET", f"{EVENTS}?entityId={entity}&topic=string.*&pageSize=2")
    assert (first.status, first.json["events"]) == (200, events[:2])
    second = await rest("GET", f"{EVENTS}?entityId={entity}&pageSize=2&after={first.json['next']}")
    assert second.json == {"events": events[2:]}


async def test_an_empty_search_answers_an_empty_list(rest: Rest) -> None:
    assert (await rest("GET", f"{EVENTS}?entityId=nobody")).json == {"events": []}


def check_problem(answer: Answer, status: int, message: str | None, *, path: str) -> None:
    """RFC 9457 as JHipster prints it. Source: WIRE.md 000 (c)."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json
    assert (problem["type"], problem["status"], problem["path"]) == ("about:blank", status, path)
    assert problem["requestId"] == answer.headers["x-request-id"]
    assert {"title", "detail", "message"} <= problem.keys()
    assert problem["message"].startswith("error.")
    assert message in (None, problem["message"])
    if status == 400:
        assert all({"objectName", "field", "message"} == set(error) for error in problem["fieldErrors"])
    else:
        assert "fieldErrors" not in problem
