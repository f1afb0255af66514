"""Two processes over a log in shards: every tenant is served whole, by whichever has its shard, and after a kill by the
other."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from os import urandom
from typing import Final

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, token
from tests.e2e.test_hand_over import is_alive, is_spread, work_of
from tests.support.postgres import Cluster
from tests.support.receiver import Received, Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_client import ClientCredentials, Tidings

SHOPS: Final = 3
"""Tenants in the shards 1 to 3: the demo tenant is in 0."""
EVENTS: Final = 8
HAND_OVER_S: Final = 10.0


@dataclass
class Shop:
    """A tenant: its callers at each process, its subscription, the ids of its events in the order of their answers."""

    name: str
    callers: list[Rest]
    subscription: str
    path: str
    sent: list[str]
    replayed: int = 0
    """How many of them were sent again."""

    async def create(self, count: int, *, at: Sequence[int]) -> None:
        """Create events of one entity, one after another, at these processes in turn."""
        for number in range(count):
            payload = {"operation": "CREATE"}
            event = {"entity_name": "ORDER", "entity_id": "o-1", "event_type": "ENTITY_EVENT", "event_payload": payload}
            made = await self.callers[at[number % len(at)]]("POST", "/api/v1/events", json=event)
            assert made.status == 201, made
            self.sent.append(str(made.json["id"]))

    def received(self, requests: Sequence[Received]) -> list[str]:
        """The ids of its events that have arrived, each once, in the order of their first arrival: no ping is one."""
        bodies = [json.loads(request.body) for request in requests if request.path == self.path and request.body]
        ids = (body.get("eventId") for body in bodies)
        return list(dict.fromkeys(each for each in ids if each in self.sent))


@pytest.mark.postgresql
@pytest.mark.timeout(500)
async def test_tenants_of_several_shards_are_served_by_two_processes_and_after_a_kill_by_one(
    make_instance: Callable[..., Instance], postgres: Cluster, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    url = postgres.url(postgres.create())
    shared = {"database_url": url, "master_key": urlsafe_b64encode(urandom(32)).decode()}
    processes = [make_instance(**shared) for _ in range(2)]
    shops = [await opened(session, processes, receiver, f"shop-{number}") for number in range(SHOPS)]
    await until(lambda: asyncio.to_thread(is_spread, processes), bool)
    shards = [{work for work in work_of(process) if work.startswith("shard/")} for process in processes]
    assert all(shards), "each has some"

    await asyncio.gather(*(shop.create(EVENTS, at=(0, 1)) for shop in shops))
    await receiver.wait_until(lambda requests: all(shop.received(requests) == shop.sent for shop in shops))
    for shop in shops:
        await are_found(shop)
        await are_watched(shop)
    await is_replayed(shops[0], receiver)

    since = time.monotonic()
    await asyncio.gather(*(shop.create(EVENTS, at=(0, 1)) for shop in shops))
    processes[1].kill()
    await asyncio.gather(*(shop.create(EVENTS, at=(0,)) for shop in shops))
    await receiver.wait_until(lambda requests: all(shop.received(requests) == shop.sent for shop in shops))
    assert time.monotonic() - since < HAND_OVER_S + 5.0, "the last are those that were sent after the kill"
    await until(lambda: asyncio.to_thread(is_spread, [processes[0]]), bool)
    for shop in shops:
        shop.callers = shop.callers[:1]
        await are_found(shop)
        await each_was_delivered_once(shop)
    assert is_alive(processes[0])


async def opened(session: aiohttp.ClientSession, processes: Sequence[Instance], receiver: Receiver, name: str) -> Shop:
    """A new tenant with a subscription in the order of entities."""
    operator = Rest(session, processes[0].rest, {"authorization": f"Bearer {processes[0].demo['operator_token']}"})
    tenant = await operator("POST", "/admin/v1/tenants", json={"name": name})
    client = await operator("POST", "/admin/v1/clients", json={"tenantId": tenant.json["id"]})
    client_id, secret = client.json["clientId"], client.json["clientSecret"]
    bearer = await token(session, processes[0], client=client_id, secret=secret)
    headers = {"authorization": f"Bearer {bearer}", "x-twc-tenant": name}
    callers = [Rest(session, process.rest, headers) for process in processes]
    credentials = ClientCredentials(client_id, secret)
    async with Tidings(processes[0].grpc, tenant=name, credentials=credentials, timeout_s=PATIENCE_S) as tidings:
        wanted = Subscription(endpoint=receiver.url(f"/{name}"), topics=["order.*"], ordered=True)
        made = await tidings.push_subscriptions.create(wanted)
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed
    return Shop(name, callers, made.id, f"/{name}", [])


async def are_found(shop: Shop) -> None:
    """Search finds all events of a tenant in their order, at each process, and of no other."""
    for caller in shop.callers:
        target = "/api/v1/events?topic=order.*&pageSize=500"
        found = await until(partial(caller, "GET", target), lambda answer: not answer.json.get("partial"))
        assert [event["id"] for event in found.json.get("events", ())] == shop.sent


async def are_watched(shop: Shop) -> None:
    """A watch that begins behind the first event has all that come after it."""
    caller = shop.callers[1]
    first = await caller("GET", "/api/v1/events?topic=order.*&pageSize=1")
    after = first.json["next"]
    target = f"{caller.base}/api/v1/event-stream?topic=order.*&after={after}"
    async with asyncio.timeout(PATIENCE_S), caller.session.get(target, headers=caller.headers) as answer:
        seen: list[str] = []
        async for line in answer.content:
            if line.startswith(b"data:") and b'"id"' in line:
                seen.append(json.loads(line[5:])["event"]["id"])
            if len(seen) == len(shop.sent) - 1:
                break
    assert seen == shop.sent[1:]


async def is_replayed(shop: Shop, receiver: Receiver) -> None:
    """A replay from before everything sends all events of the tenant again."""
    begun = len(receiver.requests)
    path = f"/api/v1/subscriptions/{shop.subscription}/replay"
    accepted = await shop.callers[1]("POST", path, json={"from": "2026-01-01T00:00:00Z"})
    assert (accepted.status, accepted.json.get("accepted")) == (202, len(shop.sent))
    await receiver.wait_until(lambda requests: set(shop.received(requests[begun:])) == set(shop.sent))
    shop.replayed = len(shop.sent)


async def each_was_delivered_once(shop: Shop) -> None:
    """Each event has one delivery of the subscription, and one more of a replay, and each of them is delivered."""
    for number, event_id in enumerate(shop.sent):
        told = await shop.callers[0]("GET", f"/api/v1/events/{event_id}/deliveries")
        wanted = ["DELIVERED"] * (2 if number < shop.replayed else 1)
        assert [each["status"] for each in told.json["deliveries"]] == wanted, told.json
