"""Refusals by Envoy itself: status, the dialect's own body, and that no call reaches the server."""

import io
import json
import re
from typing import Any

import pytest

from tests.edge.conftest import Answer, Rest
from tests.edge.scripted import ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/v1/events"
PUSH = "/api/event/push/subscriptions"
MIB = 1024 * 1024
EVENT_TYPES = (
    "must be one of ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, "
    "VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, "
    "OTHER, EVENT"
)
ENTITY_TYPES = (
    "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST"
)
OPERATIONS = "must be one of BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE"


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The body of document 000, checked in full."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body.keys() - {"fieldErrors"} == {"type", "title", "status", "detail", "path", "message", "requestId"}
    assert ("fieldErrors" in body) == (status == 400)
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["requestId"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"entity_id":"x","event_', "The body is not JSON: it ends too early, at line 1, column 25"),
        (b'{"entity_id":"x"', "The body is not JSON: it ends too early, at line 1, column 17"),
        (b"[1]", "The body must be an object, not a list"),
        (b"5", "The body must be an object, not a number"),
        (b'{"entity_id":"\xff"}', "The body is not JSON: bytes that are no UTF-8, at line 1, column 15"),
        (b'{"entity_id":"\\ud800"}', "The body is not JSON: half a surrogate pair, at line 1, column 15"),
    ],
    ids=[
        "cut in a name",
        "cut after a value",
        "a list",
        "a number",
        "no UTF-8",
        "half a surrogate pair",
    ],
)
async def test_bad_json_is_400_with_the_reason(rest: Rest, server: ScriptedServer, body: bytes, detail: str) -> None:
    answer = await rest("POST", EVENTS, data=body)
    answered = problem(answer, 400)
    assert (answered["detail"], answered["fieldErrors"]) == (detail, [])
    assert server.calls == []


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"entity_id": 5}, "entity_id", "must be a text, not a number"),
        ({"event_type": "NOPE"}, "event_type", EVENT_TYPES),
        ({"event_type": "entity_event"}, "event_type", EVENT_TYPES),
        ({"event_payload": {"operation": "SAVE"}}, "event_payload.operation", OPERATIONS),
        (
            {"event_payload": {"key_attributes": {"a": 1}}},
            "event_payload.key_attributes",
            "each value must be a text, not a number",
        ),
        ({"event_payload": 5}, "event_payload", "must be an object, not a number"),
        ({"event_payload": []}, "event_payload", "must be an object, not a list"),
        ({"event_payload": {"operation": ["CREATE"]}}, "event_payload.operation", f"{OPERATIONS}, not a list"),
    ],
)
async def test_a_wrong_type_names_the_field_and_what_it_takes_and_not_the_value(
    rest: Rest, server: ScriptedServer, body: dict[str, Any], field: str, rule: str
) -> None:
    answered = problem(await rest("POST", EVENTS, json=body), 400)
    assert answered["fieldErrors"] == [{"objectName": "event", "field": field, "message": rule}]
    assert answered["detail"] == f"{field}: {rule}"
    assert server.calls == []


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        (
            {"entity_type": "NOPE"},
            "entityType",
            ENTITY_TYPES,
        ),
        ({"destination": {"type": "HTTP"}}, "destination.type", "must be one of SQS, SNS"),
        ({"active": 1}, "active", "must be true or false, not a number"),
        ({"orderedMaxWait": "soon"}, "orderedMaxWait", "must be seconds as a text, such as 30s"),
        ({"maxPerSecond": 1.5}, "maxPerSecond", "must be a whole number of 32 bits"),
    ],
)
async def test_a_wrong_type_is_named_as_the_document_spells_it(
    rest: Rest, server: ScriptedServer, body: dict[str, Any], field: str, rule: str
) -> None:
    answered = problem(await rest("POST", "/api/v1/event-subscription", json=body), 400)
    assert answered["fieldErrors"] == [{"objectName": "subscription", "field": field, "message": rule}]
    assert server.calls == []


