"""Those who send events, each in its own way, until the server is gone; and what they may rely on afterwards."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings_client import ClientCredentials, DeadlineExceeded, Tidings, Unavailable

T = TypeVar("T")

EVENTS = "/api/v1/events"
CREATED = frozenset({200, 201})
BATCH = 5
STREAM = 40
STREAM_S = 2.0
AT_ONCE = 30


def demo_client(instance: Instance) -> Tidings:
    """The typed client, as the demo tenant."""
    demo = instance.demo
    credentials = ClientCredentials(demo["client_id"], demo["client_secret"])
    return Tidings(instance.grpc, tenant=demo["tenant"], credentials=credentials, timeout_s=PATIENCE_S)


def order(event_id: str) -> Event:
    """The creation of an order; its payload repeats its id, so that half an event would show."""
    event = Event(id=event_id, entity_name="ORDER", entity_id=event_id, event_type=Event.ENTITY_EVENT)
    event.event_payload.key_attributes["id"] = event_id
    event.event_payload.operation = event.event_payload.CREATE
    return event


class Producers:
    """Create one event after another: by REST, by gRPC, in batches and as streams, at one server after another.

    `sent` has every id that was tried, `acknowledged` those that were answered, `batches` what was sent together.
    """

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.batches: list[Sequence[str]] = []
        self._answered = asyncio.Event()

    async def have_been_acknowledged(self, count: int) -> None:
        """Returns once so many events have been."""
        while len(self.acknowledged) < count:
            self._answered.clear()
            await self._answered.wait()

    async def run(self, instance: Instance, *, name: str, rest: int, grpc: int, batches: int, streams: int = 1) -> None:
        """So many of each kind at once, each until it gets no answer any more. Ids begin with `name`."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, demo_client(instance) as tidings:
            asked = await demo_rest(session, instance)
            workers = itertools.chain(
                (self._by_rest(asked, f"{name}-rest-{number}") for number in range(rest)),
                (self._by_grpc(tidings, f"{name}-grpc-{number}") for number in range(grpc)),
                (self._in_batches(tidings, f"{name}-batch-{number}") for number in range(batches)),
                (self._as_stream(tidings, f"{name}-stream-{number}") for number in range(streams)),
            )
            await asyncio.gather(*map(_until_refused, workers))

    async def _by_rest(self, rest: Rest, prefix: str) -> None:
        for number in itertools.count():
            event_id = self._tried(f"{prefix}-{number}")
            answer = await rest("POST", EVENTS, json=as_json(order(event_id)))
            if answer.status not in CREATED:
                return
            self._acknowledge(event_id)

    async def _by_grpc(self, tidings: Tidings, prefix: str) -> None:
        for number in itertools.count():
            event_id = self._tried(f"{prefix}-{number}")
            await tidings.events.create(order(event_id))
            self._acknowledge(event_id)

    async def _in_batches(self, tidings: Tidings, prefix: str) -> None:
        for number in itertools.count():
            ids = [self._tried(f"{prefix}-{number}-{place}") for place in range(BATCH)]
            self.batches.append(ids)
            await tidings.events.create_batch(map(order, ids))
            self._acknowledge(*ids)

    async def _as_stream(self, tidings: Tidings, prefix: str) -> None:
        async with tidings.events.producer(timeout_s=STREAM_S) as producer:
            for number in itertools.count():
                ids = [self._tried(f"{prefix}-{number}-{place}") for place in range(STREAM)]
                sent = [await producer.send(order(event_id)) for event_id in ids]
                for each in sent:
                    self._acknowledge((await each.acknowledged()).id)

    def _acknowledge(self, *ids: str) -> None:
        self.acknowledged.update(ids)
        self._answered.set()

    def _tried(self, event_id: str) -> str:
        self.sent.add(event_id)
        return event_id


def as_json(event: Event) -> dict[str, Any]:
    """An `order` as REST takes it."""
    return {
        "id": event.id,
        "entity_name": event.entity_name,
        "entity_id": event.entity_id,
        "event_type": "ENTITY_EVENT",
        "event_payload": {"operation": "CREATE", "key_attributes": dict(event.event_payload.key_attributes)},
    }


async def each(ids: Iterable[str], ask: Callable[[str], Awaitable[T]]) -> list[T]:
    """Results of `ask` for each id, in their order; a few calls run at once."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(event_id: str) -> T:
        async with at_once:
            return await ask(event_id)

    return await asyncio.gather(*map(one, ids))


async def _until_refused(work: Coroutine[Any, Any, None]) -> None:
    with suppress(aiohttp.ClientError, Unavailable, DeadlineExceeded):
        await work
