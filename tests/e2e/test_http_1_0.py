"""HTTP/1.0, as an nginx speaks to what is behind it unless it is told otherwise: every API answers as to HTTP/1.1.

Such a client reads a body to its Content-Length or to the end of the connection; chunks it does not know.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest
from tests.support.waiting import PATIENCE_S

JSON = "application/json"


@dataclass
class OldAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def old(
    instance: Instance, verb: str, path: str, headers: dict[str, str], body: bytes = b"", *, keep: bool = False
) -> OldAnswer:
    """The answer to a request of HTTP/1.0; `keep` asks to keep the connection, as some clients of that time did."""
    port = urlsplit(instance.rest).port
    fields = {**headers, **({"content-length": str(len(body))} if body or verb != "GET" else {})}
    fields |= {"connection": "keep-alive"} if keep else {}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{verb} {path} HTTP/1.0\r\n{head}\r\n".encode() + body)
        async with asyncio.timeout(PATIENCE_S):
            raw = await reader.readuntil(b"\r\n\r\n")
            lines = raw.decode().split("\r\n")
            read = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            assert "transfer-encoding" not in read, "HTTP/1.0 has no chunks"
            length = read.get("content-length")
            rest = await (reader.readexactly(int(length)) if length else reader.read())
    finally:
        writer.close()
    return OldAnswer(int(lines[0].split(" ")[1]), read, rest)


@dataclass
class Callers:
    """Headers of a caller of each API."""

    collector: dict[str, str]
    bearer: dict[str, str]
    loyalty: dict[str, str]
    store: dict[str, str]


@pytest.fixture
def callers(rest: Rest, system: Instance) -> Callers:
    demo = system.demo
    bearer = {"authorization": rest.headers["authorization"], "content-type": JSON}
    keys = {"x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"], "x-tenant-id": demo["tenant_id"]}
    return Callers(
        collector={**bearer, "x-twc-tenant": "demo"},
        bearer=bearer,
        loyalty={**keys, "content-type": JSON},
        store={"store": demo["store"], "api_key": demo["store_api_key"], "content-type": JSON},
    )


async def test_the_event_collector_answers(system: Instance, callers: Callers) -> None:
    event = {"id": str(uuid4()), "event_type": "ENTITY_EVENT", "entity_name": "ORDER", "entity_id": "o-1"}
    event["event_payload"] = {"operation": "CREATE"}  # type: ignore[assignment]  # JSON
    body = json.dumps(event).encode()
    made = await old(system, "POST", "/api/v1/events", callers.collector, body)
    assert (made.status, made.json["id"]) == (201, event["id"])
    found = await old(system, "GET", f"/api/v1/events/{event['id']}", callers.collector, keep=True)
    assert (found.status, found.json["entity_id"]) == (200, "o-1")
    listed = await old(system, "GET", "/api/v1/event-subscription", callers.collector)
    assert (listed.status, isinstance(listed.json, list)) == (200, True)
    refused = await old(system, "POST", "/api/v1/events", callers.collector, b"{")
    assert (refused.status, refused.headers["content-type"]) == (400, "application/problem+json")


async def test_the_event_api_answers(system: Instance, callers: Callers) -> None:
    event = {"name": "CREATE", "retailerId": "1", "entityType": "ORDER", "entityRef": f"old-{uuid4()}"}
    made = await old(system, "POST", "/api/v4.1/event/sync", callers.bearer, json.dumps(event).encode())
    assert (made.status, made.json["eventStatus"]) == (404, "NO_MATCH")
    found = await old(system, "GET", "/api/v4.1/event?count=1", callers.bearer)
    assert (found.status, len(found.json["results"])) == (200, 1)
    missing = await old(system, "GET", "/api/v4.1/event/none", callers.bearer)
    assert (missing.status, missing.json["errors"][0]["code"]) == (404, "404")


async def test_push_subscriptions_answer(system: Instance, callers: Callers) -> None:
    found = await old(system, "GET", "/api/event/push/subscriptions", callers.bearer)
    assert (found.status, found.json["startIndex"]) == (200, 0)
    missing = await old(system, "GET", "/api/event/push/subscriptions/none", callers.bearer)
    assert (missing.status, "errorCode" in missing.json) == (404, True)


async def test_loyalty_answers(system: Instance, callers: Callers) -> None:
    event = {"eventId": str(uuid4()), "customerId": str(uuid4()), "nameSpace": "Old", "action": {"count": 1}}
    made = await old(system, "POST", "/api/v1/events/actions", callers.loyalty, json.dumps(event).encode())
    assert made.status == 200, made.body
    refused = await old(system, "POST", "/api/v1/events/actions", callers.loyalty, b"{}")
    assert (refused.status, refused.json["code"]) == (400, "BadRequest")


async def test_scheduled_events_answer_in_json_and_xml(system: Instance, callers: Callers) -> None:
    found = await old(system, "GET", "/v1/events", callers.store)
    assert (found.status, "events" in found.json) == (200, True)
    as_xml = await old(system, "GET", "/v1/events", {**callers.store, "accept": "application/xml"})
    assert (as_xml.status, as_xml.body[:5]) == (200, b"<even")
    refused = await old(system, "DELETE", "/v1/events/none", callers.store)
    assert (refused.status, refused.json["errorCode"]) == (404, 907004)


async def test_tokens_pages_and_health_answer(system: Instance) -> None:
    demo = system.demo
    form = f"grant_type=client_credentials&client_id={demo['client_id']}&client_secret={demo['client_secret']}"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    token = await old(system, "POST", "/oauth/token", kind, form.encode())
    assert (token.status, "access_token" in token.json) == (200, True)
    for path in ("/healthz", "/version", "/openapi.json", "/docs"):
        assert (await old(system, "GET", path, {})).status == 200, path


@pytest.mark.parametrize(
    ("verb", "path", "status", "field"),
    [
        ("GET", "/api/v1/jobs", 401, "fieldErrors"),
        ("GET", "/api/v4.1/event", 401, "errors"),
        ("GET", "/api/event/push/subscriptions", 401, "errorCode"),
        ("PUT", "/api/v1/events/actions", 405, "code"),
        ("GET", "/v1/events", 401, "errorCode"),
        ("PATCH", "/v1/events", 405, "errorCode"),
        ("GET", "/nowhere", 404, "status"),
    ],
)
async def test_a_refusal_has_the_body_of_its_api(
    system: Instance, verb: str, path: str, status: int, field: str
) -> None:
    """Also what Envoy alone refuses."""
    answer = await old(system, verb, path, {"host": "hub.example"})
    assert (answer.status, field in answer.json or field == "fieldErrors") == (status, True), answer.body


async def test_a_stream_of_events_comes_without_chunks(
    session: aiohttp.ClientSession, system: Instance, callers: Callers
) -> None:
    port = urlsplit(system.rest).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "".join(f"{name}: {value}\r\n" for name, value in callers.collector.items())
    writer.write(f"GET /api/v1/event-stream?topic=old.* HTTP/1.0\r\n{head}\r\n".encode())
    try:
        async with asyncio.timeout(PATIENCE_S):
            answered = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert b" 200 " in answered.partition(b"\r\n")[0]
            assert b"chunked" not in answered
            event = {"event_type": "ENTITY_EVENT", "entity_name": "OLD", "entity_id": "1"}
            body = json.dumps({**event, "event_payload": {"operation": "CREATE"}}).encode()
            async with session.post(f"{system.rest}/api/v1/events", data=body, headers=callers.collector) as made:
                assert made.status == 201
            line = b""
            while not line.startswith(b"data:"):
                line = await reader.readline()
            assert json.loads(line[5:])
    finally:
        writer.close()
