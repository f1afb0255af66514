"""Errors over REST, from the real server and from Envoy in front of it: status, body, and that nothing was stored."""

import asyncio
import io
import json
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.e2e.instances import Instance
from tests.e2e.rest import Answer, Rest
from tests.support.waiting import PATIENCE_S
from tidings_server.rpc.dialects import BY_SERVICE

EVENTS = "/api/v1/events"
SUBSCRIPTIONS = "/api/v1/event-subscription"
PUSH = "/api/event/push/subscriptions"


def new_event(**fields: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "entity_id": "1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT", **fields}


def payload(**fields: Any) -> dict[str, Any]:
    return {"event_payload": fields}


def check(answer: Answer, status: int) -> Any:
    """Whoever answered, an error is the dialect's: no gRPC in it, and its request id is the header's."""
    assert answer.status == status, answer.body
    assert not [name for name in answer.headers if name.startswith(("grpc", "x-http", "x-envoy"))]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    return answer.json


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event_type": None}, "event_type"),
        ({"event_type": "NOPE"}, "event_type"),
        ({"event_type": "EVENT_TYPE_UNSPECIFIED"}, "event_type"),
        ({"event_type": 1}, "event_type"),
        ({"event_source": "application"}, "event_source"),
        (payload(operation="OPERATION_UNSPECIFIED"), "event_payload.operation"),
        (payload(operation="2"), "event_payload.operation"),
        (payload(base64_encoded_payload_json="%%%"), "event_payload.base64_encoded_payload_json"),
        (payload(key_attributes={"a": 1}), "event_payload.key_attributes"),
        (payload(key_attributes={"a": "\0"}), None),
        (payload(key_attributes={str(n): "" for n in range(300)}), "event_payload.key_attributes"),
        ({"entity_id": "\0"}, "entity_id"),
        ({"entity_id": "x" * 1025}, "entity_id"),
        ({"entity_name": "x" * 129}, "entity_name"),
        ({"id": "a/b"}, "id"),
        ({"id": "x" * 129}, "id"),
    ],
)
async def test_a_bad_event_is_400_with_its_field_and_not_stored(
    rest: Rest, fields: dict[str, Any], field: str | None
) -> None:
    body = new_event(**fields)
    told = check(await rest("POST", EVENTS, json=body), 400)
    assert told["message"] == "error.invalid_input"
    assert field in {None, *(error["field"] for error in told["fieldErrors"])}
    if "id" not in fields:
        check(await rest("GET", f"{EVENTS}/{body['id']}"), 404)


@pytest.mark.parametrize(
    "text", ['{"id":"%s"', '{"id":"%s","x":' + "[" * 60 + "]" * 60 + "}", '{"id":"%s","a":"\xff"}']
)
async def test_bad_json_is_400_and_not_stored(rest: Rest, text: str) -> None:
    event_id = str(uuid4())
    check(await rest("POST", EVENTS, data=(text % event_id).encode("latin-1")), 400)
    check(await rest("GET", f"{EVENTS}/{event_id}"), 404)


async def test_a_byte_order_mark_before_a_document_is_passed_over(rest: Rest, system: Instance) -> None:
    """Windows' editors and .NET's encoders begin texts with one."""
    bom, stranger = b"\xef\xbb\xbf", Rest(rest.session, system.rest, {})
    document = json.dumps({"event_type": "ENTITY_EVENT", "entity_name": "OTHER", "entity_id": "ö"}).encode()
    made = await rest("POST", EVENTS, data=bom + document)
    assert (made.status, made.json["entity_id"]) == (201, "ö")
    check(await rest("POST", EVENTS, data=bom + bom + document), 400)
    check(await rest("POST", EVENTS, data=bom), 400)
    demo = system.demo
    login = {"username": demo["store_username"], "password": demo["store_password"]}
    body, of_store = bom + json.dumps(login).encode(), {"store": demo["store"]}
    in_json = {**of_store, "content-type": "application/json"}
    assert (await stranger("POST", "/v1/account/login", data=body, headers=in_json)).status == 200
    in_xml = (
        bom
        + "<credentials><username>{username}</username><password>{password}</password></credentials>".format(
            **login
        ).encode()
    )
    xml = {**of_store, "content-type": "application/xml"}
    assert (await stranger("POST", "/v1/account/login", data=in_xml, headers=xml)).status == 200


@pytest.mark.parametrize("text", ["[1]", '"x"', "", "null", "{}", "NaN"])
async def test_a_body_that_is_no_event_is_400(rest: Rest, text: str) -> None:
    check(await rest("POST", EVENTS, data=text.encode()), 400)


async def test_a_batch_with_one_bad_event_is_400_and_stores_none(rest: Rest) -> None:
    batch = [new_event() for _ in range(10)]
    batch[7]["event_payload"] = {"operation": 3}
    told = check(await rest("POST", f"{EVENTS}/batch", json={"events": batch}), 400)
    assert told["fieldErrors"][0]["field"] == "events[7].event_payload.operation"
    batch[7]["event_payload"] = {"base64_encoded_payload_json": "%"}
    check(await rest("POST", f"{EVENTS}/batch", json={"events": batch}), 400)
    for event in batch:
        check(await rest("GET", f"{EVENTS}/{event['id']}"), 404)


@pytest.mark.parametrize(
    "target",
    ["?pageSize=-1", "?pageSize=501", "?pageSize=x", "?after=nope", "?from=yesterday", "?topic=%00", "?topic=%FF"],
)
async def test_a_bad_search_is_400(rest: Rest, target: str) -> None:
    check(await rest("GET", EVENTS + target), 400)


