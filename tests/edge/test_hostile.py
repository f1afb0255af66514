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

EVENTS, PUSH = "/api/v1/events", "/api/event/push/subscriptions"
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
    answer = await rest("POST", EVENTS, json={"event_type": value})
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
        ('{\n  "nosuch": [\n', "line 3, column 1"),
        ('{"äöü": "€', "line 1, column 11"),
        ("{", "line 1, column 2"),
        ('{"a": "\\', "line 1, column 9"),
    ],
)
async def test_a_body_that_ends_too_early_is_not_json(
    rest: Rest, server: ScriptedServer, body: str, place: str
) -> None:
    answer = await rest("POST", EVENTS, data=body.encode())
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["detail"] == f"The body is not JSON: it ends too early, at {place}"


@pytest.mark.parametrize(
    ("body", "why", "place"),
    [
        ('{"a": 1,}', "a comma stands before the end", "line 1, column 9"),
        ('{"a": [1,\n]}', "a comma stands before the end", "line 2, column 1"),
        ('{"a": NaN}', "NaN is no JSON", "line 1, column 7"),
        ('{"a": -Infinity}', "Infinity is no JSON", "line 1, column 7"),
        ('{"a": undefined}', "undefined is no JSON", "line 1, column 7"),
        ('{"a": 1, "a": 2}', "a is there twice in one object", "line 1, column 10"),
        ('{"\\"": 1, "\\"": 2}', "a name is there twice in one object", "line 1, column 11"),
        ('{"a": "\\x"}', "JSON has no such escape", "line 1, column 8"),
        ('{"a": "\\u12g4"}', "an escape has no four hexadecimal digits", "line 1, column 8"),
        ('{"a": "\\ud800"}', "half a surrogate pair", "line 1, column 8"),
        ('{"a": "\\udc00"}', "half a surrogate pair", "line 1, column 8"),
        ('{"a": "\\ud800\\u0041"}', "half a surrogate pair", "line 1, column 8"),
        ('{"a": "\n"}', "a control character stands in a text", "line 1, column 8"),
        ("{'a': 1}", "a name in double quotes or } is expected", "line 1, column 2"),
        ("{\"a\": 'x'}", "texts stand in double quotes", "line 1, column 7"),
        ("{a: 1}", "a name in double quotes or } is expected", "line 1, column 2"),
        ('{"a" 1}', "a colon is expected", "line 1, column 6"),
        ('{"a": 1 "b": 2}', "a comma or the end of the object or list is expected", "line 1, column 9"),
        ('{"a": 1]', "a comma or the end of the object or list is expected", "line 1, column 8"),
        ('{"a": }', "a value is expected", "line 1, column 7"),
        ('{"a": ,}', "a value is expected", "line 1, column 7"),
        ('{"a": 01}', "JSON has no such number", "line 1, column 7"),
        ('{"a": +1}', "JSON has no such number", "line 1, column 7"),
        ('{"a": 1.}', "JSON has no such number", "line 1, column 7"),
        ('{"a": .5}', "JSON has no such number", "line 1, column 7"),
        ('{"a": 1e}', "JSON has no such number", "line 1, column 7"),
        ('{"a": tru}', "a value is expected", "line 1, column 7"),
        ('{"a": 1} x', "nothing more is expected", "line 1, column 10"),
        ("{} {}", "nothing more is expected", "line 1, column 4"),
        ('{"a": 1 // b\n}', "a comma or the end of the object or list is expected", "line 1, column 9"),
        ("hello", "a value is expected", "line 1, column 1"),
        (b'{"a": "\xff"}', "bytes that are no UTF-8", "line 1, column 8"),
        (b'{"\xc3\xa4": "\xed\xa0\x80"}', "bytes that are no UTF-8", "line 1, column 8"),
    ],
)
@pytest.mark.parametrize("path", SCALARS)
async def test_whatever_is_no_json_is_called_that_with_its_place(  # noqa: PLR0917 - a row of the table
    rest: Rest, server: ScriptedServer, path: str, body: str | bytes, why: str, place: str
) -> None:
    data, headers = body.encode() if isinstance(body, str) else body, {"content-type": "application/json"}
    answer = await rest("POST", path, data=data, headers=headers)
    assert (answer.status, server.calls) == (400, [])
    assert f"The body is not JSON: {why}, at {place}" in json.dumps(answer.json, ensure_ascii=False)


