"""Webhooks of rules and mail: events that the server addresses to an endpoint of its own."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.deliveries import NoSender, World, event_record
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery import requested_deliveries
from tidings_server.delivery.matching import SubscriptionMatcher, refusal
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED, webhook_event, webhook_topic
from tidings_server.delivery.router import Router
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.mail.requests import EmailRequest, email_requested
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent

ORDER = ("ORDER", "1", None)
TENANT = 7


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


def webhook(world: World, url: str) -> EventRecord:
    cause = StoredEvent(1, *event_record("cause", 1))
    return webhook_event(
        url,
        {"n": 1},
        name="SendWebhook",
        cause=cause,
        event_id=world.ids.uuid7(),
        entity=ORDER,
        root=ORDER,
        at_us=world.clock.now_us(),
    )


def mail(world: World) -> EventRecord:
    request = EmailRequest(to="a@example.com")
    return email_requested(request, tenant_id=TENANT, source=world.ids.uuid7(), at_us=world.clock.now_us())


async def route(world: World, *records: EventRecord) -> list[Any]:
    """All deliveries after the router has read the whole log."""
    await world.database.write_queue.append(list(records))
    matcher = SubscriptionMatcher(world.database, event_conditions(), DialectBodies())
    router = Router(world.database, matcher, clock=world.clock, sender=NoSender())
    runner = ConsumerRunner(router, feed=LogFeed(world.database), database=world.database, clock=world.clock)
    while await runner.run_once():
        pass
    return await world.rows()


async def endpoints(world: World) -> list[Subscription]:
    async with world.database.read() as conn:
        return [each for each in await table.page(conn, TENANT) if each.is_internal]


async def test_each_web_server_and_the_mail_of_a_tenant_is_one_endpoint(world: World) -> None:
    urls = ["https://a.example/one", "https://A.example/two", "https://b.example/"]
    rows = await route(world, *(webhook(world, url) for url in urls), mail(world), mail(world))
    stored = await endpoints(world)
    assert {(each.api, each.id, each.destination, each.endpoint, each.topics) for each in stored} == {
        (Api.ORCHESTRATION, webhook_topic(urls[0]), DestinationKind.WEBHOOK, "https://a.example", ()),
        (Api.ORCHESTRATION, webhook_topic(urls[2]), DestinationKind.WEBHOOK, "https://b.example", ()),
        (Api.SCHEDULING, "mail", DestinationKind.MAIL, "", ()),
    }
    keys = {each.id: each.key for each in stored}
    a, b, mails = keys[webhook_topic(urls[0])], keys[webhook_topic(urls[2])], keys["mail"]
    assert [row.subscription_key for row in rows] == [a, a, b, mails, mails]


async def test_an_endpoint_that_was_stopped_starts_with_the_next_event_for_it(world: World) -> None:
    url = "https://a.example/"
    await route(world, webhook(world, url))
    [endpoint] = await endpoints(world)

    async def stop(conn: Any) -> None:
        await table.bump(conn)
        await table.change(conn, endpoint, {"is_active": False, "inactive_reason": "it failed"})

    await world.database.write_queue.run(stop)
    rows = await route(world, webhook(world, url))
    [again] = await endpoints(world)
    assert (again.key, again.is_active, again.inactive_reason) == (endpoint.key, True, "")
    assert [row.subscription_key for row in rows] == [endpoint.key, endpoint.key]


async def test_an_event_of_a_client_with_the_same_topic_is_not_addressed(world: World) -> None:
    url = "https://a.example/"
    await route(world, webhook(world, url), mail(world))
    named = await world.subscription(topics=(EMAIL_REQUESTED, webhook_topic(url)))
    body = json.dumps({"attributes": [["url", url, "STRING"]], "message": {}}).encode()
    forged = [
        event_record(f"{api}/{topic}", 1, api=api, topic=topic, body=body, type="ORCHESTRATION", category="A_WORKFLOW")
        for api in (Api.COLLECTOR, Api.ORCHESTRATION, Api.LOYALTY)
        for topic in (EMAIL_REQUESTED, webhook_topic(url))
    ]
    rows = await route(world, *forged)
    assert [row.subscription_key for row in rows[2:]] == [named.key] * len(forged)
    events = {event.seq: event for event in await world.log()}
    for endpoint in await endpoints(world):
        got = {row.seq for row in rows if row.subscription_key == endpoint.key}
        assert {seq for seq, event in events.items() if refusal(endpoint, event) is None} == got


async def test_a_subscription_that_names_the_topic_gets_the_event_too(world: World) -> None:
    named = await world.subscription(topics=(EMAIL_REQUESTED,))
    await world.subscription(topics=("*", "email.*"))
    rows = await route(world, mail(world))
    [endpoint] = await endpoints(world)
    assert [row.subscription_key for row in rows] == [named.key, endpoint.key]


async def test_a_web_server_beyond_the_tenants_limit_gets_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requested_deliveries, "MAX_PER_TENANT", 1)
    rows = await route(world, *(webhook(world, f"https://{name}.example/") for name in "ab"), mail(world))
    kinds = [each.destination for each in await endpoints(world)]
    assert kinds == [DestinationKind.WEBHOOK, DestinationKind.MAIL], "mail has no limit"
    assert len(rows) == 2
