"""A server that dies keeps its word: what it acknowledged is there, is found, and gets to whoever subscribed, once."""

import asyncio
import json
from collections import Counter

import psutil
import pytest

from tests.e2e.instances import Instance
from tests.e2e.producers import Producers, demo_client, each, order
from tests.support.processes import DIED
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings.collector.v1.deliveries_pb2 import EventDelivery
from tidings.collector.v1.events_pb2 import Event
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_client import Tidings
from tidings_server.delivery.store import leases
from tidings_server.log.store import ownership
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database

# Each with how often it is passed before it kills: the server has started then and is under load.
FAILPOINTS = [
    "delivery.after_send_before_record:40",
    "router.before_cursor:6",
    "router.after_cursor:6",
    "router.before_commit:6",
    "router.after_commit:6",
    "write_queue.before_commit:50",
    "write_queue.after_commit:50",
]
PATHS = ("/one", "/two")


async def subscribe(own: Instance, receiver: Receiver) -> None:
    async with demo_client(own) as tidings:
        for path in PATHS:
            wanted = Subscription(endpoint=receiver.url(path), topics=["order.*"])
            made = await tidings.push_subscriptions.create(wanted)
            assert (await tidings.push_subscriptions.confirm(made.id)).confirmed


async def dies(own: Instance, producers: Producers, *, name: str) -> None:
    """Sends until the server has ended at its failpoint, and Envoy with it."""
    assert own.process is not None
    children = psutil.Process(own.process.pid).children(recursive=True)
    before = len(producers.acknowledged)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(producers.run(own, name=name, rest=2, grpc=2, batches=1))
        assert await asyncio.to_thread(own.wait_for_death) == DIED
        sending.cancel()
    assert len(producers.acknowledged) > before
    assert await asyncio.to_thread(psutil.wait_procs, children, timeout=PATIENCE_S) == (children, [])


async def starts_again(own: Instance, database_url: str, *, failpoint: str = "") -> None:
    if not database_url.startswith("sqlite"):
        await leases_end(database_url)
    await asyncio.to_thread(own.start, failpoint=failpoint)


async def leases_end(url: str) -> None:
    """Let leases run out, as time does: of processes that share a database none learns that another has died."""
    database = await Database.open(url, clock=SystemClock())
    await database.write_queue.run(leases.release_all)
    await database.write_queue.run(ownership.end_all)
    await database.close()


@pytest.mark.timeout(600)
async def test_a_server_that_dies_at_each_failpoint_loses_nothing_acknowledged(
    own: Instance, database_url: str, receiver: Receiver
) -> None:
    producers = Producers()
    await subscribe(own, receiver)
    own.stop()
    for failpoint in FAILPOINTS:
        await starts_again(own, database_url, failpoint=failpoint)
        await dies(own, producers, name=failpoint.partition(":")[0])
    await starts_again(own, database_url)
    await keeps_its_word(own, producers, receiver)


async def test_kill_9_under_load_loses_nothing(own: Instance, database_url: str, receiver: Receiver) -> None:
    producers = Producers()
    await subscribe(own, receiver)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(producers.run(own, name="killed", rest=100, grpc=100, batches=5))
        await producers.have_been_acknowledged(300)
        await asyncio.to_thread(own.kill)
        sending.cancel()
    await starts_again(own, database_url)
    await keeps_its_word(own, producers, receiver)


async def keeps_its_word(own: Instance, producers: Producers, receiver: Receiver) -> None:
    """Of all that was sent; ids tell at which place their server died."""
    async with demo_client(own) as tidings, asyncio.timeout(PATIENCE_S):
        stored = await until(
            lambda: found(tidings), lambda events: producers.acknowledged <= {each.id for each in events}
        )
        ids = {event.id for event in stored}
        assert len(ids) == len(stored)
        assert producers.acknowledged <= ids <= producers.sent
        assert stored == [order(event.id) for event in stored], "an event is there whole"
        assert all(len(ids & set(batch)) in (0, len(batch)) for batch in producers.batches), "or a batch is not at all"
        assert {event.id for event in await each(producers.acknowledged, tidings.events.get)} == producers.acknowledged
        await each(ids, lambda event_id: delivered(tidings, event_id))
    for path in PATHS:
        received = notifications(receiver, path)
        assert {event_id for event_id, _ in received} == ids
        assert all(event_id == message_id for event_id, message_id in received), "a repeat has the same webhook-id"


async def found(tidings: Tidings) -> list[Event]:
    """All orders, as far as the search has them: where it is far behind, its answer is partial."""
    return [event async for event in tidings.events.search(topic="order.*", page_size=500)]


async def delivered(tidings: Tidings, event_id: str) -> None:
    """Returns once an event is delivered to both subscriptions; each of them has one delivery for it."""
    while True:
        told = await tidings.deliveries.of_event(event_id)
        assert len({fate.subscription_id for fate in told}) == len(told) == len(PATHS)
        if all(fate.status == EventDelivery.DELIVERED for fate in told):
            return
        await asyncio.sleep(0.05)


def notifications(receiver: Receiver, path: str) -> Counter[tuple[str, str]]:
    """Count of arrivals at a path, by the event's id and its `webhook-id`; pings are left out."""
    came = ((json.loads(request.body), request.headers) for request in receiver.requests if request.path == path)
    return Counter((body["eventId"], headers["webhook-id"]) for body, headers in came if not body["isTest"])
