"""The stream of a real server that is killed between publishing and its commit, and whose NATS is away for a while."""

import asyncio
from collections.abc import Callable, Iterator

import aiohttp
import nats
import pytest
from nats.js.api import StreamConfig

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.nats import NatsServer, running_nats
from tests.support.processes import DIED
from tests.support.waiting import until

EVENTS = "/api/v1/events"
BEFORE, AFTER = 5, 5


@pytest.fixture
def server() -> Iterator[NatsServer]:
    with running_nats() as (only,):
        yield only


@pytest.mark.timeout(300)
async def test_a_relay_that_is_killed_before_its_commit_doubles_and_loses_nothing(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession, server: NatsServer
) -> None:
    await add_stream(server, duplicate_window=0.1)  # message ids protect from nothing
    own = make_instance(nats_url=server.url, failpoint=f"relay.after_publish:{BEFORE}")
    rest = await demo_rest(session, own)
    sent = []
    dying = asyncio.create_task(asyncio.to_thread(own.wait_for_death))
    while not dying.done():
        try:
            sent.append(await create(rest))
        except (aiohttp.ClientError, AssertionError):
            break  # it died, and this one was not acknowledged
        await asyncio.sleep(0.05)
    assert await dying == DIED
    await asyncio.to_thread(own.start, failpoint="")
    rest = await demo_rest(session, own)
    sent += [await create(rest) for _ in range(AFTER)]
    found = await until(lambda: published(server), lambda ids: set(sent) <= set(ids))
    assert len(found) == len(set(found)), "an event was published twice"
    assert [each for each in found if each in set(sent)] == sent

    server.stop()
    waiting = [await create(rest) for _ in range(AFTER)]
    async with session.get(f"{own.rest}/healthz") as answer:
        assert answer.status == 200
    server.start()
    await asyncio.to_thread(server.wait)
    found = await until(lambda: published(server), lambda ids: set(waiting) <= set(ids))
    assert len(found) == len(set(found))


async def create(rest: Rest) -> str:
    event = {
        "entity_id": "o-1",
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_payload": {"operation": "CREATE"},
    }
    made = await rest("POST", EVENTS, json=event)
    assert made.status in {200, 201}, made
    event_id: str = made.json["id"]
    return event_id


async def add_stream(server: NatsServer, *, duplicate_window: float) -> None:
    client = await nats.connect(server.url)
    config = StreamConfig(name="TIDINGS_0", subjects=["tidings.0.>"], duplicate_window=duplicate_window)
    await client.jetstream().add_stream(config)
    await client.close()


async def published(server: NatsServer) -> list[str]:
    """The ids of all events in the stream, in its order."""
    client = await nats.connect(server.url)
    context = client.jetstream()
    last = (await context.stream_info("TIDINGS_0")).state.last_seq
    found = [await context.get_msg("TIDINGS_0", seq=seq) for seq in range(1, last + 1)]
    await client.close()
    return [(message.headers or {})["ce-id"] for message in found]
