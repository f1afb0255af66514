"""A producer over deaths and stops of its server: what is acknowledged is there, what is sent again is there once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conformance.__main__ import for_examples
from tests.e2e.instances import Instance
from tests.e2e.producers import as_json, demo_client, order
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_client import Producer, Published, Sent, Tidings

EVENTS = 3_000
KILLED_AFTER = 500
CLIENT = Path(__file__).parents[2] / "clients" / "python"


class Sending:
    """Sends so many events at a pace at which the server is in the midst of them when something happens to it."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self.acknowledged: dict[str, Published] = {}
        self._progress = asyncio.Event()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(EVENTS):
                sent = await self._producer.send(order(f"p-{number}"))
                group.create_task(self._note(sent))
                if number % 20 == 0:
                    await asyncio.sleep(0.002)

    async def have_been_acknowledged(self, count: int) -> None:
        while len(self.acknowledged) < count:
            self._progress.clear()
            await self._progress.wait()

    async def _note(self, sent: Sent) -> None:
        published = await sent.acknowledged()
        self.acknowledged[published.id] = published
        self._progress.set()


@asynccontextmanager
async def sending(own: Instance, receiver: Receiver) -> AsyncIterator[tuple[Sending, Tidings]]:
    """A producer that sends, to a server with a subscriber."""
    async with demo_client(own) as tidings, asyncio.timeout(PATIENCE_S):
        subscription = Subscription(endpoint=receiver.url("/one"), topics=["order.*"])
        made = await tidings.push_subscriptions.create(subscription)
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed
        async with tidings.events.producer() as producer, asyncio.TaskGroup() as group:
            work = Sending(producer)
            group.create_task(work.run())
            await work.have_been_acknowledged(KILLED_AFTER)
            yield work, tidings


async def every_event_is_there_once(tidings: Tidings, receiver: Receiver) -> None:
    wanted = {f"p-{number}" for number in range(EVENTS)}

    async def found() -> Counter[str]:
        return Counter([event.id async for event in tidings.events.search(topic="order.*", page_size=500)])

    assert await until(found, lambda ids: len(ids) == EVENTS) == Counter(wanted)

    async def received() -> set[str]:
        bodies = (json.loads(request.body) for request in receiver.requests)
        return {body["eventId"] for body in bodies if not body["isTest"]}

    assert await until(received, lambda ids: len(ids) == EVENTS) == wanted


@pytest.mark.timeout(300)
async def test_kill_9_in_the_midst_of_a_stream_loses_and_doubles_nothing(own: Instance, receiver: Receiver) -> None:
    port = str(own.ports["gRPC"])
    async with sending(own, receiver) as (work, _):
        await asyncio.to_thread(own.kill)
        before = set(work.acknowledged)
        assert len(before) < EVENTS
        await asyncio.to_thread(own.start, grpc_port=port)
        async with demo_client(own) as anew:  # the other's channel may wait some seconds before it connects again
            for event_id in list(before)[:50]:
                assert (await anew.events.get(event_id)).id == event_id
    async with demo_client(own) as after:
        assert len(work.acknowledged) == EVENTS
        await every_event_is_there_once(after, receiver)


@pytest.mark.timeout(300)
async def test_a_server_that_stops_acknowledges_what_it_has_taken(own: Instance, receiver: Receiver) -> None:
    port = str(own.ports["gRPC"])
    async with sending(own, receiver) as (work, _):
        assert await asyncio.to_thread(own.stop, signal.SIGTERM) == 0
        await asyncio.to_thread(own.start, grpc_port=port)
    assert not [one for one in work.acknowledged.values() if one.is_duplicate], "nothing stored was left open"
    async with demo_client(own) as after:
        await every_event_is_there_once(after, receiver)


async def test_the_example_sends_lines_and_tells_of_those_that_are_refused(system: Instance) -> None:
    lines = [json.dumps(as_json(order(event_id))) for event_id in ("example-1", "no id", "example-2")]
    environment = os.environ | for_examples(system)
    command = [sys.executable, str(CLIENT / "example" / "publish.py")]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        input="\n".join(lines) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "3 sent, 1 refused\n"
    assert done.stderr.startswith("no id ")
    async with demo_client(system) as tidings:
        assert (await tidings.events.get("example-2")).id == "example-2"
