"""Three processes over one PostgreSQL, two of them with wrong clocks: one dies, the database restarts, work goes on."""

import asyncio
import json
import signal
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from functools import partial
from os import urandom

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.producers import demo_client
from tests.e2e.rest import Rest, demo_rest
from tests.support.postgres import Cluster
from tests.support.receiver import Answer, Received, Receiver
from tests.support.waiting import until
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_server.composition.ownership import own_work
from tidings_server.storage.log.shards import DEFAULT_SHARDS

WORK = own_work(DEFAULT_SHARDS, relays=False)
AT_ONCE = 20
HAND_OVER_S = 20.0
"""A lease lasts 6 to 8 s; without its renewal it would have been 90 s."""


@pytest.mark.postgresql
@pytest.mark.timeout(300)
async def test_all_that_a_dead_process_held_is_sent_by_the_others_soon(
    make_instance: Callable[..., Instance], postgres: Cluster, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    url = postgres.url(postgres.create())
    shared = {"database_url": url, "master_key": urlsafe_b64encode(urandom(32)).decode()}
    processes = [make_instance(**shared, clock=clock) for clock in ("", "+3600", "-40")]
    caller = await demo_rest(session, processes[0])
    async with demo_client(processes[0]) as tidings:
        made = await tidings.push_subscriptions.create(Subscription(endpoint=receiver.url(), topics=["order.*"]))
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed

    await until(lambda: asyncio.to_thread(is_spread, processes), bool)
    for end in (kill_owner_of_deliveries, restart_postgres):
        answer = asyncio.Event()
        receiver.default = Answer(hold=answer)
        callers = [Rest(session, process.rest, caller.headers) for process in processes if is_alive(process)]
        begun = len(receiver.requests)
        sent = {await created(callers[number % len(callers)]) for number in range(AT_ONCE)}
        await receiver.wait_for(begun + 1)
        ended_at = len(receiver.requests)
        await asyncio.to_thread(end, processes, postgres)
        receiver.default = Answer()
        answer.set()
        since = time.monotonic()
        whose = begun if end is restart_postgres else ended_at  # of a dead process nothing was recorded
        await receiver.wait_until(partial(have_arrived, sent, whose))
        assert time.monotonic() - since < HAND_OVER_S

    for process in filter(is_alive, processes):
        assert await asyncio.to_thread(process.stop, signal.SIGTERM) == 0


@pytest.mark.postgresql
@pytest.mark.timeout(300)
async def test_work_is_spread_over_processes_and_given_back_by_one_that_stops(
    make_instance: Callable[..., Instance], postgres: Cluster
) -> None:
    url = postgres.url(postgres.create())
    shared = {"database_url": url, "master_key": urlsafe_b64encode(urandom(32)).decode()}
    one, other = (make_instance(**shared) for _ in range(2))
    await until(lambda: asyncio.to_thread(work_of, other), lambda work: len(work) >= 2)
    assert work_of(one) & work_of(other) == set()

    assert await asyncio.to_thread(other.stop, signal.SIGTERM) == 0
    began = time.monotonic()
    await until(lambda: asyncio.to_thread(work_of, one), lambda work: len(work) == len(WORK))
    assert time.monotonic() - began < 5.0


def is_spread(processes: Sequence[Instance]) -> bool:
    """Whether each does some of the work, and all is done."""
    work = [work_of(process) for process in processes]
    return all(work) and sum(map(len, work)) == len(WORK)


def have_arrived(sent: set[str], since: int, requests: Sequence[Received]) -> bool:
    """Whether all of these events are in requests from a number on."""
    return sent <= {json.loads(request.body).get("eventId", "") for request in requests[since:]}


def kill_owner_of_deliveries(processes: list[Instance], _postgres: Cluster) -> None:
    [owner] = [process for process in processes if is_alive(process) and "delivery" in work_of(process)]
    owner.kill()


def restart_postgres(_processes: list[Instance], postgres: Cluster) -> None:
    postgres.restart()


def is_alive(process: Instance) -> bool:
    return process.process is not None and process.process.poll() is None


def work_of(process: Instance) -> set[str]:
    """The work that a process has taken and not left, by its own log."""
    work: set[str] = set()
    for line in process.logged("work_", count=0):
        if line["event"] == "work_taken":
            work.add(line["work"])
        elif line["event"] == "work_left":
            work.discard(line["work"])
    return work


async def created(caller: Rest) -> str:
    event = {"entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {"operation": "CREATE"}}
    made = await caller("POST", "/api/v1/events", json=event)
    assert made.status == 201, made
    return str(made.json["id"])