@pytest.mark.parametrize(
    "body",
    [
        '{"a": [], "b": {}, "c": [[], {}], "entity_id": "x"}',
        '{"a": -0.5e-10, "b": 0, "c": 1E+2, "d": [true, false, null], "entity_id": "\\ud83d\\ude00 \\/ \\u0041 €😀"}',
        ' \r\n\t{ "entity_id" : "x" , "a" : { "a" : { "a" : 1 } } } \n',
        '{"x": {"a": 1}, "y": {"a": 2}, "entity_id": "x"}',
        json.dumps({"x": {f"a{n}": n for n in range(5_000)}, "entity_id": "x"}),
    ],
)
async def test_whatever_is_json_passes(rest: Rest, server: ScriptedServer, body: str) -> None:
    assert (await rest("POST", EVENTS, data=body.encode())).status == 200
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "number",
    ["1e400", "-1E+309", "1.797693134862315809e308", "0.5e1000000000000", "9" * 400, "-" + "9" * 309 + ".5",
     "8" * 250 + "e99", "7" * 900_000],
    ids=["exponent", "negative", "next", "long exponent", "digits", "negative digits", "both", "900,000 digits"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("path", "before"),
    [
        (EVENTS, '{"a": '),
        (f"{EVENTS}/orders", '{"order": {"total": '),
        (PUSH, '{"subscribingTenants": [{"subscribingSites": [{"siteId": '),
        ("/api/v4.1/event/async", '{"a": [0.5, '),
        ("/v1/events", '{"trigger": {"a": '),
    ],
)
async def test_a_number_that_no_double_holds_is_refused_with_its_place(
    rest: Rest, server: ScriptedServer, path: str, before: str, number: str
) -> None:
    after = "".join({"{": "}", "[": "]"}.get(char, "") for char in reversed(before))
    headers = {"content-type": "application/json"}
    answer = await rest("POST", path, data=f"{before}{number}{after}".encode(), headers=headers)
    assert (answer.status, server.calls) == (400, [])
    place = f"line 1, column {len(before) + 1}"
    assert f"The body has a number that exceeds the range of a double, at {place}" in answer.body.decode()
    assert number not in answer.body.decode()


@pytest.mark.parametrize(
    "number",
    [
        "1.7976931348623157e308",
        "-1.7e+308",
        "0." + "0" * 400 + "1e+700",
        "0e400",
        "1e-400",
        "9" * 308,
        "0." + "1" * 900_000,
        "1" * 200 + "e99",
    ],
)
async def test_a_number_that_a_double_holds_passes(rest: Rest, server: ScriptedServer, number: str) -> None:
    assert (await rest("POST", EVENTS, data=f'{{"a": {number}}}'.encode())).status == 200
    assert len(server.calls) == 1


async def test_a_name_twice_among_many_is_found(rest: Rest, server: ScriptedServer) -> None:
    names = ",".join(f'"a{n}": 1' for n in range(5_000))
    answer = await rest("POST", EVENTS, data=f'{{"x": {{{names}, "a4000": 2}}}}'.encode())
    assert (answer.status, server.calls) == (400, [])
    assert "a4000 is there twice in one object" in answer.json["detail"]


SHAPES = {
    "/api/v1/event-subscription": {
        "entityType": "an object, a list, true or false",
        "active": "an object, a list, a number",
        "maxPerSecond": "an object, a list, true or false",
        "destination": "a list, a text, a number, true or false",
        "destination.sqs.region": "an object, a list, a number",
    },
    "/api/event/push/subscriptions": {
        "topics": "an object, a text, a number, true or false",
        "topics[0]": "an object, a list, a number, null",
        "subscribingTenants": "an object, a text",
        "subscribingTenants[0]": "a list, a text, null",
        "subscribingTenants[0].subscribingSites[0].siteId": "an object, a list, true or false",
        "orderedMaxWait": "an object, a list, a number",
    },
    "/api/v1/events/orders": {
        "order.orderItems": "an object, a text",
        "order.total": "an object, a list, true or false",
    },
    "/api/v1/rules": {"condition": "an object, a list, a number", "fulfilments[0].webhook": "a list, a text"},
    "/v1/events": {"trigger": "a list, a text, a number", "triggerType": "an object, a list, a number"},
    "/api/v4.1/event/sync": {"name": "an object, a list, a number"},
    "/admin/v1/tenants": {"name": "an object, a list, a number"},
}
"""By path and field the shapes of values that do not belong there."""
VALUES: dict[str, Any] = {
    "an object": {"a": 1},
    "a list": ["x"],
    "a text": "x",
    "a number": 5,
    "true or false": True,
    "null": None,
}


def around(field: str, value: Any) -> Any:
    """A body that has this value at a path."""
    for name in reversed(field.replace("[0]", ".[0]").split(".")):
        value = [value] if name == "[0]" else {name: value}
    return value


