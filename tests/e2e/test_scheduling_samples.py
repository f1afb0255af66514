"""The samples of document 004 through a real Envoy, in JSON and in XML: names, nesting, types and statuses exactly."""

from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Answer, Rest

EVENTS = "/v1/events"
XML = {"accept": "application/xml"}
IN_XML = {"content-type": "application/xml"}

SAMPLE: dict[str, Any] = {
    "actionType": "SEND_EMAIL",
    "action": {"to": "ada@example.com", "subject": "Hi", "body": "There"},
    "triggerType": "TIME",
    "trigger": {"at": "2999-01-01T00:00:00Z"},
}
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<scheduledEvent>
  <actionType>SEND_EMAIL</actionType>
  <action><to>ada@example.com</to><subject>Hi</subject><body>There</body></action>
  <triggerType>TIME</triggerType>
  <trigger><at>2999-01-01T00:00:00Z</at></trigger>
</scheduledEvent>"""


@pytest.fixture
def store(session: aiohttp.ClientSession, system: Instance) -> Rest:
    """Asks with the store's key."""
    demo = system.demo
    return Rest(session, system.rest, {"store": demo["store"], "api_key": demo["store_api_key"]})


@pytest.fixture
def person(session: aiohttp.ClientSession, system: Instance) -> Rest:
    """Asks as the store's user."""
    demo = system.demo
    headers = {"store": demo["store"], "user_id": demo["user_id"], "user_token": demo["user_token"]}
    return Rest(session, system.rest, headers)


def check(event: dict[str, Any], *, by: int, name: str) -> None:
    """The document's ScheduledEvent, its placeholders replaced."""
    assert isinstance(event["id"], int)
    assert event == {**SAMPLE, "id": event["id"], "createdBy": by, "createdName": name}


def refusal(answer: Answer, status: int, code: int) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    body = answer.json
    assert body.keys() == {"errorCode", "errorMessage", "errorField", "errorData", "requestId"}
    assert (body["errorCode"], body["errorField"], body["errorData"]) == (code, None, None)
    assert body["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("base", [EVENTS, f"{EVENTS}/"])
async def test_the_documents_calls_in_json(store: Rest, base: str) -> None:
    made = await store("POST", base, json=SAMPLE)
    assert (made.status, made.headers["content-type"]) == (200, "application/json")
    assert not any(name.startswith(("grpc-", "x-http-")) for name in made.headers)
    check(made.json, by=0, name="API")
    listed = await store("GET", base)
    assert listed.status == 200
    assert listed.json.keys() == {"events"}
    assert made.json in listed.json["events"]
    removed = await store("DELETE", f"{EVENTS}/{made.json['id']}")
    assert (removed.status, removed.body) == (200, b"")
    assert made.json not in (await store("GET", base)).json["events"]
    refusal(await store("DELETE", f"{EVENTS}/{made.json['id']}"), 404, 907004)


async def test_the_documents_calls_of_a_user(person: Rest, store: Rest) -> None:
    made = await person("POST", EVENTS, json=SAMPLE)
    check(made.json, by=1, name="demo-store-user")
    mine = await person("GET", f"{EVENTS}/user")
    assert (mine.status, mine.json) == (200, {"events": [made.json]})
    assert (await person("GET", f"{EVENTS}/user/")).json == mine.json
    refusal(await store("GET", f"{EVENTS}/user"), 401, 900001)
    assert (await person("DELETE", f"{EVENTS}/{made.json['id']}")).status == 200


async def test_the_documents_calls_in_xml(person: Rest) -> None:
    made = await person("POST", EVENTS, data=DOCUMENT.encode(), headers={**IN_XML, **XML})
    assert (made.status, made.headers["content-type"]) == (200, "application/xml")
    event = ET.fromstring(made.body)
    assert event.tag == "scheduledEvent"
    flat = {child.tag: {inner.tag: inner.text for inner in child} or child.text for child in event}
    number = flat.pop("id")
    assert flat == {**SAMPLE, "createdBy": "1", "createdName": "demo-store-user"}
    for target in (EVENTS, f"{EVENTS}/user"):
        listed = ET.fromstring((await person("GET", target, headers=XML)).body)
        assert listed.tag == "events"
        found = [each for each in listed.findall("event") if each.findtext("id") == number]
        assert [ET.tostring(child) for child in found[0]] == [ET.tostring(child) for child in event]
    removed = await person("DELETE", f"{EVENTS}/{number}", headers=XML)
    assert (removed.status, removed.body) == (200, b"")
    gone = await person("DELETE", f"{EVENTS}/{number}", headers=XML)
    error = ET.fromstring(gone.body)
    assert (gone.status, error.tag, error.findtext("errorCode")) == (404, "error", "907004")
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    assert [error.find(name).get(nil) for name in ("errorField", "errorData")] == ["true", "true"]  # type: ignore[union-attr]


async def test_the_two_forms_mix(store: Rest) -> None:
    from_xml = await store("POST", EVENTS, data=DOCUMENT.encode(), headers=IN_XML)
    check(from_xml.json, by=0, name="API")
    from_json = await store("POST", EVENTS, json=SAMPLE, headers=XML)
    assert ET.fromstring(from_json.body).findtext("trigger/at") == "2999-01-01T00:00:00Z"
    for made in (from_xml.json["id"], ET.fromstring(from_json.body).findtext("id")):
        assert (await store("DELETE", f"{EVENTS}/{made}")).status == 200


async def test_json_is_printed_alike_by_both_ways(store: Rest) -> None:
    trigger: dict[str, object] = {
        "cron": "0 8 * * *",
        "n": [1, 2.5, -0.001, 1e15, True, None, 'é\u2028"', {}, []],
        "a b": {"c": 10},
    }
    made = await store("POST", EVENTS, json={**SAMPLE, "trigger": trigger})
    twin = await store("GET", EVENTS, headers={"accept": "application/json, text/csv;q=0.1"})
    direct = await store("GET", EVENTS)
    assert twin.json == direct.json
    assert made.json["trigger"] == trigger
    await store("DELETE", f"{EVENTS}/{made.json['id']}")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"api_key": "wrong"}, 900001),
        ({"api_key": None}, 900001),
        ({"store": None}, 900001),
        ({"store": "2"}, 900001),
        ({"api_key": "wrong", "user_id": "1"}, 900001),
    ],
)
async def test_bad_credentials_are_refused_without_details(
    store: Rest, headers: dict[str, str | None], code: int
) -> None:
    refusal(await store("GET", EVENTS, headers=headers), 401, code)


