"""Those who send events, each in its own way, until the server is gone; and what they may rely on afterwards."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest
from tidings.collector.v1.events_pb2 import Event
from tidings_client import ClientCredentials, Tidings, Unauthenticated, Unavailable

EVENTS = "/api/v1/events"
CREATED = frozenset({200, 201})
BATCH = 5


def demo_client(instance: Instance, **more: Any) -> Tidings:
    """The typed client, as the demo tenant."""
    demo = instance.demo
    credentials = ClientCredentials(demo["client_id"], demo["client_secret"])
    return Tidings(instance.grpc, tenant=demo["tenant"], credentials=credentials, **more)


def order(event_id: str) -> Event:
    """The creation of an order; its payload repeats its id, so that half an event would show."""
    event = Event(id=event_id, entity_name="ORDER", entity_id=event_id, event_type=Event.ENTITY_EVENT)
    event.event_payload.key_attributes["id"] = event_id
    event.event_payload.operation = event.event_payload.CREATE
    return event


class Producers:
    """Create one event after another: by REST, by gRPC, and by gRPC in batches.

    `sent` has every id that was tried, `acknowledged` those that were answered, `batches` what was sent together.
    """

    def __init__(self, rest: Rest, tidings: Tidings) -> None:
        self._rest = rest
        self._tidings = tidings
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.batches: list[Sequence[str]] = []

    async def run(self, *, rest: int, grpc: int, batches: int) -> None:
        """So many of each kind at once, each until it gets no answer any more."""
        workers = itertools.chain(
            (self._by_rest(f"rest-{number}") for number in range(rest)),
            (self._by_grpc(f"grpc-{number}") for number in range(grpc)),
            (self._in_batches(f"batch-{number}") for number in range(batches)),
        )
        await asyncio.gather(*map(_until_refused, workers))

    async def acknowledges(self, count: int) -> None:
        """Returns once so many events have been acknowledged."""
        while len(self.acknowledged) < count:
            await asyncio.sleep(0.005)

    async def _by_rest(self, prefix: str) -> None:
        for number in itertools.count():
            event_id = self._tried(f"{prefix}-{number}")
            answer = await self._rest("POST", EVENTS, json=as_json(order(event_id)))
            if answer.status not in CREATED:
                return
            self.acknowledged.add(event_id)

    async def _by_grpc(self, prefix: str) -> None:
        for number in itertools.count():
            event_id = self._tried(f"{prefix}-{number}")
            await self._tidings.events.create(order(event_id))
            self.acknowledged.add(event_id)

    async def _in_batches(self, prefix: str) -> None:
        for number in itertools.count():
            ids = [self._tried(f"{prefix}-{number}-{place}") for place in range(BATCH)]
            self.batches.append(ids)
            await self._tidings.events.create_batch(map(order, ids))
            self.acknowledged.update(ids)

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


async def found(tidings: Tidings, ids: Iterable[str]) -> list[Event]:
    """The events of these ids, each asked for by its id."""
    at_once = asyncio.Semaphore(50)

    async def get(event_id: str) -> Event:
        async with at_once:
            return await tidings.events.get(event_id)

    return await asyncio.gather(*map(get, ids))


async def _until_refused(work: Coroutine[Any, Any, None]) -> None:
    with suppress(aiohttp.ClientError, Unavailable, Unauthenticated):
        await work