@pytest.mark.parametrize(
    ("path", "field", "shape"),
    [(path, field, shape) for path in SHAPES for field, shapes in SHAPES[path].items() for shape in shapes.split(", ")],
)
async def test_a_value_of_the_wrong_shape_names_its_field_and_the_shape(
    rest: Rest, server: ScriptedServer, path: str, field: str, shape: str
) -> None:
    answer = await rest("POST", path, json=around(field, VALUES[shape]))
    assert (answer.status, server.calls) == (400, [])
    text = answer.body.decode()
    assert f"{field}: must be" in text
    assert f", not {shape}" in text


@pytest.mark.parametrize("shape", ["a list", "a text", "a number", "true or false", "null"])
@pytest.mark.parametrize("path", SCALARS)
async def test_a_body_that_is_no_object_is_told_what_it_must_be(
    rest: Rest, server: ScriptedServer, path: str, shape: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await rest("POST", path, data=json.dumps(VALUES[shape]), headers=headers)
    assert (answer.status, server.calls) == (400, [])
    assert f"The body must be an object, not {shape}" in answer.body.decode()


async def test_null_stands_for_a_field_that_is_not_there(rest: Rest, server: ScriptedServer) -> None:
    body = {"entity_id": None, "event_payload": None, "event_type": None}
    assert (await rest("POST", EVENTS, json=body)).status == 200
    assert not server.last.request.event.HasField("event_payload")


@pytest.mark.parametrize(
    ("target", "field", "nearest"),
    [
        (f"{EVENTS}?entityid=7", "entityid", "entityId"),
        (f"{EVENTS}?topik=a", "topik", "topic"),
        (f"{EVENTS}?%65ntityID=7", "entityID", "entityId"),
        ("/api/v1/jobs/j/runs?pagesize=1", "pagesize", "pageSize"),
        ("/api/event/push/subscriptions?sort=x", "sort", "sortBy"),
        ("/api/v1/customers/a/ledger?page_sise=1", "page_sise", "page"),
        ("/v1/events/1/runs?limt=1", "limt", "limit"),
        ("/admin/v1/audit?resourse=x", "resourse", "resource"),
    ],
)
async def test_a_query_name_that_is_not_known_is_400_with_the_nearest(
    rest: Rest, server: ScriptedServer, target: str, field: str, nearest: str
) -> None:
    answer = await rest("GET", target)
    assert (answer.status, server.calls) == (400, [])
    assert f"{field}: is no parameter here; the nearest is {nearest}" in answer.body.decode()


@pytest.mark.parametrize("name", ["x" * 65, "a%20b", "%22", ""])
async def test_a_query_name_of_another_form_is_not_shown(rest: Rest, server: ScriptedServer, name: str) -> None:
    answer = await rest("GET", f"{EVENTS}?{name}=secret")
    assert (answer.status, server.calls) == (400, [])
    assert "a name of the query: is no parameter here" in answer.json["detail"]
    assert "secret" not in answer.body.decode()


async def test_where_a_document_says_so_unknown_query_names_are_ignored(rest: Rest, server: ScriptedServer) -> None:
    assert (await rest("GET", "/api/v4.1/event?nosuch=1&count=5")).status == 200
    assert server.last.request.count == 5


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
    "lines": b'{"x":"' + b"\\n" * 7_900_000 + b'"}',
    "names": b'{"events":[' + b'{"a":1,"b":2,"c":3},' * 750_000 + b"{}]}",
    "many names": b'{"x":{' + b",".join(b'"%d":1' % n for n in range(1_500_000)) + b"}}",
    "numbers": b'{"x":[' + b"1," * 7_900_000 + b"1]}",
    "numbers with exponents": b'{"x":[' + b"1e308," * 2_600_000 + b"1]}",
    "one long number": b'{"x":' + b"1" * 15_800_000 + b"}",
    "long numbers": b'{"x":[' + (b"1" * 299 + b",") * 52_000 + b"1]}",
    "another script": b'{"x":"' + "ж".encode() * 7_900_000 + b'"}',
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


@pytest.mark.parametrize("value", [b"1", b'""', b"null", b"true"])
async def test_more_than_500_000_values_are_refused(rest: Rest, server: ScriptedServer, value: bytes) -> None:
    many = b'{"events":[{"event_payload":{"x":[' + (value + b",") * 500_000 + value + b"]}}]}"
    answer = await rest("POST", f"{EVENTS}/batch", data=io.BytesIO(many))
    assert (answer.status, server.calls) == (400, [])
    assert answer.json["detail"] == "the body has more than 500,000 values"


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


@pytest.mark.parametrize("path", [b"/api/v1/events/7", b"/docs", b"/", b"/console/", b"/nosuch"])
@pytest.mark.parametrize(
    "hosts", [b"host: a\r\nhost: b", b"host: a\r\nhost: a", b"host: a, b", b"host: a/b", b"host: a b"]
)
async def test_more_than_one_host_or_one_that_is_none_is_400(
    rest: Rest, server: ScriptedServer, hosts: bytes, path: bytes
) -> None:
    answer = await spoken(rest.port, b"GET " + path + b" HTTP/1.1\r\n" + hosts + b"\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert server.calls == []


@pytest.mark.parametrize("host", [b"a", b"A.b-c_d:80", b"[::1]:8080", b"127.0.0.1", b"xn--exmple-cua.com"])
async def test_any_one_host_is_taken(rest: Rest, host: bytes) -> None:
    answer = await spoken(
        rest.port, b"GET /api/v1/events/7 HTTP/1.1\r\nhost: " + host + b"\r\nconnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("encoding", [b"gzip, chunked", b"xchunked"])
async def test_an_unknown_transfer_encoding_is_no_internal_error(
    rest: Rest, server: ScriptedServer, encoding: bytes
) -> None:
    head = b"POST /api/v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: "
    answer = await spoken(rest.port, head + encoding + b"\r\n\r\n0\r\n\r\n")
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (body["status"], body["message"], server.calls) == (501, "error.not_implemented", [])
    assert "transfer encoding" in body["detail"]


async def test_an_upgrade_that_is_not_offered_is_ignored(rest: Rest) -> None:
    head = b"GET /version HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nconnection: "
    answer = await spoken(rest.port, head + b"upgrade, close\r\n\r\n")
    assert answer.split(b" ")[1] == b"200", answer


@pytest.mark.parametrize("host", [b"", b"host: x\r\n"])
async def test_http_1_0_is_answered(rest: Rest, host: bytes) -> None:
    answer = await spoken(rest.port, b"GET /version HTTP/1.0\r\n" + host + b"\r\n")
    assert answer.split(b" ")[1] == b"200", answer


@pytest.mark.parametrize("said", [b"", b"G", b"GET /version HT"])
async def test_a_silent_connection_is_closed_soon(rest: Rest, said: bytes) -> None:
    started = time.monotonic()
    await spoken(rest.port, said)
    assert 1 < time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "nearest"),
    [
        ("POST", "/api/v1/rules", {"naem": "x"}, "naem", "name"),
        ("POST", "/api/v1/rules", {"fulfilments": [{}, {"tpye": 1}]}, "fulfilments[1].tpye", "type"),
        ("POST", "/api/v1/economies", {"nmae": 1}, "nmae", "name"),
        (
            "PUT",
            "/api/v4.1/workflow/ORDER::HD",
            {"rulesets": [{"rules": [{"nam": 1}]}]},
            "rulesets[0].rules[0].nam",
            "name",
        ),
        ("POST", PUSH, {"topic": ["a.b"]}, "topic", "topics"),
        ("POST", PUSH, {"subscribingTenants": [{"tenantid": 1}]}, "subscribingTenants[0].tenantid", "tenantId"),
        ("POST", "/api/v1/subscriptions/a/replay", {"form": "1"}, "form", "from"),
        ("POST", "/admin/v1/tenants", {"nmae": "x"}, "nmae", "name"),
        ("PATCH", "/api/v1/customers/a", {"emailAdress": "x"}, "emailAdress", "emailAddress"),
        ("PATCH", "/api/v1/customers/a", {"attributes": [{"kye": "x"}]}, "attributes[0].kye", "key"),
        ("POST", "/api/v1/conditions/check", {"conditon": "x"}, "conditon", "condition"),
        ("POST", "/api/v1/event-subscription/a/rotate-keys", {"acessKey": "x"}, "acessKey", "accessKey"),
    ],
)
async def test_an_unknown_name_in_the_body_of_an_extension_is_400_with_the_nearest(  # noqa: PLR0917 - a row
    rest: Rest, server: ScriptedServer, method: str, path: str, body: Any, field: str, nearest: str
) -> None:
    answer = await rest(method, path, json=body)
    assert (answer.status, server.calls) == (400, [])
    assert f"{field}: is not known here; the nearest is {nearest}" in answer.body.decode()


async def test_a_free_object_in_the_body_of_an_extension_may_have_any_names(rest: Rest, server: ScriptedServer) -> None:
    body = {"rulesets": [{"rules": [{"name": "x", "props": {"naem": {"nmae": 1}}}]}]}
    assert (await rest("PUT", "/api/v4.1/workflow/ORDER::HD", json=body)).status == 200
    assert len(server.calls) == 1


async def test_a_name_of_another_form_is_not_shown(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("POST", "/api/v1/rules", json={"s3cret value": 1})
    assert (answer.status, server.calls) == (400, [])
    assert "s3cret" not in answer.body.decode()
