"""One tenant at its bound changes nothing for another (S6)."""

import asyncio
import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import aiohttp
import grpc.aio
import pytest

from tests.bench.load_publish import PUBLISH, Producer
from tests.e2e.instances import Instance
from tests.e2e.producers import as_json, order
from tests.e2e.rest import Rest, demo_rest, token
from tests.e2e.test_operations import metrics_of, subscribe
from tests.support.receiver import Receiver
from tidings_server.collector.publishing import AT_ONCE, BATCH_EVENTS
from tidings_server.log.append_pace import MAX_LAG

STREAMS = 220
STREAMED = 20_000
PER_MESSAGE = 250


async def test_one_tenant_does_not_take_all_event_streams(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession
) -> None:
    attacked = make_instance(max_streams=str(STREAMS))
    greedy = await demo_rest(session, attacked)
    other = await other_tenant(attacked, session)
    async with AsyncExitStack() as stack, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as many:
        for _ in range(STREAMS):
            await stack.enter_async_context(many.get(f"{attacked.rest}/api/v1/event-stream", headers=greedy.headers))
        async with many.get(f"{attacked.rest}/api/v1/event-stream", headers=other.headers) as answer:
            assert answer.status == 200


@pytest.mark.timeout(300)
async def test_a_stream_leaves_no_consumer_behind_that_others_wait_for(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    attacked = make_instance()
    await subscribe(attacked, receiver)
    streaming, other = await demo_rest(session, attacked), await other_tenant(attacked, session)
    lags: dict[str, float] = dict.fromkeys(("router", "loyalty", "workflow", "event_triggers"), 0)
    async with grpc.aio.insecure_channel(attacked.grpc) as channel:
        call: Any = channel.stream_stream(PUBLISH)(metadata=tuple(streaming.headers.items()))
        producer = Producer(call, per_message=PER_MESSAGE)
        async with asyncio.TaskGroup() as group:
            group.create_task(producer.receive())
            sending = group.create_task(producer.send(math.inf))
            while producer.stored < STREAMED:
                assert (await other("POST", "/api/v1/events", json=as_json(order(uuid4().hex)))).status == 201
                told = await metrics_of(session, attacked)
                lags = {name: max(lag, told["tidings_consumer_lag", name]) for name, lag in lags.items()}
            sending.cancel()
            call.cancel()
    for name, lag in lags.items():
        assert lag <= MAX_LAG[name] + AT_ONCE * BATCH_EVENTS, name


async def other_tenant(instance: Instance, session: aiohttp.ClientSession) -> Rest:
    """Asks as a tenant of its own."""
    operator = Rest(session, instance.rest, {"authorization": f"Bearer {instance.demo['operator_token']}"})
    name = f"t-{uuid4().hex[:8]}"
    assert (await operator("POST", "/admin/v1/tenants", json={"name": name})).status in {200, 201}
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": name})).json
    bearer = await token(session, instance, client=client["clientId"], secret=client["clientSecret"])
    return Rest(session, instance.rest, {"authorization": f"Bearer {bearer}", "x-twc-tenant": name})
