"""Requests that mean harm, and those that only look so: what the edge does before the server hears of them."""

import asyncio
import io
import json
import time
from typing import Any

import psutil
import pytest

from tests.edge.conftest import Fronted, Rest
from tests.edge.scripted import ScriptedServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/v1/events"
MOST = 16 * 1024 * 1024
DEARER = 10
"""How much dearer than one long text of the same size a body may be: a walk byte by byte took 26 times as long."""

SCALARS = {
    "/api/v1/events": "entity_id",
    "/api/v1/event-subscription": "entityType",
    "/api/event/push/subscriptions": "endpoint",
    "/api/v1/rules": "effectiveTo",
    "/v1/events": "actionType",
    "/api/v4.1/event/async": "name",
    "/admin/v1/tenants": "name",
}


@pytest.mark.parametrize(("path", "field"), SCALARS.items())
async def test_an_object_for_a_scalar_names_the_field(
    rest: Rest, server: ScriptedServer, path: str, field: str
) -> None:
    answer = await rest("POST", path, json={field: {"a": 1}})
    assert (answer.status, server.calls) == (400, [])
    assert f"{field}: must be" in answer.body.decode()
    assert "not an object" in answer.body.decode()


@pytest.mark.parametrize("value", [{"b": 1}, {}, [1], []])
async def test_an_object_in_a_map_of_texts_names_the_map(rest: Rest, server: ScriptedServer, value: Any) -> None:
    answer = await rest("POST", EVENTS, json={"event_payload": {"key_attributes": {"x": "y", "a": value}}})
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["fieldErrors"][0]["field"] == "event_payload.key_attributes"


async def test_free_form_objects_pass(rest: Rest, server: ScriptedServer) -> None:
    body = {"nosuch": {"entity_id": {"a": [{"event_type": 1}]}}, "entity_id": "x: {", "event_payload": {}}
    assert (await rest("POST", EVENTS, json=body)).status == 200
    assert server.last.request.event.entity_id == "x: {"


@pytest.mark.parametrize("value", ["x" * 1_000, "x" * 100_000, "a\nb", "a\r\nb", 'a" for type TYPE_BOOL\n', "a: b: c"])
async def test_a_refused_value_is_never_shown(rest: Rest, server: ScriptedServer, value: str) -> None:
    raw = json.dumps({"event_type": value}).replace("\\n", "\n").replace("\\r", "\r")
    answer = await rest("POST", EVENTS, data=raw.encode())
    assert (answer.status, server.calls) == (400, [])
    (fault,) = answer.json["fieldErrors"]
    assert fault["field"] == "event_type"
    assert value[:3] not in fault["message"].replace("ENTITY_EVENT", "")
    assert "invalid value" not in answer.body.decode()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"entity_id":"x', "line 1, column 16"),
        ('{"entity_id":"x"', "line 1, column 17"),
        ('{\n  "entity_id": [\n', "line 3, column 1"),
        ('{"a": "\n\n', "line 3, column 1"),
        ("[", "line 1, column 2"),
        ('{"a": "\\', "line 1, column 9"),
    ],
)
async def test_a_body_that_ends_too_early_is_not_json(
    rest: Rest, server: ScriptedServer, body: str, place: str
) -> None:
    answer = await rest("POST", EVENTS, data=body.encode())
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["detail"] == f"The body is not JSON: it ends too early, at {place}"


async def test_a_byte_order_mark_before_json_is_passed_over(rest: Rest, server: ScriptedServer) -> None:
    assert (await rest("POST", EVENTS, data=b'\xef\xbb\xbf{"entity_id":"x"}')).status == 200
    assert len(server.calls) == 1


async def test_a_query_name_twice_is_400(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("GET", "/admin/v1/audit?pageSize=1&page_size=2")
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["fieldErrors"][0]["field"] == "pageSize"


async def test_a_plus_in_an_instant_is_the_one_of_its_offset(rest: Rest, server: ScriptedServer) -> None:
    assert (await rest("GET", "/admin/v1/audit?from=2026-01-01T00:00:00+02:00&resource=a+b")).status == 200
    request = server.last.request
    assert (request.from_time, request.resource) == ("2026-01-01T00:00:00+02:00", "a b")


BODIES = {
    "objects": b'{"events":[' + b"{}," * 5_100_000 + b"{}]}",
    "names of enums": b'{"x":[' + b'{"event_type":5},' * 950_000 + b"0]}",
    "texts": b'{"x":[' + b'"","",' * 2_600_000 + b"0]}",
    "escapes": b'{"x":"' + b"\\\\" * 7_900_000 + b'"}',
    "lines": b'{"x":"' + b"\n" * 15_900_000 + b'"}',
    "blanks behind texts": b'{"x":[' + (b'"a"' + b" " * 13 + b",") * 950_000 + b"0]}",
    "maps": b'{"key_attributes":{' + b'"a":{},' * 2_200_000 + b'"b":1}}',
}


@pytest.mark.parametrize("kind", BODIES)
async def test_checking_a_large_body_costs_about_as_much_as_receiving_it(
    rest: Rest, fronted: Fronted, kind: str
) -> None:
    envoy = psutil.Process(fronted.edge._running().pid)

    async def cost_s(body: bytes) -> float:
        """Envoy's own processor time, which others on the machine do not lengthen."""
        before = sum(envoy.cpu_times()[:2])
        await rest("POST", f"{EVENTS}/batch", data=io.BytesIO(body))
        return sum(envoy.cpu_times()[:2]) - before

    plain = b'{"x":"' + b"a" * (len(BODIES[kind][:MOST]) - 8) + b'"}'
    taken_in = min([await cost_s(plain) for _ in range(3)])
    dear = min([await cost_s(BODIES[kind][:MOST]) for _ in range(3)])
    assert dear < DEARER * max(taken_in, 0.05)


async def test_more_than_100_000_objects_are_refused(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("POST", EVENTS, data=b'{"x":[' + b"{}," * 100_000 + b"{}]}")
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["detail"] == "the body has more than 100,000 objects and lists"


async def spoken(port: int, request: bytes) -> bytes:
    """What is answered to raw bytes until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read()
    except ConnectionError:  # cut off: all the better
        return b""
    finally:
        writer.close()


async def test_connect_is_405(rest: Rest, server: ScriptedServer) -> None:
    answer = await spoken(
        rest.port, b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\nconnection: close\r\n\r\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405")
    assert (json.loads(body)["status"], server.calls) == (405, [])


@pytest.mark.parametrize("host", [b"", b"host: x\r\n"])
async def test_http_1_0_is_answered(rest: Rest, host: bytes) -> None:
    answer = await spoken(rest.port, b"GET /version HTTP/1.0\r\n" + host + b"\r\n")
    assert answer.split(b" ")[1] == b"200", answer


@pytest.mark.parametrize("said", [b"", b"G", b"GET /version HT"])
async def test_a_silent_connection_is_closed_soon(rest: Rest, said: bytes) -> None:
    started = time.monotonic()
    await spoken(rest.port, said)
    assert 1 < time.monotonic() - started < 30
