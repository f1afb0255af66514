"""A process that dies at any point between the log and the receiver loses no event and routes none twice."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.delivery.deliverer import main
from tests.support.deliveries import World
from tests.support.processes import DIED, exit_status
from tests.support.receiver import Receiver
from tidings_server.delivery.dispatch.dispatcher import MAX_UNRECORDED
from tidings_server.delivery.store import leases
from tidings_server.delivery.store.tables import delivery, delivery_attempt, delivery_count
from tidings_server.log.store.consumers import CURSORS
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database

EVENTS = 600

BEFORE_SENDING = ["router.before_cursor", "router.after_cursor", "router.before_commit", "router.after_commit"]
WHILE_SENDING = ["delivery.after_send_before_record", "write_queue.before_commit", "write_queue.after_commit"]


async def deliverer(url: str, failpoint: str = "") -> int:
    """Runs the child to its end; its exit status."""
    return await asyncio.to_thread(exit_status, main, url, failpoint)


async def fill(url: str, receiver: Receiver) -> None:
    """A log, and two subscriptions that get all of it."""
    database = await Database.open(url, clock=SystemClock())
    world = World(database, SystemClock())
    for path in ("/one", "/two"):
        await world.subscription(receiver.url(path))
    await world.events(EVENTS)
    await database.close()


async def leases_end(url: str) -> None:
    """What time does where several processes share a database: nobody knows there that one has died."""
    database = await Database.open(url, clock=SystemClock())
    await database.write_queue.run(leases.release_all)
    await database.close()


async def result(url: str, receiver: Receiver) -> tuple[Counter[tuple[str, bytes]], Counter[tuple[int, int]]]:
    """How often each path got each event, and how often each subscription has a delivery for it."""
    database = await Database.open(url, clock=SystemClock())
    rows = await World(database, SystemClock()).rows()
    await database.close()
    assert {row.state for row in rows} == {"SUCCEEDED"}
    return (
        Counter((request.path, request.body) for request in receiver.requests),
        Counter((row.subscription_key, row.seq) for row in rows),
    )


@pytest.mark.parametrize("failpoint", [*BEFORE_SENDING, *WHILE_SENDING])
async def test_a_crash_loses_nothing_and_routes_nothing_twice(
    database_url: str, receiver: Receiver, failpoint: str
) -> None:
    await fill(database_url, receiver)
    assert await deliverer(database_url, f"{failpoint}:3") == DIED
    await leases_end(database_url)
    assert await deliverer(database_url) == 0
    received, routed = await result(database_url, receiver)
    assert len(received) == 2 * EVENTS
    assert routed.total() == len(routed) == 2 * EVENTS
    repeats = received.total() - len(received)
    assert repeats <= MAX_UNRECORDED + 2 * 32, "at most what was under way or not written yet is sent once more"


async def test_a_process_that_is_killed_again_and_again_gets_there(database_url: str, receiver: Receiver) -> None:
    await fill(database_url, receiver)
    deaths = 0
    for count in (20, 60, 100):
        deaths += await deliverer(database_url, f"delivery.after_send_before_record:{count}") == DIED
        await leases_end(database_url)
    assert deaths
    assert await deliverer(database_url) == 0
    received, routed = await result(database_url, receiver)
    assert len(received) == routed.total() == len(routed) == 2 * EVENTS


async def test_a_power_cut_that_takes_all_routing_along_sends_the_same_messages_again(
    database_url: str, receiver: Receiver
) -> None:
    """What follows from the log is committed without waiting for the disk, so all of it may be gone."""
    await fill(database_url, receiver)
    assert await deliverer(database_url) == 0
    database = await Database.open(database_url, clock=SystemClock())
    await database.write_queue.run(forget_routing)
    await database.close()
    assert await deliverer(database_url) == 0
    received, routed = await result(database_url, receiver)
    ids = Counter((request.path, request.headers["webhook-id"]) for request in receiver.requests)
    assert routed.total() == len(routed) == 2 * EVENTS
    assert set(received.values()) == set(ids.values()) == {2}, "the receiver knows the second by its id"


async def forget_routing(conn: AsyncConnection) -> None:
    for table in (delivery_attempt, delivery_count, delivery):
        await conn.execute(table.delete())
    await CURSORS.restart(conn, "router")
