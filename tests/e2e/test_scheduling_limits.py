"""Requests a minute: 429 with Retry-After, in the document's body, for each credential by itself."""

import asyncio
from collections import Counter
from collections.abc import Callable
from xml.etree import ElementTree as ET

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest

EVENTS = "/v1/events"


async def test_the_two_hundred_and_first_request_of_a_minute_is_refused(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance()
    demo = instance.demo
    store = Rest(session, instance.rest, {"store": demo["store"], "api_key": demo["store_api_key"]})
    answers = await asyncio.gather(*(store("POST", EVENTS, json={}) for _ in range(100)))
    answers += await asyncio.gather(*(store("GET", EVENTS) for _ in range(100)))
    answers.append(await store("GET", EVENTS))
    assert Counter(answer.status for answer in answers) == {400: 100, 200: 100, 429: 1}
    refused = answers[-1]
    assert refused.json["errorCode"] == 900429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    in_xml = await store("GET", EVENTS, headers={"accept": "application/xml"})
    assert (in_xml.status, ET.fromstring(in_xml.body).findtext("errorCode")) == (429, "900429")
    user = {"store": demo["store"], "user_id": demo["user_id"], "user_token": demo["user_token"]}
    assert (await Rest(session, instance.rest, user)("GET", EVENTS)).status == 200


async def test_an_address_that_fails_too_often_waits(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance(scheduling_per_minute="1000", failed_logins_per_minute="20")
    demo = instance.demo
    bad = Rest(session, instance.rest, {"store": demo["store"], "api_key": "wrong"})
    statuses = [(await bad("GET", EVENTS)).status for _ in range(25)]
    assert statuses == 20 * [401] + 5 * [429]
    good = Rest(session, instance.rest, {"store": demo["store"], "api_key": demo["store_api_key"]})
    assert (await good("GET", EVENTS)).status == 200, "a key that is right is no guess"
    waits = await bad("GET", EVENTS)
    assert (waits.status, waits.json["errorCode"]) == (429, 900429)
    assert 1 <= int(waits.headers["retry-after"]) <= 60