async def test_a_bad_key_is_refused_despite_a_good_user(store: Rest, person: Rest) -> None:
    refusal(await person("GET", EVENTS, headers={"api_key": "wrong"}), 401, 900001)
    assert (await person("GET", EVENTS, headers={"api_key": store.headers["api_key"]})).status == 200


BOMB = b'<!DOCTYPE a [<!ENTITY b "c">]><scheduledEvent><actionType>&b;</actionType></scheduledEvent>'


JSON = "application/json"
BAD_BODIES = [
    (b"{", JSON, 400, 907002, None),
    (b'{"triggerType":"NOW"}', JSON, 400, 907002, "triggerType"),
    (b"{}", JSON, 400, 907002, "triggerType"),
    (b"<scheduledEvent>", "application/xml", 400, 907002, None),
    (b"<scheduledEvent/>", "application/xml", 400, 907002, "triggerType"),
    (DOCUMENT.replace("<at>", "<atx>").replace("</at>", "</atx>").encode(), "text/xml", 400, 907002, "atx"),
    (DOCUMENT.replace("SEND_EMAIL", "CALL").encode(), "application/xml", 400, 907002, "actionType"),
    (BOMB, "application/xml", 400, 907002, None),
    (DOCUMENT.encode("utf-16"), "application/xml", 400, 907002, None),
    (DOCUMENT.replace("UTF-8", "latin-1").encode(), "application/xml", 415, 900101, None),
    (b"x", "text/plain", 415, 900101, None),
    (b'{"action":{"a":["x","\\u0000"]}}', JSON, 400, 907002, "action.a[1]"),
    (b'{"trigger":{"a\\u0000":1}}', JSON, 400, 907002, "trigger (a key)"),
    (b'{"trigger":[{}]}', JSON, 400, 907002, "trigger"),
    (b'{"createdName":{}}', JSON, 400, 907002, "createdName"),
    (b"<scheduledEvent><trigger/><trigger/></scheduledEvent>", "text/xml", 400, 907002, "trigger"),
    (b"<scheduledEvent><triggerType><a/></triggerType></scheduledEvent>", "text/xml", 400, 907002, "triggerType"),
    (b"<scheduledEvent><action><to>x<y/></to></action></scheduledEvent>", "text/xml", 400, 907002, "action.to"),
    (DOCUMENT.replace("<at>", "<at><x>").replace("</at>", "</x></at>").encode(), "text/xml", 400, 907002, "at"),
]


@pytest.mark.parametrize("bad", BAD_BODIES)
async def test_bad_bodies(store: Rest, bad: tuple[bytes, str, int, int, str | None]) -> None:
    body, kind, *told = bad
    before = (await store("GET", EVENTS)).json
    answer = await store("POST", EVENTS, data=body, headers={"content-type": kind})
    assert [answer.status, answer.json["errorCode"], answer.json["errorField"]] == told
    in_xml = await store("POST", EVENTS, data=body, headers={"content-type": kind, **XML})
    error = ET.fromstring(in_xml.body)
    assert [in_xml.status, int(error.findtext("errorCode", "")), error.findtext("errorField") or None] == told
    assert (await store("GET", EVENTS)).json == before


async def test_a_user_logs_in_and_calls_with_the_token(session: aiohttp.ClientSession, system: Instance) -> None:
    demo = system.demo
    anybody = Rest(session, system.rest, {"store": demo["store"]})
    credentials = {"username": demo["store_username"], "password": demo["store_password"]}
    told = await anybody("POST", "/v1/account/login", json=credentials)
    assert (told.status, told.headers["cache-control"]) == (200, "no-store")
    assert told.json.keys() == {"user_id", "user_token"}
    headers: dict[str, str | None] = {"user_id": str(told.json["user_id"]), "user_token": told.json["user_token"]}
    assert (await anybody("GET", f"{EVENTS}/user", headers=headers)).status == 200
    refusal(await anybody("POST", "/v1/account/login", json={**credentials, "password": "no"}), 401, 900001)