async def test_a_wrong_value_in_a_list_names_its_place(rest: Rest, server: ScriptedServer) -> None:
    batch = {"events": [{"event_type": "FAULT"}, {"event_type": "NOPE"}]}
    answered = problem(await rest("POST", f"{EVENTS}/batch", json=batch), 400)
    assert (answered["fieldErrors"][0]["field"], answered["fieldErrors"][0]["message"]) == (
        "events[1].event_type",
        EVENT_TYPES,
    )
    assert server.calls == []


@pytest.mark.parametrize(
    "body",
    [
        '{"event_type":1}',
        '{"event_type" : 1}',
        '{"event_type":"1"}',
        '{"event_type":-1}',
        '{"event_type":1.0}',
        '{"a":"\\"","event_type":1}',
        '{"a":"\\\\","event_type":1}',
        '{"key_attributes":{"event_type":"7"},"event_type":1}',
        '{"event_payload":{"operation":2}}',
        '{"event_payload":{"key_attributes":{"operation":"2"},"operation":2}}',
    ],
)
async def test_a_number_for_an_enum_is_400(rest: Rest, server: ScriptedServer, body: str) -> None:
    answered = problem(await rest("POST", EVENTS, data=body.encode()), 400)
    field = "event_payload.operation" if "operation" in body else "event_type"
    rule = f"{OPERATIONS if 'operation' in body else EVENT_TYPES}, not a number"
    assert answered["fieldErrors"] == [{"objectName": "event", "field": field, "message": rule}]
    assert server.calls == []


async def test_a_wrong_name_of_an_enum_in_a_query_is_refused_with_the_right_ones(
    rest: Rest, server: ScriptedServer
) -> None:
    answer = await rest("GET", "/api/v1/metrics/events?step=WEEK")
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["detail"] == "step: must be one of HOUR, DAY"


async def test_a_number_for_an_enum_deep_in_a_batch_is_400(rest: Rest, server: ScriptedServer) -> None:
    batch: dict[str, Any] = {"events": [{"event_type": "FAULT", "entity_id": str(n)} for n in range(100)]}
    batch["events"][99]["event_payload"] = {"operation": 2}
    answered = problem(await rest("POST", f"{EVENTS}/batch", json=batch), 400)
    assert answered["fieldErrors"][0]["field"] == "events[99].event_payload.operation"
    assert server.calls == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"operation": "2"},
        {"event_type": "1", "text": '"event_type":1'},
        {"event_type": "1 of 2"},
    ],
)
async def test_digits_in_fields_other_than_enums_are_accepted(
    rest: Rest, server: ScriptedServer, attributes: dict[str, str]
) -> None:
    body = {"event_type": "FAULT", "event_payload": {"key_attributes": attributes}}
    assert (await rest("POST", EVENTS, json=body)).status == 200
    assert dict(server.last.request.event.event_payload.key_attributes) == attributes


@pytest.mark.parametrize("opener", [b"[", b'{"a":'])
async def test_json_nested_60_deep_is_400(rest: Rest, server: ScriptedServer, opener: bytes) -> None:
    closer = b"]" if opener == b"[" else b"}"
    body = b'{"unknown":' + opener * 60 + b"1" + closer * 60 + b"}"
    assert "32 levels" in problem(await rest("POST", EVENTS, data=body), 400)["detail"]
    assert server.calls == []


async def test_brackets_in_strings_are_no_nesting(rest: Rest, server: ScriptedServer) -> None:
    text = '{"[' * 100
    assert (await rest("POST", EVENTS, json={"entity_id": text})).status == 200
    assert server.last.request.event.entity_id == text


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/events/x/y", "/api/v2/events", "/fields/api/event/pull"])
async def test_an_unknown_path_is_404(rest: Rest, server: ScriptedServer, path: str) -> None:
    assert problem(await rest("GET", path), 404)["path"] == path
    assert server.calls == []


