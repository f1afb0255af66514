"""Finding workflow events and the records of their runs, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.hub import AUDIT_IDS, SCOPE, Hub
from tests.support.workflows import ruleset, step
from tidings_server.log.events import EventLog
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import NotFound
from tidings_server.storage.database import Database
from tidings_server.workflow.audits import EventStatus
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_queries import RecordPage, RecordQueries, WorkflowRecord
from tidings_server.workflow.search_projection import RecordProjection
from tidings_server.workflow.store import search
from tidings_server.workflow.store.search import RecordFilter
from tidings_server.workflow.submission import EventSubmission
from tidings_server.workflow.trace import Traces

START = ruleset("Start", step("ChangeState", status="NEW"), step("SendEvent", eventName="Next"))
NEXT = ruleset("Next", step("ChangeState", status="DONE"))


class Found:
    """A hub, and searches in it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.projection = RecordProjection(hub.database, hub.clock)
        self.records = RecordQueries(hub.database, self.projection, AUDIT_IDS)

    async def project(self) -> None:
        while await self.projection.runner.run_once():
            pass

    async def page(self, *, start: int = 0, count: int = 100, tenant: int = 1, **criteria: Any) -> RecordPage:
        await self.project()
        now = self.hub.clock.now_us()
        all_of = RecordFilter(tenant, since=now - 86_400_000_000, until=now)._replace(**criteria)
        return await self.records.find(replace(SCOPE, tenant=tenant), all_of, start=start, count=count)

    async def find(self, **criteria: Any) -> list[WorkflowRecord]:
        return list((await self.page(**criteria)).records)


@pytest.fixture
async def found(database_url: str, clock: ManualClock) -> AsyncIterator[Found]:
    database = await Database.open(database_url, clock=clock)
    hub = Hub(database, clock)
    await hub.put(START, NEXT)
    yield Found(hub)
    await database.close()


async def test_an_event_is_pending_until_it_runs_and_then_has_the_status_of_its_run(found: Found) -> None:
    await found.hub.send(found.hub.event("Start"))
    assert [each.status for each in await found.find()] == [EventStatus.PENDING]
    await found.hub.run()
    events = await found.find(types=["ORCHESTRATION"])
    assert [(each.name, each.status) for each in events] == [
        ("Next", EventStatus.SUCCESS),
        ("Start", EventStatus.SUCCESS),
    ]
    assert await found.find(statuses=["PENDING"]) == []


async def test_audits_of_a_run_are_searched_by_their_category_and_event(found: Found) -> None:
    await found.hub.submit("Start")
    categories = {each.category for each in await found.find(types=["ORCHESTRATION_AUDIT"])}
    assert categories == {"ruleSet", "rule", "ACTION", "snapshot"}
    changes = await found.find(categories=["ACTION"], names=["Change State"])
    assert [each.attributes[1].value for each in changes] == ["DONE", "NEW"]
    assert len({each.id for each in await found.find()}) == len(await found.find())
    for each in await found.find():
        assert await found.records.get(SCOPE, each.id) == each


async def test_every_name_of_an_entity_finds_its_events(found: Found) -> None:
    await found.hub.submit("Start")
    whole = await found.find()
    for criteria in (
        {"entity_id": "1234"},
        {"entity_ref": "ON-1234", "entity_type": "ORDER"},
        {"root_id": "1234"},
        {"root_ref": "ON-1234", "root_type": "ORDER"},
        {"retailer": "1"},
    ):
        assert await found.find(**criteria) == whole
    for other in ({"entity_id": "1235"}, {"entity_type": "FULFILMENT"}, {"root_ref": "1234"}, {"retailer": "2"}):
        assert await found.find(**other) == []


async def test_pages_of_several_values_put_together_are_the_whole_newest_first(
    found: Found, clock: ManualClock
) -> None:
    for index in range(7):
        clock.advance(timedelta(seconds=1))
        await found.hub.send(found.hub.event(f"N{index % 3}"))
    pages = [await found.page(start=start, count=2, names=["N0", "N1", "N0"]) for start in (0, 2, 4)]
    whole = [record for page in pages for record in page.records]
    assert [page.has_more for page in pages] == [True, True, False]
    assert whole == await found.find(names=["N0", "N1", "N0"])
    assert [record.name for record in whole] == ["N0", "N1", "N0", "N1", "N0"]


async def test_records_of_another_retailer_or_tenant_are_hidden(found: Found) -> None:
    await found.hub.submit("Start")
    mine = await found.find()
    other_retailer, other_tenant = replace(SCOPE, retailer_id="2"), replace(SCOPE, tenant=2)
    now = found.hub.clock.now_us()
    for scope in (other_retailer, other_tenant):
        page = await found.records.find(scope, RecordFilter(scope.tenant, 0, now), start=0, count=100)
        assert page.records == []
        caused = await found.records.find(
            scope, RecordFilter(scope.tenant, 0, now), start=0, count=100, sources=[each.id for each in mine]
        )
        assert caused.records == []
        for each in mine:
            with pytest.raises(NotFound, match=f"Cannot find an event with id: {each.id}"):
                await found.records.get(scope, each.id)
            with pytest.raises(NotFound):
                await Traces(found.hub.database, found.records).of(scope, each.id)


async def test_a_projection_that_is_lost_is_built_again(found: Found) -> None:
    await found.hub.submit("Start")
    before = await found.find()
    await found.hub.database.search_writer.run(partial(search.start_over, shard=0))
    again = Found(found.hub)
    assert await again.find() == before


async def test_two_projections_share_the_work(found: Found) -> None:
    other = Found(found.hub)
    await found.project()
    await other.project()
    for number in range(5):
        await found.hub.submit("Start", entity=Reference("ORDER", str(number)), root=Reference("ORDER", str(number)))
        await (found if number % 2 else other).project()
    assert await found.find() == await other.find()
    assert len(await found.find(types=["ORCHESTRATION"])) == 10


async def test_rows_of_removed_events_are_removed(found: Found) -> None:
    first = await found.hub.submit("Start")
    await found.find()
    remove = search.remove
    gone = await found.hub.database.search_writer.run(lambda conn: remove(conn, upto=first, limit=100))
    assert gone > 1
    assert {each.source_events for each in await found.find(types=["ORCHESTRATION_AUDIT"])} == {
        each.source_events for each in await found.find(names=["Next"], categories=["ruleSet"])
    }


async def test_a_wait_past_the_deadline_answers_pending_and_the_event_runs_once(found: Found) -> None:
    hub = found.hub
    events = EventSubmission(hub.database, EventLog(hub.database), hub.waiters)
    record = hub.event("Start", is_sync=True)
    ran = await events.submit_and_wait(record, is_fresh=True, deadline_s=0.25)
    assert (ran.status, ran.entity_id) == (EventStatus.PENDING, "1234")
    await hub.run()
    again = await events.submit_and_wait(record, is_fresh=False, deadline_s=None)
    assert again == (record.event_id, "1234", EventStatus.COMPLETE)
    assert await hub.names() == ["Start", "Next"]