async def test_a_path_id_wins_over_query_and_body(rest: Rest) -> None:
    mine, other = new_event(), new_event()
    for event in (mine, other):
        assert (await rest("POST", EVENTS, json=event)).status == 201
    check(await rest("GET", f"{EVENTS}/{mine['id']}?id={other['id']}"), 400)
    target = f"{EVENTS}/{mine['id']}"
    assert (await rest("GET", target, json={"id": other["id"]})).json["id"] == mine["id"]


async def test_an_event_over_its_limit_is_413_and_not_stored(rest: Rest) -> None:
    """256 KiB an event, 1 MiB a request: the server's limit, then the edge's."""
    for size in (300_000, 2_000_000):
        body = new_event(event_payload={"base64_encoded_payload_json": "QUFB" * (size // 4)})
        check(await rest("POST", EVENTS, data=io.BytesIO(json.dumps(body).encode())), 413)
        check(await rest("GET", f"{EVENTS}/{body['id']}"), 404)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/api/v1/event", 404),
        ("GET", f"{EVENTS}/batch", 405),
        ("DELETE", EVENTS, 405),
        ("OPTIONS", EVENTS, 405),
        ("GET", f"{EVENTS}/%FF", 400),
        ("GET", f"{EVENTS}/%00", 400),
        ("POST", f"{SUBSCRIPTIONS}/x", 405),
        ("GET", "/fields/api/event/pull", 404),
        ("GET", "/tidings.collector.v1.EventService/GetEvent", 404),
    ],
)
async def test_refusals_of_the_edge_have_the_error_body(rest: Rest, method: str, target: str, status: int) -> None:
    answer = await rest(method, target)
    check(answer, status)
    assert ("allow" in answer.headers) == (status == 405)


async def test_head_is_405(rest: Rest) -> None:
    answer = await rest("HEAD", EVENTS)
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "GET, POST", b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": None}, 401),
        ({"authorization": "Bearer nonsense"}, 401),
        ({"authorization": "Bearer " + "x" * 9000}, 401),
        ({"authorization": "Basic eDp5"}, 401),
        ({"x-twc-tenant": None}, 400),
        ({"x-twc-tenant": "other"}, 403),
        ({"authorization": None, "x-twc-tenant": None}, 401),
    ],
)
async def test_authentication_errors_come_in_this_order(
    rest: Rest, headers: dict[str, str | None], status: int
) -> None:
    answer = await rest("GET", f"{EVENTS}/1", headers=headers)
    check(answer, status)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_request_ids_are_passed_on(rest: Rest, system: Instance) -> None:
    """Into the server's log, and back, on success and on failure."""
    for target, status in (("/healthz", 200), (f"{EVENTS}/none", 404)):
        request_id = f"e2e-{uuid4()}"
        answer = await rest("GET", target, headers={"x-request-id": request_id})
        assert (answer.status, answer.headers["x-request-id"]) == (status, request_id)
        [line] = await asyncio.to_thread(system.logged, request_id)
        assert (line["event"], line["path"]) == ("rpc", target)


async def test_a_request_refused_by_the_edge_is_logged_without_its_query(rest: Rest, system: Instance) -> None:
    request_id = f"e2e-{uuid4()}"
    await rest("GET", "/nothing?client_secret=hidden", headers={"x-request-id": request_id})
    [line] = await asyncio.to_thread(system.logged, request_id)
    assert (line["event"], line["method"], line["path"], line["status"]) == ("refused", "GET", "/nothing", 404)
    assert "hidden" not in system.log


async def test_a_forwarded_address_or_path_of_the_client_is_ignored(rest: Rest, system: Instance) -> None:
    request_id = str(uuid4())
    lies = {"x-envoy-original-path": "/a-lie", "x-request-id": request_id}
    async with grpc.aio.insecure_channel(system.grpc) as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/tidings.admin.v1.OperationsService/GetHealth"
        )
        await call(b"", metadata=tuple(lies.items()))
    await rest("GET", "/healthz", headers={**lies, "x-request-id": request_id})
    lines = await asyncio.to_thread(system.logged, request_id, 2)
    assert [line["path"] for line in lines] == ["/tidings.admin.v1.OperationsService/GetHealth", "/healthz"]


async def test_the_metrics_and_envoys_admin_are_not_reached_over_rest(rest: Rest) -> None:
    for target in ("/metrics", "/stats", "/config_dump", "/quitquitquit"):
        check(await rest("GET", target), 404)
        check(await rest("POST", target), 404)


async def test_every_rpc_is_served(system: Instance) -> None:
    """As gRPC reflection lists them: none answers UNIMPLEMENTED."""
    with grpc.insecure_channel(system.grpc) as channel:
        reflected = ProtoReflectionDescriptorDatabase(channel)
        pool = descriptor_pool.DescriptorPool(reflected)
        services = [name for name in reflected.get_services() if name.startswith("tidings.")]
        assert sorted(services) == sorted(BY_SERVICE)
        for service in services:
            for method in pool.FindServiceByName(service).methods:
                path = f"/{service}/{method.name}"
                if method.server_streaming:
                    stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
                    code = code_of(stream(b"", timeout=PATIENCE_S))
                else:
                    code = code_of_unary(channel.unary_unary(path))
                assert code is not grpc.StatusCode.UNIMPLEMENTED, path


def code_of(stream: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError):
        next(stream)
    code: grpc.StatusCode = stream.code()
    return code


def code_of_unary(call: Any) -> grpc.StatusCode:
    try:
        call(b"", timeout=PATIENCE_S)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK
