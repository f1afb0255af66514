"""Notifications to endpoints of push subscriptions, verified as a receiver would."""

import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import aiohttp
from cloudevents.core.bindings.common import get_event_factory_for_version
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks.webhooks import Webhook

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.receiver import Answer, Received, Receiver
from tests.support.vol_signature import vol_signature
from tests.support.waiting import until

PUSH = "/api/event/push/subscriptions"
SECRET = "b2dc973d5dec4bd6aa325fa906a64aee"
NEXT_SECRET = "0123456789abcdef0123456789abcdef"


def a_kind() -> str:
    """The name of an entity that no other test uses."""
    return f"t{uuid4().hex}"


async def subscribe(rest: Rest, receiver: Receiver, kind: str, **other: Any) -> dict[str, Any]:
    asked = {"endpoint": receiver.url(), "topics": [f"{kind}.*"], "sharedSecret": SECRET, **other}
    answer = await rest("POST", PUSH, json=asked)
    assert answer.status == 201, answer
    return dict(answer.json)


async def send(rest: Rest, kind: str, **attributes: str) -> str:
    """The id of a new event."""
    payload = {"operation": "CREATE", "key_attributes": attributes}
    event = {"entity_name": kind, "entity_id": "E-1", "event_type": "ENTITY_EVENT", "event_payload": payload}
    answer = await rest("POST", "/api/v1/events", json=event)
    assert answer.status == 201, answer
    return str(answer.json["id"])


async def notified(receiver: Receiver, count: int = 1) -> list[Received]:
    """The requests that are no pings, once there are so many; an endpoint may be pinged more than once."""

    def events(requests: list[Received]) -> list[Received]:
        return [each for each in requests if b"application.ping" not in each.body]

    return events(await receiver.wait_until(lambda requests: len(events(requests)) >= count))


def verify(request: Received, *secrets: str) -> None:
    """Both kinds of signature, by every secret, and no others."""
    assert request.headers.getall("x-vol-hmac-sha256") == [
        vol_signature(secret, date=request.headers["date"], body=request.body) for secret in secrets
    ]
    for secret in secrets:
        key = "whsec_" + base64.b64encode(secret.encode()).decode()
        Webhook(key).verify(request.body, dict(request.headers))
    assert len(request.headers["webhook-signature"].split()) == len(secrets)


