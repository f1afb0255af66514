"""Lists that have no pages in their documents: whatever is in them, every answer is one that clients take, and says
whether there is more."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import aiohttp
import grpc

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.scheduled_events import HOURLY
from tidings.collector.v1.event_subscriptions_pb2 import ListEventSubscriptionsRequest
from tidings.collector.v1.event_subscriptions_pb2_grpc import EventSubscriptionServiceStub
from tidings.orchestration.v1.entities_pb2 import GetEntityRequest
from tidings.orchestration.v1.entities_pb2_grpc import EntityServiceStub
from tidings.scheduling.v1.events_pb2 import ListScheduledEventsRequest
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub

SUBSCRIPTIONS = "/api/v1/event-subscription"
EVENTS = "/v1/events"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
WIDE = "\N{SNOWMAN}"
"""One character of a text, three bytes of an answer."""
AT_ONCE = 20


async def test_subscriptions_that_one_answer_has_no_room_for_follow_in_the_next(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance()
    rest = await demo_rest(session, instance)
    queue = {"accessKey": "key", "accessSecret": "secret", "queueUrl": QUEUE, "region": "eu-west-1"}
    body = {"entityType": "ORDER", "subscribeCreate": True, "condition": f"event.id != '{WIDE * 2_000}'"}
    await _create(rest, SUBSCRIPTIONS, [{**body, "destination": {"type": "SQS", "sqs": queue}}] * 700)
    lengths, path = [], SUBSCRIPTIONS
    ids: list[str] = []
    while path:
        answer = await rest("GET", path)
        lengths.append(len(answer.json))
        ids += [each["id"] for each in answer.json]
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        path = link[1] if link else ""
    assert len(lengths) > 1
    assert len({*ids}) == len(ids) == 700
    async with grpc.aio.insecure_channel(instance.grpc) as channel:
        stub: Any = EventSubscriptionServiceStub(channel)
        request, found = ListEventSubscriptionsRequest(), []
        while True:
            page = await stub.ListEventSubscriptions(request, metadata=_lower(rest.headers))
            found += [each.id for each in page.items]
            if not page.HasField("next"):
                break
            request.after = page.next
    assert found == ids


async def test_scheduled_events_that_one_answer_has_no_room_for_follow_in_the_next(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance(scheduling_per_minute="100000")
    demo = instance.demo
    headers = {"store": demo["store"], "api_key": demo["store_api_key"]}
    rest = Rest(session, instance.rest, headers)
    event = {**HOURLY, "action": {**HOURLY["action"], "body": "x" * 15_000}}
    await _create(rest, EVENTS, [event] * 260)
    pages, path = [], EVENTS
    while path:
        pages.append((await rest("GET", path)).json)
        path = f"{EVENTS}?after={pages[-1]['next']}" if "next" in pages[-1] else ""
    assert len(pages) > 1
    ids = [each["id"] for page in pages for each in page["events"]]
    assert ids == sorted({*ids})
    assert len(ids) == 260
    async with grpc.aio.insecure_channel(instance.grpc) as channel:
        stub: Any = ScheduledEventServiceStub(channel)
        first = await stub.ListScheduledEvents(ListScheduledEventsRequest(), metadata=_lower(headers))
        assert (len(first.events), first.next) == (len(pages[0]["events"]), pages[0]["next"])
    refused = await rest("GET", EVENTS + "?after=x")
    assert (refused.status, refused.json["errorField"]) == (400, "after")


async def test_an_entity_shows_the_last_events_that_one_answer_has_room_for(
    session: aiohttp.ClientSession, make_instance: Callable[..., Instance]
) -> None:
    instance = make_instance()
    rest = await demo_rest(session, instance)
    create = {"name": "CREATE", "type": "ORDER", "triggers": [{"status": ""}]}
    note = {"name": "Note", "type": "ORDER", "triggers": [{"status": "OPEN"}]}
    rulesets = [
        {**create, "rules": [{"name": "ChangeState", "props": {"status": "OPEN"}}]},
        {**note, "rules": [{"name": "ChangeState", "props": {"status": "OPEN"}}]},
    ]
    workflow = {"name": "ORDER", "entityType": "ORDER", "rulesets": rulesets}
    assert (await rest("PUT", "/api/v4.1/workflow/ORDER", json=workflow)).status in {200, 201}
    about = {"retailerId": "1", "entityType": "ORDER", "entityRef": "wide"}
    body = [{"name": "text", "type": "STRING", "value": "x" * 200_000}]
    for name in ("CREATE", *["Note"] * 24):
        event = {**about, "name": name, "attributes": body if name == "Note" else []}
        answer = await rest("POST", "/api/v4.1/event/sync", json=event)
        assert answer.status == 200, answer.json
    shown = (await rest("GET", "/api/v4.1/entity/ORDER/wide")).json
    assert shown["hasMore"]
    assert 10 < len(shown["events"]) < 24
    async with grpc.aio.insecure_channel(instance.grpc) as channel:
        stub: Any = EntityServiceStub(channel)
        found = await stub.GetEntity(GetEntityRequest(type="ORDER", ref="wide"), metadata=_lower(rest.headers))
        assert (len(found.events), found.has_more) == (len(shown["events"]), True)


async def _create(rest: Rest, path: str, bodies: list[dict[str, Any]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(body: dict[str, Any]) -> None:
        async with slots:
            answer = await rest("POST", path, json=body)
            assert answer.status in {200, 201}, json.dumps(answer.json)

    await asyncio.gather(*map(one, bodies))


def _lower(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in headers.items())
