"""REST requests as they reach the server: bound fields, and headers that a client cannot set."""

from typing import Any

import pytest

from tests.edge.conftest import Rest
from tests.edge.scripted import ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/v1/events"
PUSH = "/api/event/push/subscriptions"


@pytest.mark.parametrize(
    "target",
    [
        f"{EVENTS}/abc",
        f"{EVENTS}/abc/",
        f"{EVENTS}//abc",
        f"{EVENTS}/abc?",
        f"{EVENTS}/abc?&",
    ],
)
async def test_a_path_variable_arrives(rest: Rest, server: ScriptedServer, target: str) -> None:
    assert (await rest("GET", target)).status == 200
    assert (server.last.method, server.last.request.id) == ("EventService/GetEvent", "abc")


@pytest.mark.parametrize("query", ["id=q", "%69d=q", "id=q&id=r", "id.x=q"])
async def test_nothing_overwrites_a_path_variable(rest: Rest, server: ScriptedServer, query: str) -> None:
    assert (await rest("GET", f"{EVENTS}/abc?{query}")).status == 400
    assert server.calls == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{EVENTS}/abc"),
        ("PUT", "/api/v1/event-subscription/abc/deactivate"),
        ("POST", f"{PUSH}/abc/confirm"),
        ("DELETE", f"{PUSH}/abc"),
    ],
)
async def test_a_body_where_none_belongs_is_dropped(rest: Rest, server: ScriptedServer, method: str, path: str) -> None:
    for body in (b'{"id":"q"}', b"no json"):
        assert (await rest(method, path, data=body)).status == 200
        assert server.last.request.id == "abc"


@pytest.mark.parametrize("path", [f"{PUSH}/abc", "/admin/v1/tenants/abc/quotas"])
async def test_nothing_replaces_nothing(rest: Rest, server: ScriptedServer, path: str) -> None:
    assert (await rest("PUT", path)).status == 400
    assert server.calls == []
    assert (await rest("PUT", path, data=b"{}")).status == 200


async def test_a_query_does_not_reach_into_a_body(rest: Rest, server: ScriptedServer) -> None:
    for query in ("subscription.endpoint=q", "id=q"):
        assert (await rest("PUT", f"{PUSH}/abc?{query}", json={"endpoint": "https://a", "id": "x"})).status == 400
    assert (await rest("POST", f"{EVENTS}/batch?events.id=q", json={"events": [{"id": "a"}]})).status == 400
    assert server.calls == []
    assert (await rest("PUT", f"{PUSH}/abc", json={"endpoint": "https://a", "id": "x"})).status == 200
    assert (server.last.request.id, server.last.request.subscription.endpoint) == ("abc", "https://a")


