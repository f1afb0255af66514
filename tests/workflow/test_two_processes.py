"""Two processes on one database: each event runs once, in either, and waiters of both get the outcome."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.hub import Hub
from tests.support.postgres import Cluster
from tests.support.waiting import PATIENCE_S
from tests.support.workflows import ruleset, step
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database
from tidings_server.workflow.entities import Reference

pytestmark = pytest.mark.postgresql

EVENTS = 60
COUNT = ruleset(
    "Count",
    step("SetAttribute", name="n", value="${has(entity.attributes.n) ? int(entity.attributes.n) + 1 : 1}"),
    step("ScheduleEvent", eventName="Later", delay="PT0S"),
    *[step("EmitTopic", topic=f"order.t{number}") for number in range(20)],
)
LATER = ruleset("Later", step("EmitTopic", topic="order.done"))


@pytest.fixture
async def hubs(postgres: Cluster) -> AsyncIterator[tuple[Hub, Hub]]:
    name = postgres.create()
    clock = SystemClock()
    first = await Database.open(postgres.url(name), clock=clock)
    second = await Database.open(postgres.url(name), clock=clock)
    yield Hub(first, clock), Hub(second, clock)
    await first.close()
    await second.close()
    postgres.drop(name)


async def test_two_processes_run_each_event_once(hubs: tuple[Hub, Hub]) -> None:
    first, second = hubs
    await first.put(COUNT, LATER)
    order = Reference("ORDER", ref="ON-1")

    async def work(hub: Hub) -> None:
        while await hub.count(topic="order.done") < EVENTS:
            await hub.runner.run_once()
            await hub.scheduled_events.run_once()

    async def produce() -> None:
        for _ in range(EVENTS // 4):
            await first.send(*[first.event("Count", entity=order, root=order) for _ in range(4)])

    await asyncio.gather(produce(), work(first), work(second))
    entity = await first.entity(order)
    assert entity is not None
    assert entity.attributes == {"n": EVENTS}
    assert await first.count(type="GENERAL") == 21 * EVENTS
    assert await first.count(name="Later") == EVENTS


async def test_a_waiter_in_one_process_gets_the_outcome_of_a_run_in_the_other(hubs: tuple[Hub, Hub]) -> None:
    first, second = hubs
    await first.put(ruleset("Go"))
    event = first.event("Go", is_sync=True)
    with first.waiters.waiter((1, event.event_id)) as waiter:
        [seq] = await first.send(event)
        await second.database.heads[0].wait(seq - 1, PATIENCE_S)
        await second.run()
        outcome = await first.waiters.outcome(waiter, seq=seq, timeout_s=PATIENCE_S)
    assert outcome is not None
    assert outcome.status == "COMPLETE"
