"""Events for operators about endpoints: each once, on transitions, and to nobody who must not get them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.deliveries import World, sending
from tests.support.receiver import Answer, Receiver
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.log.server_events import SUBSCRIPTION, facts_of
from tidings_server.log.topics import client_topic, matches
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

HOUR_S = 3_600
HOURLY = RetryPolicy(first_s=HOUR_S, cap_s=HOUR_S, flat=True)
TOPICS = ("endpoint.failing", "endpoint.recovered", "delivery.exhausted")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


async def told(world: World) -> list[tuple[str, Any]]:
    """Topics of the events for operators, with the percentage where there is one."""
    return [(each.topic, facts_of(each.body).get("percent")) for each in await world.log() if each.topic in TOPICS]


async def attempts(world: World, *, hours: int, policy: RetryPolicy = HOURLY, after_s: float = 10 * HOUR_S) -> None:
    """What is due now, and then every hour."""
    async with sending(world, policy=policy, deactivate_after_s=after_s) as sender:
        for _ in range(hours):
            while await sender.dispatcher.run_once():
                pass
            assert isinstance(world.clock, ManualClock)
            world.clock.advance(timedelta(hours=1))


async def test_operators_are_told_at_half_seven_tenths_and_nine_tenths_of_the_time_and_once_each(
    world: World, receiver: Receiver
) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(4, hops=2))
    await attempts(world, hours=5)
    assert await told(world) == []
    await attempts(world, hours=5)
    assert await told(world) == [("endpoint.failing", "50"), ("endpoint.failing", "70"), ("endpoint.failing", "90")]
    events = [each for each in await world.log() if each.topic == "endpoint.failing"]
    assert {(each.root_type, each.root_id, each.hops) for each in events} == {(SUBSCRIPTION, to.id, 3)}
    assert (await world.stored(to)).is_active


async def test_an_endpoint_that_delivers_again_has_recovered_once(world: World, receiver: Receiver) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(2))
    await attempts(world, hours=7)
    receiver.default = Answer(200)
    await attempts(world, hours=3)
    await world.queue(to, await world.events(2))
    await attempts(world, hours=2)
    assert await told(world) == [("endpoint.failing", "50"), ("endpoint.recovered", None)]
    receiver.default = Answer(500)
    await world.queue(to, await world.events(1))
    await attempts(world, hours=7)
    assert (await told(world))[2:] == [("endpoint.failing", "50")], "another time is told of again"


async def test_a_short_failure_is_told_of_to_nobody(world: World, receiver: Receiver) -> None:
    receiver.answers.append(Answer(500))
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(1))
    await attempts(world, hours=3)
    assert {row.state for row in await world.rows()} == {"SUCCEEDED"}
    assert await told(world) == []


async def test_the_first_delivery_whose_retries_are_used_up_is_told_of(world: World, receiver: Receiver) -> None:
    receiver.default = Answer(500)
    to = await world.subscription(receiver.url())
    await world.queue(to, await world.events(3))
    once = RetryPolicy(first_s=HOUR_S, cap_s=HOUR_S, horizon_s=1, flat=True)
    await attempts(world, hours=3, policy=once, after_s=1_000 * HOUR_S)
    assert len([each for each in await world.log() if each.topic == "delivery.expired"]) == 3
    [exhausted] = [each for each in await world.log() if each.topic == "delivery.exhausted"]
    facts = facts_of(exhausted.body)
    assert (facts["subscriptionId"], facts["topic"]) == (to.id, "order.created")
    assert facts["deliveryId"] in {str(row.id) for row in await world.rows()}
    receiver.default = Answer(200)
    await world.queue(to, await world.events(1))
    await attempts(world, hours=3)
    assert [topic for topic, _ in await told(world)] == ["delivery.exhausted", "endpoint.recovered"]


@pytest.mark.parametrize("topic", TOPICS)
def test_these_events_must_be_named_and_no_client_makes_them(topic: str) -> None:
    entity, _, verb = topic.partition(".")
    assert matches(topic, topic)
    assert not matches("*", topic)
    assert not matches(f"{entity}.*", topic)
    assert client_topic(entity, verb) != topic
