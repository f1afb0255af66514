"""The log as use cases know it."""

import pytest

from tests.support.events import record
from tidings_server.log.events import EventLog
from tidings_server.log.feed import LogFeed
from tidings_server.platform.errors import Conflict, NotFound
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api


async def test_an_event_is_found_by_its_id_in_its_tenant_and_api_only(database: Database) -> None:
    events = EventLog(database)
    await events.append([record("e", tenant_id=1, api=Api.PUSH)])

    assert (await events.get(1, Api.PUSH, "e")).event_id == "e"
    for tenant, api, event_id in ((2, Api.PUSH, "e"), (1, Api.COLLECTOR, "e"), (1, Api.PUSH, "E")):
        with pytest.raises(NotFound, match="There is no such event"):
            await events.get(tenant, api, event_id)


async def test_a_repeat_answers_what_is_stored_and_another_body_is_refused(database: Database) -> None:
    events = EventLog(database)
    [first] = await events.append([record("e", body=b"1")])
    [again] = await events.append([record("e", body=b"1")])

    assert (again.seq, again.recorded_at) == (first.seq, first.recorded_at)
    assert again.existing == await events.get(1, Api.COLLECTOR, "e")
    with pytest.raises(Conflict):
        await events.append([record("e", body=b"2")])


async def test_an_empty_append_stores_nothing(database: Database) -> None:
    assert await EventLog(database).append([]) == []
    assert await LogFeed(database).head() == 0


async def test_a_feed_wakes_up_when_an_event_is_committed(database: Database) -> None:
    feed = LogFeed(database)

    assert await feed.wait(0, 0.001) == 0
    await database.write_queue.append([record()])
    assert await feed.wait(0, 10) == 1
    assert [event.seq for event in await feed.read(0, 10)] == [1]
    assert await feed.read(1, 10) == []
