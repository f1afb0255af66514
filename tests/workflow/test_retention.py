"""Retention removes outcomes with their events and keeps entities."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.hub import Hub
from tests.support.shards import projections
from tests.support.workflows import ruleset, step
from tidings_server.composition.retention import retention_ports
from tidings_server.log.retention import Retention
from tidings_server.log.search_projection import search_runner
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.store import outcomes

DAYS = 30


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Hub]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    yield Hub(database, clock)
    await database.close()


async def test_an_outcome_goes_with_its_event_and_the_entity_stays(hub: Hub) -> None:
    await hub.put(ruleset("Go", step("ChangeState", status="GONE")))
    old = await hub.submit("Go")
    assert isinstance(hub.clock, ManualClock)
    hub.clock.advance(timedelta(days=DAYS, seconds=1))
    new = await hub.submit("Go")
    search, records = search_runner(hub.database, hub.clock), RecordProjection(hub.database, hub.clock)
    for projection in (search, records.runner):
        while await projection.run_once():
            pass

    ports = retention_ports(*projections(hub.database, hub.clock, search, records))
    assert await Retention(hub.database, ports, hub.clock, days=DAYS).run_once() == 1

    async with hub.database.read() as conn:
        assert list(await outcomes.of(conn, [old, new])) == [new]
    assert await hub.status() == "GONE"
