"""The typed client against the real server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.e2e.instances import Instance
from tests.e2e.producers import demo_client, order
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.events_pb2 import Event
from tidings_client import (
    AlreadyExists,
    ClientCredentials,
    InvalidInput,
    NotFound,
    PermissionDenied,
    Tidings,
    Unauthenticated,
)


@pytest.fixture
async def tidings(system: Instance) -> AsyncIterator[Tidings]:
    async with demo_client(system) as tidings:
        yield tidings


def new_order() -> Event:
    return order(uuid4().hex)


async def test_an_event_is_stored_once_and_found(tidings: Tidings) -> None:
    event = new_order()
    assert await tidings.events.create(event) == await tidings.events.create(event) == event
    assert await tidings.events.get(event.id) == event
    assert [found async for found in tidings.events.search(entity_id=event.entity_id)] == [event]


async def test_a_batch_is_stored_in_its_order_and_searched_page_by_page(tidings: Tidings) -> None:
    entity = uuid4().hex
    batch = [Event(entity_name="ORDER", entity_id=entity, event_type=Event.ENTITY_EVENT) for _ in range(7)]
    stored = list(await tidings.events.create_batch(batch))
    assert [found async for found in tidings.events.search(entity_id=entity, page_size=3)] == stored
    assert len({event.id for event in stored}) == len(batch)


async def test_errors_are_typed_and_have_their_cause(tidings: Tidings) -> None:
    event = new_order()
    await tidings.events.create(event)
    event.entity_id = "another"
    with pytest.raises(AlreadyExists) as taken:
        await tidings.events.create(event)
    assert taken.value.request_id
    with pytest.raises(NotFound):
        await tidings.events.get("nobody's")
    with pytest.raises(InvalidInput) as invalid:
        await tidings.events.create(Event(entity_name="x" * 129, event_type=Event.ENTITY_EVENT))
    assert [violation.field for violation in invalid.value.violations] == ["entity_name"]
    batch = [new_order(), Event(entity_name="ORDER")]
    with pytest.raises(InvalidInput) as refused:
        await tidings.events.create_batch(batch)
    assert [violation.field for violation in refused.value.violations] == ["events[1].event_type"]
    with pytest.raises(NotFound):
        await tidings.events.get(batch[0].id)


async def test_each_kind_of_bad_credentials_has_its_error(system: Instance) -> None:
    good = ClientCredentials(system.demo["client_id"], system.demo["client_secret"])
    async with Tidings(system.grpc, tenant="demo", credentials=replace(good, client_secret="guessed")) as tidings:
        with pytest.raises(Unauthenticated):
            await tidings.events.get("1")
    async with Tidings(system.grpc, tenant="another", credentials=good) as tidings:
        with pytest.raises(PermissionDenied):
            await tidings.events.get("1")


async def test_a_watch_resumes_after_a_killed_server_and_misses_nothing(
    make_instance: Callable[..., Instance],
) -> None:
    """On the same port, as a server that is started again has it; some events come while nobody is watching."""
    own = make_instance(command="serve")
    sent: list[Event] = []
    async with demo_client(own) as tidings, aclosing(tidings.events.watch(topic="order.*")) as watched:
        async with asyncio.timeout(PATIENCE_S):
            first = asyncio.ensure_future(anext(watched))
            while not first.done():
                sent.append(await tidings.events.create(new_order()))
            seen = [first.result().event]
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.start, grpc_port=str(own.ports["gRPC"]))
            async with demo_client(own) as other:
                sent.append(await other.events.create(new_order()))
                sent += await other.events.create_batch([new_order() for _ in range(3)])
            while seen[-1] != sent[-1]:
                seen.append((await anext(watched)).event)
    assert len(seen) > 4
    assert seen == sent[-len(seen) :]
