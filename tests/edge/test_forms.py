"""JSON or XML: content negotiation by the edge, and its refusals in either."""

from io import BytesIO

import pytest

from tests.edge.conftest import Answer, Rest
from tests.edge.scripted import ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/v1/events"
XML = {"accept": "application/xml"}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def error(answer: Answer, status: int, code: int) -> str | None:
    """The field of a JSON error of document 004, checked in full."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json.keys() == {"errorCode", "errorMessage", "errorField", "errorData", "requestId"}
    assert (answer.json["errorCode"], answer.json["errorData"]) == (code, None)
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    field: str | None = answer.json["errorField"]
    return field


@pytest.mark.parametrize(
    ("accept", "twin"),
    [
        (None, False),
        ("", False),
        ("application/json", False),
        ("*/*", False),
        ("application/*", False),
        ("application/xml", True),
        ("text/xml", True),
        ("Application/XML; charset=utf-8", True),
        ("application/xml, application/json", False),
        ("application/json;q=0.9, application/xml", True),
        ("application/xml;q=0.5, application/json;q=0.4", True),
        ("application/xml;q=0.4, */*;q=0.5", False),
        ("application/json;q=0, */*", True),
        ("application/json;q=0,application/*;q=0.1", True),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", True),
        ("text/*", True),
        ("application/json, text/plain, */*", False),
    ],
)
async def test_the_accept_header_chooses_the_form_of_the_response(
    rest: Rest, server: ScriptedServer, accept: str | None, twin: bool
) -> None:
    answer = await rest("GET", EVENTS, headers={} if accept is None else {"accept": accept})
    assert answer.status == 200
    assert server.last.method == ("XmlService/GetXml" if twin else "ScheduledEventService/ListScheduledEvents")
    assert server.last.metadata["x-http-accept"] == ("xml" if twin else "json")
    if twin:
        assert server.last.request.path == "v1/events"


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*", "application/yaml"])
async def test_an_unsupported_accept_header_is_406(rest: Rest, server: ScriptedServer, accept: str) -> None:
    assert error(await rest("GET", EVENTS, headers={"accept": accept}), 406, 900101) is None
    assert server.calls == []


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("application/json", "ScheduledEventService/CreateScheduledEvent"),
        ("application/json; charset=UTF-8", "ScheduledEventService/CreateScheduledEvent"),
        ("", "ScheduledEventService/CreateScheduledEvent"),
        ("application/xml", "XmlService/PostXml"),
        ('text/xml; charset="utf-8"', "XmlService/PostXml"),
    ],
)
async def test_a_body_is_read_by_its_content_type(rest: Rest, server: ScriptedServer, kind: str, method: str) -> None:
    answer = await rest("POST", f"{EVENTS}/", data=b"{}", headers={"content-type": kind})
    assert (answer.status, server.last.method) == (200, method)
    if "Xml" in method:
        assert (server.last.request.body.content_type, server.last.request.body.data) == (kind, b"{}")
        assert server.last.metadata["x-http-accept"] == "json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "xml"]
)
async def test_another_body_is_415(rest: Rest, server: ScriptedServer, kind: str) -> None:
    answer = await rest("POST", EVENTS, data=b"{}", headers={"content-type": kind})
    assert error(answer, 415, 900101) is None
    assert server.calls == []


async def test_the_content_type_is_ignored_where_no_body_belongs(rest: Rest, server: ScriptedServer) -> None:
    answer = await rest("DELETE", f"{EVENTS}/5", data=b"x", headers={"content-type": "text/plain"})
    assert (answer.status, server.last.method) == (200, "ScheduledEventService/DeleteScheduledEvent")


async def test_calls_in_xml_go_by_their_paths(rest: Rest, server: ScriptedServer) -> None:
    await rest("DELETE", f"{EVENTS}/5", headers=XML)
    assert (server.last.method, server.last.request.path) == ("XmlService/DeleteXml", "v1/events/5")
    await rest("GET", f"{EVENTS}/5/runs?limit=3&before=9", headers=XML)
    request = server.last.request
    assert (request.path, request.limit, request.before) == ("v1/events/5/runs", 3, "9")
    await rest("POST", "/v1/account/login", data=b"<credentials/>", headers={"content-type": "text/xml"})
    assert server.last.method == "XmlService/LogInXml"


async def test_a_client_cannot_set_the_headers_of_the_edge(rest: Rest, server: ScriptedServer) -> None:
    await rest("GET", EVENTS, headers={"x-http-accept": "xml"})
    assert server.last.metadata["x-http-accept"] == "json"
    await rest("GET", "/api/v1/events/abc", headers={"x-http-accept": "xml", **XML})
    assert "x-http-accept" not in server.last.metadata


@pytest.mark.parametrize("path", ["/xml/v1/events", "/xml/v1/account/login", "/xml"])
async def test_the_twin_is_unknown_from_outside(rest: Rest, server: ScriptedServer, path: str) -> None:
    assert (await rest("GET", path, headers=XML)).status == 404
    assert (await rest("POST", path, headers=XML)).status == 404
    assert server.calls == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nope", 404),
        ("GET", "/v1/events/5/nope", 404),
        ("PUT", "/v1/events/5", 405),
        ("GET", "/v1/events/5", 405),
        ("DELETE", "/v1/events/user", 405),
    ],
)
async def test_an_unknown_resource_is_refused_in_either_form(
    rest: Rest, server: ScriptedServer, method: str, path: str, status: int
) -> None:
    assert error(await rest(method, path), status, 900101) is None
    in_xml = await rest(method, path, headers=XML)
    assert (in_xml.status, in_xml.headers["content-type"]) == (status, "application/xml")
    assert in_xml.body.startswith(f"<error {XSI}><errorCode>900101</errorCode><errorMessage>".encode())
    assert in_xml.body.endswith(
        f'<errorField xsi:nil="true"/><errorData xsi:nil="true"/>'
        f"<requestId>{in_xml.headers['x-request-id']}</requestId></error>".encode()
    )
    assert server.calls == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"triggerType":', None),
        (b'{"triggerType":"SOON"}', "triggerType"),
        (b'{"triggerType":1}', "triggerType"),
        (b'{"actionType":"CALL"}', "actionType"),
        (b'{"trigger":"x"}', "trigger"),
        (b'{"id":"x"}', "id"),
    ],
)
async def test_bad_json_is_the_calls_own_error(
    rest: Rest, server: ScriptedServer, body: bytes, field: str | None
) -> None:
    answer = await rest("POST", EVENTS, data=body, headers={"content-type": "application/json"})
    assert error(answer, 400, 907002) == field
    assert server.calls == []


async def test_a_bad_log_in_is_a_common_error(rest: Rest) -> None:
    answer = await rest("POST", "/v1/account/login", data=b'{"username":5}', headers={"content-type": ""})
    assert error(answer, 400, 900101) == "username"


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
async def test_too_large_a_body_is_a_common_error(rest: Rest, accept: str) -> None:
    headers = {"content-type": "application/json", "accept": accept}
    answer = await rest("POST", EVENTS, data=BytesIO(b" " * (1024 * 1024 + 1)), headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (413, accept)
    assert b"900101" in answer.body
