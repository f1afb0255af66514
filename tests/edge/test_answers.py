"""Answers of the server as they reach a REST client."""

import json

import grpc
import pytest
from google.protobuf.message import Message

from tests.edge.conftest import Rest
from tests.edge.scripted import ScriptedServer, answering
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/v1/events"
SUBSCRIPTIONS = "/api/v1/event-subscription"
MIB = 1024 * 1024


def event(server: ScriptedServer, **fields: object) -> Message:
    message: Message = server.message("tidings.collector.v1.Event", **fields)
    return message


async def test_the_server_sets_the_status(rest: Rest, server: ScriptedServer) -> None:
    initial = [("x-http-code", "201"), ("location", f"{EVENTS}/1"), ("etag", '"3"')]
    server.unary["CreateEvent"] = answering(event(server, id="1"), initial=initial)
    answer = await rest("POST", EVENTS, json={})
    assert (answer.status, answer.json["id"]) == (201, "1")
    assert (answer.headers["location"], answer.headers["etag"]) == (f"{EVENTS}/1", '"3"')
    assert not [name for name in answer.headers if name.startswith(("grpc", "x-http", "x-envoy"))]


async def test_204_has_no_body(rest: Rest, server: ScriptedServer) -> None:
    done = server.message("tidings.push.v1.DeleteSubscriptionResponse")
    server.unary["DeleteSubscription"] = answering(done, initial=[("x-http-code", "204")])
    answer = await rest("DELETE", "/api/event/push/subscriptions/1")
    assert (answer.status, answer.body) == (204, b"")
    assert not answer.headers.keys() & {"content-type", "content-length"}


async def test_an_ok_answer_may_have_the_status_404_and_keeps_its_body(rest: Rest, server: ScriptedServer) -> None:
    server.unary["GetEvent"] = answering(event(server, id="1"), initial=[("x-http-code", "404")])
    answer = await rest("GET", f"{EVENTS}/1")
    assert (answer.status, answer.json["id"]) == (404, "1")


@pytest.mark.parametrize("count", [0, 1, 3, 2000])
async def test_a_list_is_unwrapped(rest: Rest, server: ScriptedServer, count: int) -> None:
    """2,000 subscriptions are about 5 MiB: more than Envoy's buffers take by default."""
    one = {"id": "x" * 128, "destination": {"sqs": {"queue_url": '"]}' * 800}}}
    listed = server.message("tidings.collector.v1.ListEventSubscriptionsResponse", items=[one] * count)
    server.unary["ListEventSubscriptions"] = answering(listed, initial=[("x-http-unwrap", "items")])
    answer = await rest("GET", SUBSCRIPTIONS)
    assert answer.status == 200
    assert [item["id"] for item in answer.json] == ["x" * 128] * count


async def test_an_answer_of_15_mib_passes(rest: Rest, server: ScriptedServer) -> None:
    server.unary["GetEvent"] = answering(event(server, id="x" * 15 * MIB))
    answer = await rest("GET", f"{EVENTS}/1")
    assert (answer.status, len(answer.json["id"])) == (200, 15 * MIB)


async def test_an_answer_over_16_mib_is_500_in_the_dialects_body(rest: Rest, server: ScriptedServer) -> None:
    large = "x" * 17 * MIB
    server.unary["GetEvent"] = answering(event(server, id=large))
    answer = await rest("GET", f"{EVENTS}/1")
    assert (answer.status, answer.json["message"], answer.json["path"]) == (500, "error.internal", f"{EVENTS}/1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    server.unary["GetSubscription"] = answering(server.message("tidings.push.v1.Subscription", id=large))
    answer = await rest("GET", "/api/event/push/subscriptions/1")
    assert (answer.status, answer.json["errorCode"]) == (500, "UNEXPECTED_ERROR")
    assert answer.json["additionalErrorData"] == [{"name": "requestId", "value": answer.headers["x-request-id"]}]


@pytest.mark.parametrize("size", [10, 50_000])
async def test_the_servers_error_body_is_passed_on(rest: Rest, server: ScriptedServer, size: int) -> None:
    body = json.dumps({"message": "x" * size})
    trailing = [
        ("x-http-code", "412"),
        ("x-http-content-type", "application/problem+json"),
        ("x-http-body", body),
        ("retry-after", "3"),
        ("x-request-id", "another"),
    ]
    server.unary["GetEvent"] = answering(
        event(server), code=grpc.StatusCode.ABORTED, details="secret", trailing=trailing
    )
    answer = await rest("GET", f"{EVENTS}/1", headers={"x-request-id": "mine"})
    assert (answer.status, answer.body.decode()) == (412, body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.headers["x-request-id"]) == ("3", "mine")
    assert not [name for name in answer.headers if name.startswith(("grpc", "x-http", "x-envoy"))]


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (grpc.StatusCode.UNIMPLEMENTED, 501, "not_implemented"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429, "limit_exceeded"),
        (grpc.StatusCode.INTERNAL, 500, "internal"),
        (grpc.StatusCode.UNAVAILABLE, 503, "unavailable"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504, "timed_out"),
    ],
)
async def test_errors_of_the_grpc_library_have_the_dialects_body_without_details(
    rest: Rest, server: ScriptedServer, code: grpc.StatusCode, status: int, reason: str
) -> None:
    server.unary["GetEvent"] = answering(event(server), code=code, details="a secret of ours")
    answer = await rest("GET", f"{EVENTS}/1")
    assert (answer.status, answer.json["status"], answer.json["message"]) == (status, status, f"error.{reason}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"secret" not in answer.body
    assert not [name for name in answer.headers if name.startswith("grpc")]


async def test_an_exception_in_a_handler_reveals_nothing(rest: Rest, server: ScriptedServer) -> None:
    async def fail(_request: object, _context: object) -> object:
        raise ValueError("a secret of ours")

    server.unary["GetEvent"] = fail  # type: ignore[assignment]
    answer = await rest("GET", f"{EVENTS}/1")
    assert answer.status == 500
    assert b"secret" not in answer.body


async def test_raw_responses_have_the_content_type_of_the_server(rest: Rest, server: ScriptedServer) -> None:
    raw = server.message("google.api.HttpBody", content_type="text/csv", data=b"a,b")
    server.unary["ExchangeForm"] = answering(raw, initial=[("x-http-code", "201"), ("cache-control", "no-store")])
    answer = await rest("POST", "/oauth/token", data=b"a=b")
    assert (answer.status, answer.headers["content-type"], answer.body) == (201, "text/csv", b"a,b")
    assert answer.headers["cache-control"] == "no-store"


async def test_http_2_is_spoken_too(rest: Rest, server: ScriptedServer) -> None:
    """A gRPC client is an HTTP/2 client: it sees the 415 that REST paths give to gRPC."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{rest.port}") as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EVENTS)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(b"", timeout=PATIENCE_S)
    assert "415" in (refused.value.details() or "")
    assert server.calls == []