async def test_an_endpoint_confirms_by_a_signed_ping_before_it_gets_events(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    receiver.default = Answer(503)
    made = await subscribe(rest, receiver, kind)
    event_id = await send(rest, kind)
    [ping, *_] = await receiver.wait_for(1)
    body = json.loads(ping.body)
    assert (body["topic"], body["isTest"], body["entityId"]) == ("application.ping", True, made["id"])
    assert ping.headers["webhook-id"] == body["eventId"]
    verify(ping, SECRET)
    assert not (await rest("GET", f"{PUSH}/{made['id']}")).json["confirmed"]
    receiver.default = Answer(204)
    receiver.requests.clear()
    assert (await rest("POST", f"{PUSH}/{made['id']}/confirm")).json["confirmed"]
    [request] = await notified(receiver)
    assert json.loads(request.body)["eventId"] == event_id
    verify(request, SECRET)


async def test_a_notification_is_the_documented_one(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    await subscribe(rest, receiver, kind)
    await receiver.wait_for(1)
    event_id = await send(rest, kind, correlationId="c-1", newstatus="READY")
    [request] = await notified(receiver)
    body = json.loads(request.body)
    timestamp = body.pop("timestamp")
    assert len(timestamp) == len("2026-01-01T00:00:00.000Z")
    assert body == {
        "eventId": event_id,
        "topic": f"{kind}.created",
        "entityId": "E-1",
        "correlationId": "c-1",
        "isTest": False,
        "extendedProperties": [{"key": "correlationId", "value": "c-1"}, {"key": "newstatus", "value": "READY"}],
    }
    assert request.headers["content-type"] == "application/json"
    assert (request.headers["x-vol-tenant"], request.headers["x-vol-correlation"]) == ("1", "c-1")
    assert request.headers["webhook-id"] == event_id
    verify(request, SECRET)


async def test_a_cloud_event_is_read_back_by_the_public_library(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    await subscribe(rest, receiver, kind, contentType="application/cloudevents+json")
    await receiver.wait_for(1)
    event_id = await send(rest, kind)
    [request] = await notified(receiver)
    read = from_structured(
        HTTPMessage(headers={"content-type": request.headers["content-type"]}, body=request.body),
        JSONFormat(),
        get_event_factory_for_version("1.0"),
    )
    assert (read.get_id(), read.get_type(), read.get_subject()) == (event_id, f"{kind}.created", "E-1")
    data = read.get_data()
    assert isinstance(data, dict)
    assert data["eventId"] == event_id
    verify(request, SECRET)


async def test_no_callback_leaves_out_what_the_application_itself_caused(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    deaf = await subscribe(rest, receiver, kind, endpoint=receiver.url("/deaf"), noCallback=True)
    await subscribe(rest, receiver, kind, endpoint=receiver.url("/other"), noCallback=True, appId="another-app")
    await receiver.wait_for(2)
    event_id = await send(rest, kind)
    await receiver.wait_for(3)
    why = (await rest("GET", f"/api/v1/events/{event_id}/deliveries")).json
    assert [json.loads(body)["topic"] for body in receiver.bodies("/deaf")] == ["application.ping"]
    assert len(receiver.bodies("/other")) == 2
    assert deaf["id"] in json.dumps(why)


async def test_both_secrets_sign_while_one_follows_the_other(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    made = await subscribe(rest, receiver, kind)
    await receiver.wait_for(1)
    asked = {"endpoint": receiver.url(), "topics": [f"{kind}.*"], "sharedSecret": NEXT_SECRET}
    assert (await rest("PUT", f"{PUSH}/{made['id']}", json=asked)).json["confirmed"]
    await send(rest, kind)
    [request] = await notified(receiver)
    verify(request, NEXT_SECRET, SECRET)


async def test_a_replayed_event_has_an_id_of_its_own(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    made = await subscribe(rest, receiver, kind)
    await receiver.wait_for(1)
    event_id = await send(rest, kind)
    await notified(receiver)
    asked = {"from": "2020-01-01T00:00:00Z"}
    assert (await rest("POST", f"/api/v1/subscriptions/{made['id']}/replay", json=asked)).status == 202
    first, again = await notified(receiver, 2)
    assert first.headers["webhook-id"] == event_id
    replayed, _, replay_id = again.headers["webhook-id"].partition(":")
    assert (replayed, bool(replay_id)) == (event_id, True)
    assert json.loads(again.body) == json.loads(first.body)
    verify(again, SECRET)


async def test_a_test_delivery_is_marked_as_one(rest: Rest, receiver: Receiver) -> None:
    made = await subscribe(rest, receiver, a_kind())
    await receiver.wait_for(1)
    assert (await rest("POST", f"{PUSH}/{made['id']}/test")).status == 202
    request = (await receiver.wait_for(2))[-1]
    assert json.loads(request.body)["isTest"] is True
    verify(request, SECRET)


async def test_attempts_are_shown(rest: Rest, receiver: Receiver) -> None:
    kind = a_kind()
    made = await subscribe(rest, receiver, kind)
    await receiver.wait_for(1)
    receiver.default = Answer(500, b"no, thank you", {"retry-after": "3600"})
    event_id = await send(rest, kind)
    path = f"{PUSH}/{made['id']}/deliveryattempts"

    async def read() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await rest("GET", path)).json["items"]
        return items

    [shown] = await until(read, lambda items: any(each["deliveryStatus"] == "Failed" for each in items))
    assert isinstance(shown["id"], int)
    assert (shown["deliveryStatus"], shown["eventSummary"]["eventId"]) == ("Failed", event_id.replace("-", ""))
    assert shown["retriesRemaining"] > 100
    [attempt] = shown["deliveryAttempts"]
    assert attempt.pop("executionDate") == shown["lastExecutionDate"]
    assert attempt == {
        "deliveryStatus": "Failed",
        "errorType": "http_status",
        "httpStatus": {"code": 500, "name": "Internal Server Error"},
        "message": "no, thank you",
    }
    assert (await rest("GET", f"{path}/{shown['id']}")).json["id"] == shown["id"]


async def test_an_endpoint_that_was_down_is_confirmed_after_a_restart(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    own, kind = make_instance(), a_kind()
    rest = await demo_rest(session, own)
    receiver.default = Answer(503)
    made = await subscribe(rest, receiver, kind)
    event_id = await send(rest, kind)
    await receiver.wait_for(1)
    own.kill()
    receiver.default = Answer(200)
    receiver.requests.clear()
    own.start()
    [request] = await notified(receiver)
    assert json.loads(request.body)["eventId"] == event_id
    assert json.loads(receiver.requests[0].body)["topic"] == "application.ping"
    rest = await demo_rest(session, own)
    assert (await rest("GET", f"{PUSH}/{made['id']}")).json["confirmed"]