async def test_a_body_that_repeats_the_path_variable_is_400(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("POST", "/api/v1/subscriptions/abc/replay", json={"from": "1", "id": "q"})
    assert (answer.status, answer.json["fieldErrors"][0]["field"]) == (400, "id")
    assert server.calls == []
    assert (await rest("POST", "/api/v1/subscriptions/abc/replay", json={"from": "1"})).status == 200
    assert server.last.request.id == "abc"


@pytest.mark.parametrize(
    "names", ["startIndex pageSize sortBy", "STARTINDEX pagesize SortBy", "start_index page_size sort_by"]
)
async def test_the_push_dialect_takes_query_names_in_any_case(rest: Rest, server: ScriptedServer, names: str) -> None:
    start, size, order = names.split()
    await rest("GET", f"{PUSH}?{start}=20&{size}=5&{order}=createDate+desc")
    asked = server.last.request
    assert (asked.start_index, asked.page_size, asked.sort_by) == (20, 5, "createDate desc")


async def test_query_names_of_other_dialects_are_as_declared(rest: Rest, server: ScriptedServer) -> None:
    await rest("GET", f"{EVENTS}?pageSize=5&entityId=%61%2Fb")
    asked = server.last.request
    assert (asked.page_size, asked.entity_id, asked.topic) == (5, "a/b", "")
    assert (await rest("GET", f"{EVENTS}?TOPIC=q")).status == 400


@pytest.mark.parametrize("prefix", ["/api", ""])
@pytest.mark.parametrize(
    "path", ["/event/push/subscriptions", "/event/push/subscriptions/abc", "/event/pull", "/event/pull/abc"]
)
async def test_reads_with_response_fields_go_to_the_twin(
    rest: Rest, server: ScriptedServer, prefix: str, path: str
) -> None:
    others, is_list = "&filter=a+eq+b&pageSize=3", not path.endswith("/abc")
    await rest("GET", f"{prefix}{path}?RESPONSEFIELDS=items(id%2Ctopics){others * is_list}")
    assert server.last.method == "SelectionService/SelectFields"
    asked = server.last.request
    assert (asked.path, asked.response_fields) == (f"{prefix}{path}".lstrip("/"), "items(id,topics)")
    assert (asked.filter, asked.page_size) == (("a eq b", 3) if is_list else ("", 0))
    await rest("GET", f"{prefix}{path}/?responseFields=id")
    assert server.last.request.path == f"{prefix}{path}".lstrip("/")


@pytest.mark.parametrize("query", ["", "?responseFields=", "?responsefields&pageSize=3"])
async def test_reads_without_response_fields_go_where_they_always_go(
    rest: Rest, server: ScriptedServer, query: str
) -> None:
    await rest("GET", PUSH + query)
    assert server.last.method == "SubscriptionService/ListSubscriptions"


async def test_the_twin_keeps_what_an_id_contains(rest: Rest, server: ScriptedServer) -> None:
    await rest("GET", "/api/event/pull/a%3Ab?responseFields=id")
    assert server.last.request.path == "api/event/pull/a:b"


async def test_a_form_arrives_as_it_is(rest: Rest, server: ScriptedServer) -> None:
    form = b"grant_type=client_credentials&client_id=%7B1%7D"
    path = "/auth/realms/acme/protocol/openid-connect/token?realm=other&scope=api&form.data=x"
    kind = "application/x-www-form-urlencoded"
    await rest("POST", path, data=form, headers={"content-type": kind})
    asked = server.last.request
    assert (asked.realm, asked.scope, asked.form.data, asked.form.content_type) == ("acme", "api", form, kind)


async def test_headers_of_envoy_and_grpc_from_clients_have_no_effect(rest: Rest, server: ScriptedServer) -> None:
    lies = {
        "grpc-timeout": "1n",
        "grpc-encoding": "nonsense",
        "x-envoy-upstream-rq-timeout-ms": "1",
        "x-envoy-original-path": "/lie",
        "x-envoy-internal": "true",
        "x-forwarded-for": "203.0.113.9",
    }
    assert (await rest("GET", f"{EVENTS}/abc", headers=lies)).status == 200
    seen = server.last.metadata
    assert seen["x-envoy-original-path"] == f"{EVENTS}/abc"
    assert not seen.keys() & {"x-envoy-internal", "x-envoy-upstream-rq-timeout-ms", "grpc-encoding"}
    assert not seen["x-forwarded-for"].endswith("203.0.113.9")


@pytest.mark.parametrize(
    "name",
    [
        "grpc-previous-rpc-attempts",
        "grpc-accept-encoding",
        "grpc-server-stats-bin",
        "grpc-trace-bin",
        "x-own-bin",
        "X-Own-Bin",
    ],
)
async def test_headers_that_mean_something_to_grpc_alone_do_no_harm(
    rest: Rest, server: ScriptedServer, name: str
) -> None:
    assert (await rest("GET", f"{EVENTS}/abc", headers={name: "no base64, no number!"})).status == 200
    assert name.lower() not in server.last.metadata or name == "grpc-accept-encoding"


@pytest.mark.parametrize("name", ["authorization", "x-twc-tenant", "idempotency-key", "if-match", "last-event-id"])
async def test_the_headers_of_the_dialects_arrive(rest: Rest, server: ScriptedServer, name: str) -> None:
    await rest("GET", f"{EVENTS}/abc", headers={name: "value"})
    assert server.last.metadata[name] == "value"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"{EVENTS}/a:b", "a:b"),
        (f"{EVENTS}/ORDER::BAR", "ORDER::BAR"),
        (f"{EVENTS}/a%2Fb", "a/b"),
        (f"{EVENTS}/%C3%A4", "ä"),
    ],
)
async def test_ids_arrive_decoded(rest: Rest, server: ScriptedServer, target: str, expected: str) -> None:
    await rest("GET", target)
    assert server.last.request.id == expected


async def test_the_operation_of_an_event_may_be_null_or_missing(rest: Rest, server: ScriptedServer) -> None:
    body: dict[str, Any] = {"event_type": "FAULT", "event_source": None, "event_payload": {}}
    assert (await rest("POST", EVENTS, json=body)).status == 200
    assert not server.last.request.event.HasField("event_source")


LARGE = b'{"entity_id":"' + b"x" * 70_000 + b'"}'


async def test_a_large_body_is_read_once_the_server_knows_the_caller(rest: Rest, server: ScriptedServer) -> None:
    headers = {"authorization": "Bearer good", "x-tidings-caller": "known", "x-tidings-peer": "9.9.9.9"}
    answer = await rest("POST", "/api/v1/events", data=LARGE, headers=headers)
    [asked], [served] = server.asked, server.calls
    assert answer.status == 200
    assert (asked.metadata["x-tidings-caller"], asked.metadata["authorization"]) == ("asked", "Bearer good")
    assert (asked.metadata["x-tidings-client"], asked.metadata["x-tidings-peer"]) == ("127.0.0.1", "127.0.0.1")
    assert asked.metadata["x-envoy-original-path"] == "/api/v1/events"
    assert "x-tidings-caller" not in served.metadata
    assert len(served.request.event.entity_id) == 70_000


@pytest.mark.parametrize("body", [LARGE, LARGE[:-1] + b",", b"[" * 70_000])
async def test_of_an_unknown_caller_a_large_body_is_not_read(rest: Rest, server: ScriptedServer, body: bytes) -> None:
    server.knows = False
    assert (await rest("POST", "/api/v1/events", data=body)).status == 200
    [served] = server.calls
    assert served.metadata["x-tidings-caller"] == "unread"
    assert not served.request.event.ByteSize()


async def test_of_a_small_body_nobody_is_asked(rest: Rest, server: ScriptedServer) -> None:
    body = LARGE.replace(b"x" * 10_000, b"")
    await rest("POST", "/api/v1/events", data=body + b" " * 60_000, headers={"x-tidings-caller": "asked"})
    [served] = server.calls
    assert not server.asked
    assert "x-tidings-caller" not in served.metadata
