"""A process that dies at any point loses no event and repeats no action."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.support.hub import Hub
from tests.support.processes import DIED, exit_status
from tests.support.workflows import ruleset, step
from tests.workflow.consumer_process import main
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.storage.database import Database
from tidings_server.workflow.entities import Reference

RUNS = (
    "workflow.before_cursor:1",
    "workflow.after_cursor:1",
    "workflow.before_commit:1",
    "workflow.before_commit:3",
    "workflow.after_commit:1",
    "workflow.after_commit:4",
    "write_queue.before_commit:2",
    "write_queue.before_commit:5",
    "write_queue.after_commit:2",
    "write_queue.after_commit:5",
)
ORDERS = 4
ARRIVALS = (
    "write_queue.before_commit:1",
    "write_queue.after_commit:1",
    "workflow.before_commit:1",
    "workflow.after_commit:1",
)
"""Deaths when all has run but the events that it scheduled, which are due two hours later."""

EVENTS = 24
TOPICS = 30
"""Number of rows that limits a transaction to 15 events."""

COUNT = ruleset(
    "Count",
    step("SetAttribute", name="n", value="${has(entity.attributes.n) ? int(entity.attributes.n) + 1 : 1}"),
    step("SendEvent", eventName="Note", entityType="NOTE", entityRef="${entity.ref + '-note'}"),
    step("ScheduleEvent", eventName="Later", delay="PT1H"),
    *[step("EmitTopic", topic=f"order.counted_{number}") for number in range(TOPICS)],
)
NOTE = ruleset(
    "Note",
    step("SetAttribute", name="n", value="${has(entity.attributes.n) ? int(entity.attributes.n) + 1 : 1}"),
    type="NOTE",
)
LATER = ruleset(
    "Later",
    step("SetAttribute", name="later", value="${has(entity.attributes.later) ? int(entity.attributes.later) + 1 : 1}"),
)


@pytest.mark.parametrize(("failpoint", "hours"), [*((each, 0) for each in RUNS), *((each, 2) for each in ARRIVALS)])
def test_a_death_at_a_failpoint_leaves_each_event_run_once(database_url: str, failpoint: str, hours: int) -> None:
    asyncio.run(prepare(database_url, is_run=bool(hours)))
    assert exit_status(main, database_url, failpoint, str(hours)) == DIED
    asyncio.run(carried_on(database_url))


async def prepare(url: str, *, is_run: bool) -> None:
    """A log of events that have not run yet; or that have, so that what they scheduled is due next."""
    clock = SystemClock()
    database = await Database.open(url, clock=clock)
    hub = Hub(database, clock)
    await hub.put(COUNT, NOTE, LATER)
    orders = [Reference("ORDER", ref=f"ON-{number % ORDERS}") for number in range(EVENTS)]
    await hub.send(*[hub.event("Count", entity=order, root=order) for order in orders])
    if is_run:
        await hub.run()
    await database.close()


async def carried_on(url: str) -> None:
    """Another process runs to the end; then every effect is there, and once."""
    clock = ManualClock(SystemClock().now() + timedelta(hours=3))
    database = await Database.open(url, clock=clock)
    hub = Hub(database, clock)
    await hub.run()
    await hub.pass_time(timedelta(hours=2))
    names = Counter(await hub.names())
    topics = {f"order.counted_{number}": EVENTS for number in range(TOPICS)}
    assert names == {"Count": EVENTS, "Note": EVENTS, "Later": EVENTS, **topics}
    for number in range(ORDERS):
        order = await hub.entity(Reference("ORDER", ref=f"ON-{number}"))
        note = await hub.entity(Reference("NOTE", ref=f"ON-{number}-note"))
        assert order is not None
        assert note is not None
        assert order.attributes == {"n": EVENTS // ORDERS, "later": EVENTS // ORDERS}
        assert note.attributes == {"n": EVENTS // ORDERS}
    for event in await hub.events(type="ORCHESTRATION"):
        assert (await hub.outcome(event.seq)).status == "SUCCESS"
    await database.close()