@pytest.mark.parametrize("kind", ["actions", "basket", "orders", "transactions", "redemptions"])
@pytest.mark.parametrize(("rest_of_path", "status"), [("", 405), ("/", 405), ("/deliveries", 404)])
async def test_a_path_name_of_the_loyalty_api_is_no_event_id(
    rest: Rest, server: ScriptedServer, kind: str, rest_of_path: str, status: int
) -> None:
    reply = await rest("GET", f"{EVENTS}/{kind}{rest_of_path}")
    code = {404: "NotFound", 405: "BadRequest"}[status]
    assert (reply.status, reply.json["code"], reply.headers.get("allow", "POST")) == (status, code, "POST")
    assert server.calls == []


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", EVENTS, "GET, POST"),
        ("PUT", f"{EVENTS}/abc", "GET"),
        ("GET", f"{EVENTS}/batch", "POST"),
        ("OPTIONS", EVENTS, "GET, POST"),
        ("PATCH", "/api/v1/event-subscription/", "GET, POST, PUT"),
        ("POST", "/healthz", "GET"),
    ],
)
async def test_a_wrong_method_is_405_with_allow(
    rest: Rest, server: ScriptedServer, method: str, path: str, allow: str
) -> None:
    answer = await rest(method, path)
    assert problem(answer, 405)["message"] == "error.method_not_allowed"
    assert answer.headers["allow"] == allow
    assert server.calls == []


@pytest.mark.usefixtures("server")
async def test_head_is_405_without_a_body_and_keeps_the_connection(rest: Rest) -> None:
    answer = await rest("HEAD", f"{EVENTS}/abc")
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "GET", b"")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await rest("GET", f"{EVENTS}/abc")).status == 200


@pytest.mark.parametrize("content_type", ["application/grpc", "application/grpc+proto", "application/grpc-web"])
async def test_grpc_on_a_rest_path_is_415(rest: Rest, server: ScriptedServer, content_type: str) -> None:
    answer = await rest("POST", EVENTS, data=b"\0\0\0\0\0", headers={"content-type": content_type})
    problem(answer, 415)
    assert server.calls == []


async def test_a_compressed_body_is_415(rest: Rest, server: ScriptedServer) -> None:
    problem(await rest("POST", EVENTS, data=b"x", headers={"content-encoding": "gzip"}), 415)
    assert server.calls == []


@pytest.mark.parametrize(
    "target", [f"{EVENTS}/%FF", f"{EVENTS}/%C0%80", f"{EVENTS}?topic=%ED%A0%80", f"{EVENTS}?a=%00"]
)
async def test_a_path_or_query_that_is_not_utf_8_is_400(rest: Rest, server: ScriptedServer, target: str) -> None:
    assert problem(await rest("GET", target), 400)["path"] == target.partition("?")[0]
    assert server.calls == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (f"{EVENTS}/a%00", {"status": 400, "path": f"{EVENTS}/a%00"}),
        ("/api/v4.1/event/%00", {"errors": [{"code": "400", "message": "The request is not valid."}]}),
        (f"{PUSH}/%00", {"message": "The request is not valid.", "errorCode": "VALIDATION_CONFLICT"}),
        ("/api/v1/customers/%00", {"code": "BadRequest", "detail": "INVALID_INPUT at /api/v1/customers/%00"}),
        ("/v1/events/%00", {"errorCode": 900101, "errorField": None}),
        ("/auth/realms/%00/protocol/openid-connect/token", {"error": "invalid_request"}),
        ("/admin/v1/tenants/%00", {"status": 400, "path": "/admin/v1/tenants/%00"}),
    ],
)
async def test_nul_in_a_path_is_400_in_the_dialect_of_the_path(
    rest: Rest, server: ScriptedServer, path: str, error: dict[str, Any]
) -> None:
    """Envoy's own path normalisation is first here: no filter sees such a request, but its answer."""
    answer = await rest("GET", f"{path}?secret=1")
    assert (answer.status, answer.json | error) == (400, answer.json)
    assert b"secret" not in answer.body
    assert answer.headers["x-request-id"].encode() in answer.body
    assert "x-edge-target" not in answer.headers
    assert server.calls == []


