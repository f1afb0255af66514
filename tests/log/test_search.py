"""Searching by envelope, over the projection."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.events import IDS, record
from tests.support.waiting import PATIENCE_S
from tidings_server.log import topics
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.positions import Positions
from tidings_server.log.search import Search, SearchQuery
from tidings_server.log.search_projection import search_runner
from tidings_server.log.store import search
from tidings_server.platform.clock import ManualClock, from_us
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.database import SEARCH_FILE, Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord, StoredEvent

TENANT = 1
TOPICS = ("order.created", "order.updated", "order_entry.created", "cart.read")


@pytest.fixture
def projection(database: Database, clock: ManualClock) -> ConsumerRunner:
    return search_runner(database, clock)


@pytest.fixture
def searching(database: Database, projection: ConsumerRunner) -> Search:
    return Search(database, projection, Positions(b"key"))


async def project(projection: ConsumerRunner) -> None:
    while await projection.run_once():
        pass


async def everything(searching: Search, **query: Any) -> list[StoredEvent]:
    """All pages of a search put together."""
    events: list[StoredEvent] = []
    after: str | None = ""
    while after is not None:
        found = await searching.find(TENANT, SearchQuery(after=after, **query))
        events += found.events
        after = found.next
    return events


events = st.builds(
    lambda tenant, topic, entity: record(tenant_id=tenant, topic=topic, entity_id=entity),
    st.sampled_from([TENANT, TENANT, 2]),
    st.sampled_from(TOPICS),
    st.sampled_from(["o-1", "o-2", None]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batch=st.lists(events, min_size=1, max_size=25),
    topic=st.sampled_from(["", "*", "order.*", "cart.*", "order.created", "none.at_all"]),
    entity=st.sampled_from(["", "o-1", "nobody"]),
    page_size=st.integers(1, 7),
)
async def test_pages_put_together_are_what_matches_in_the_order_of_the_log(
    database: Database,
    projection: ConsumerRunner,
    searching: Search,
    *,
    batch: list[EventRecord],
    topic: str,
    entity: str,
    page_size: int,
) -> None:
    await database.write_queue.append([one._replace(event_id=IDS.uuid7()) for one in batch])
    await project(projection)
    async with database.read() as conn:
        whole = await log.page(conn, after=0, limit=10_000)

    found = await everything(searching, topic=topic, entity_id=entity, page_size=page_size)

    assert found == [
        event
        for event in whole
        if event.tenant_id == TENANT and topics.covers(topic or "*", event.topic) and entity in ("", event.entity_id)
    ]


async def test_times_are_inclusive_at_both_ends(
    database: Database, projection: ConsumerRunner, searching: Search, clock: ManualClock
) -> None:
    for name in "abc":
        await database.write_queue.append([record(name)])
        clock.advance(timedelta(seconds=1))
    await project(projection)
    async with database.read() as conn:
        at = [from_us(event.recorded_at).isoformat() for event in await log.page(conn, after=0, limit=3)]

    async def names(**query: str) -> str:
        return "".join(event.event_id for event in await everything(searching, **query))

    assert await names(from_time=at[1]) == "bc"
    assert await names(to_time=at[1]) == "ab"
    assert await names(from_time=at[1], to_time=at[1]) == "b"
    assert await names(from_time=at[2], to_time=at[1]) == ""
    assert await names(from_time="2199-01-01T00:00:00Z") == ""


async def test_an_entity_is_searched_by_the_name_in_responses(
    database: Database, projection: ConsumerRunner, searching: Search
) -> None:
    """By its id or, where the event has none, by its name for people: events of workflows often have that alone."""
    names = [("o-1", None), (None, "ON-1"), ("o-2", "ON-1")]
    await database.write_queue.append([record(entity_id=number, entity_ref=ref) for number, ref in names])
    await project(projection)
    found = {name: [event.seq for event in await everything(searching, entity_id=name)] for name in ("o-2", "ON-1")}
    assert found == {"o-2": [3], "ON-1": [2]}


async def test_only_the_last_page_is_marked_as_last(
    database: Database, projection: ConsumerRunner, searching: Search
) -> None:
    await database.write_queue.append([record() for _ in range(4)])
    await project(projection)

    first = await searching.find(TENANT, SearchQuery(page_size=2))
    assert first.next is not None
    second = await searching.find(TENANT, SearchQuery(page_size=2, after=first.next))

    assert second.next is None
    assert [event.seq for event in (*first.events, *second.events)] == [1, 2, 3, 4]


async def test_a_page_of_large_events_is_shorter(
    database: Database, projection: ConsumerRunner, searching: Search
) -> None:
    await database.write_queue.append([record(body=bytes(log.PAGE_BYTES // 3)) for _ in range(7)])
    await project(projection)

    first = await searching.find(TENANT, SearchQuery(page_size=100))

    assert len(first.events) == 4
    assert first.next is not None
    assert len(await everything(searching, page_size=100)) == 7


async def test_a_search_returns_events_stored_before_it(
    database: Database, projection: ConsumerRunner, searching: Search
) -> None:
    running = asyncio.create_task(projection.run())
    for number in range(5):
        [appended] = await database.write_queue.append([record(entity_id=f"e{number}")])
        [event] = (await searching.find(TENANT, SearchQuery(entity_id=f"e{number}"))).events
        assert event.seq == appended.seq
    running.cancel()


async def test_a_search_does_not_wait_for_ever_for_its_projection(database: Database, searching: Search) -> None:
    await database.write_queue.append([record()])

    async with asyncio.timeout(PATIENCE_S):
        assert (await searching.find(TENANT, SearchQuery())).events == []


async def test_a_projection_of_another_log_is_built_anew(
    database: Database, projection: ConsumerRunner, searching: Search
) -> None:
    strange = [
        StoredEvent(seq, *record(tenant_id=TENANT, topic="order.created", entity_id="of another log"))
        for seq in (1, 2, 3)
    ]

    async def fill(conn: AsyncConnection) -> None:
        await search.CURSORS.start(conn, search.CONSUMER, at=3)
        await search.add(conn, strange)

    await database.search_writer.run(fill)
    await database.write_queue.append([record()])
    await project(projection)

    assert [event.seq for event in await everything(searching)] == [1]
    assert await everything(searching, entity_id="of another log") == []


async def test_two_processes_fill_one_projection(database: Database, clock: ManualClock, searching: Search) -> None:
    await database.write_queue.append([record() for _ in range(1_000)])
    await database.write_queue.append([record() for _ in range(500)])
    projections = [search_runner(database, clock) for _ in range(2)]
    while any(await asyncio.gather(*(projection.run_once() for projection in projections))):
        pass

    assert len(await everything(searching, page_size=500)) == 1_500


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (SearchQuery(topic="Order.created"), "topic"),
        (SearchQuery(topic="order.*.x"), "topic"),
        (SearchQuery(topic="order"), "topic"),
        (SearchQuery(from_time="yesterday"), "from"),
        (SearchQuery(to_time="2026-01-01"), "to"),
        (SearchQuery(to_time="2026-01-01T00:00:00"), "to"),
        (SearchQuery(after="abc"), "after"),
        (SearchQuery(after=Positions(b"key").print(2, 1)), "after"),
        (SearchQuery(page_size=-1), "pageSize"),
        (SearchQuery(page_size=501), "pageSize"),
        (SearchQuery(page_size=2**31 - 1), "pageSize"),
    ],
)
async def test_a_bad_search_names_its_field(searching: Search, query: SearchQuery, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await searching.find(TENANT, query)

    assert refused.value.violations[0].field == field


@pytest.mark.parametrize("damage", ["torn", "no database", "empty"])
async def test_a_search_file_that_is_torn_is_built_anew_and_searches_say_that_they_are_partial(
    sqlite_url: str, tmp_path: Path, clock: ManualClock, damage: str
) -> None:
    database = await Database.open(sqlite_url, clock=clock)
    await database.write_queue.append([record(f"e{number}") for number in range(200)])
    while await search_runner(database, clock).run_once():
        continue
    await database.close()
    file = tmp_path / SEARCH_FILE
    whole = await asyncio.to_thread(file.read_bytes)
    contents = {"torn": whole[: len(whole) // 2 // 4096 * 4096], "no database": bytes(8192), "empty": b""}[damage]
    if damage == "no database":
        contents = b"x" * 8192
    await asyncio.to_thread(file.write_bytes, contents)

    database = await Database.open(sqlite_url, clock=clock)
    projection = search_runner(database, clock)
    searching = Search(database, projection, Positions(b"key"))
    partial = await searching.find(1, SearchQuery())
    while await projection.run_once():
        continue
    found = await searching.find(1, SearchQuery(page_size=500))
    await database.close()
    assert (partial.is_partial, len(partial.events)) == (True, 0)
    assert (found.is_partial, len(found.events)) == (False, 200)