async def test_nul_in_a_path_is_400_without_a_body_to_head(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("HEAD", "/v1/events/%00")
    assert (answer.status, answer.body, server.calls) == (400, b"", [])
    assert (await rest("GET", EVENTS)).status == 200


async def chunks(size: int) -> Any:
    yield b'{"entity_id":"'
    yield b"x" * size
    yield b'"}'


@pytest.mark.parametrize("with_length", [True, False], ids=["with Content-Length", "in chunks"])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        (EVENTS, MIB, 413),
        (EVENTS, MIB - 100, 200),
        (f"{EVENTS}/batch", 16 * MIB, 413),
        (f"{EVENTS}/batch", 15 * MIB, 200),
    ],
)
async def test_a_body_over_the_limit_of_its_path_is_413(
    rest: Rest, server: ScriptedServer, path: str, size: int, status: int, *, with_length: bool
) -> None:
    data = io.BytesIO(b"".join([part async for part in chunks(size)])) if with_length else chunks(size)
    answer = await rest("POST", path, data=data)
    assert answer.status == status
    if status == 413:
        problem(answer, 413)
        assert server.calls == []


async def test_headers_over_the_limit_are_431(rest: Rest, server: ScriptedServer) -> None:
    answered = problem(await rest("GET", EVENTS, headers={f"x-{n}": "y" * 8000 for n in range(8)}), 431)
    assert (answered["message"], answered["detail"]) == (
        "error.headers_too_large",
        "The request's headers are larger than 60 KiB, or more than 100.",
    )
    assert server.calls == []


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("DELETE", PUSH, (405, "METHOD_NOT_ALLOWED")),
        ("GET", f"{PUSH}/a/b/c/d", (404, "ITEM_NOT_FOUND")),
        ("GET", "/event/nothing", (404, "ITEM_NOT_FOUND")),
        ("POST", PUSH, (400, "VALIDATION_CONFLICT")),
    ],
)
async def test_the_push_dialect_answers_in_its_own_body(
    rest: Rest, server: ScriptedServer, method: str, path: str, expected: tuple[int, str]
) -> None:
    answer = await rest(method, path, data=b'{"endpoint":' if method == "POST" else None)
    assert answer.headers["content-type"] == "application/json"
    assert (answer.status, answer.json["errorCode"]) == expected
    assert answer.json.keys() == {
        "message",
        "errorCode",
        "subErrorCode",
        "applicationName",
        "items",
        "additionalErrorData",
        "exceptionDetail",
    }
    assert answer.json["additionalErrorData"] == [{"name": "requestId", "value": answer.headers["x-request-id"]}]
    assert server.calls == []


async def test_the_push_dialect_names_the_field_as_its_clients_spell_it(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("GET", f"{PUSH}?STARTINDEX=x")
    assert answer.status == 400
    assert answer.json["items"][0]["applicationErrorData"] == [{"name": "field", "value": "startIndex"}]
    answer = await rest("POST", PUSH, json={"noCallback": 5})
    assert answer.json["items"][0]["applicationErrorData"] == [{"name": "field", "value": "noCallback"}]
    assert server.calls == []


@pytest.mark.parametrize("path", ["/oauth/token", "/auth/realms/acme/protocol/openid-connect/token", "/oauth/nothing"])
async def test_the_token_endpoints_answer_by_rfc_6749(rest: Rest, server: ScriptedServer, path: str) -> None:
    answer = await rest("GET", path)
    assert answer.status == (404 if path.endswith("nothing") else 405)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["error"] == "invalid_request"
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    assert server.calls == []


@pytest.mark.parametrize("given", ["abc-1", "A.b_c:d~e-9", "x" * 128])
async def test_a_good_request_id_is_taken(rest: Rest, server: ScriptedServer, given: str) -> None:
    answer = await rest("GET", EVENTS, headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given == server.last.metadata["x-request-id"]
    assert problem(await rest("GET", "/nothing", headers={"x-request-id": given}), 404)["requestId"] == given


@pytest.mark.parametrize("given", [None, "", "a b", "ä", "x" * 129, "a/b"])
async def test_any_other_request_id_is_replaced(rest: Rest, server: ScriptedServer, given: str | None) -> None:
    headers = {} if given is None else {"x-request-id": given}
    made = (await rest("GET", EVENTS, headers=headers)).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
    assert server.last.metadata["x-request-id"] == made
    assert made != (await rest("GET", EVENTS, headers=headers)).headers["x-request-id"]


async def test_a_path_with_quotes_is_valid_json_in_the_body(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("GET", '/a"b\\c')
    assert json.loads(answer.body)["path"].startswith("/a")
    assert server.calls == []
