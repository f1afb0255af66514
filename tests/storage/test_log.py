"""Appending to the log and reading it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.events import record
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import Conflict
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord, StoredEvent


async def whole(database: Database) -> list[StoredEvent]:
    async with database.read() as conn:
        return await log.page(conn, after=0, limit=10_000)


async def test_an_event_is_read_as_it_was_stored(database: Database, clock: ManualClock) -> None:
    event = record(
        "e-1",
        body=b"\x00\xff",
        tenant_id=3,
        api=Api.LOYALTY,
        entity_ref="ref",
        root_type="CUSTOMER",
        site_id=-(2**31),
        hops=15,
        occurred_at=-1,
    )

    [appended] = await database.write_queue.append([event])

    async with database.read() as conn:
        stored = await log.find(conn, 3, Api.LOYALTY, event_id="e-1")
    assert stored == (1, *event._replace(recorded_at=clock.now_us()))
    assert stored is not None
    assert stored.api is Api.LOYALTY
    assert appended == (1, clock.now_us(), None)


@pytest.mark.parametrize("count", [15, 16, 300])
async def test_many_events_are_read_as_they_were_stored(database: Database, count: int) -> None:
    """Of many rows the columns that are empty in all of them are not written at all."""
    plain = [record(f"plain-{n}", body=bytes([n % 256])) for n in range(count)]
    mixed = [record(f"mixed-{n}", body=b"", site_id=n if n % 3 else None, root_id="r") for n in range(count)]

    await database.write_queue.append(plain)
    await database.write_queue.append(mixed)

    stored = await whole(database)
    assert [event[1:] for event in stored] == [
        tuple(event._replace(recorded_at=stored[0].recorded_at)) for event in (*plain, *mixed)
    ]
    assert {type(event.body) for event in stored} == {bytes}


async def test_ids_are_unique_per_tenant_and_api(database: Database) -> None:
    same = [record("e"), record("e", tenant_id=2), record("e", api=Api.PUSH)]

    appended = await database.write_queue.append(same)

    assert [one.seq for one in appended] == [1, 2, 3]
    async with database.read() as conn:
        assert await log.find(conn, 9, Api.COLLECTOR, event_id="e") is None


async def test_a_repeat_answers_the_stored_event_and_takes_no_number(database: Database) -> None:
    await database.write_queue.append([record("a"), record("b")])

    again = await database.write_queue.append([record("b"), record("c"), record("a")])

    assert [(one.seq, one.existing is not None) for one in again] == [(2, True), (3, False), (1, True)]
    assert [event.event_id for event in await whole(database)] == ["a", "b", "c"]


async def test_a_repeat_within_one_list_is_stored_once(database: Database) -> None:
    appended = await database.write_queue.append([record("a"), record("a"), record("b")])

    assert [one.seq for one in appended] == [1, 1, 2]
    assert appended[1].existing is not None
    assert len(await whole(database)) == 2


async def test_another_body_under_a_taken_id_stores_nothing_of_its_list(database: Database) -> None:
    await database.write_queue.append([record("a", body=b"1")])

    with pytest.raises(Conflict, match="The id is taken"):
        await database.write_queue.append([record("b"), record("a", body=b"2"), record("c")])

    [after] = await database.write_queue.append([record("b")])
    assert (after.seq, after.existing) == (2, None)
    assert [event.event_id for event in await whole(database)] == ["a", "b"]


async def test_the_first_body_wins_where_the_caller_requests_it(database: Database) -> None:
    await database.write_queue.append([record("a", body=b"1")])

    [again] = await database.write_queue.append([record("a", body=b"2")], first_wins=True)

    assert again.existing is not None
    assert again.existing.body == b"1"


async def test_recorded_at_never_falls_even_if_the_clock_does(database: Database, clock: ManualClock) -> None:
    await database.write_queue.append([record("a")])
    clock.advance(timedelta(seconds=-10))
    await database.write_queue.append([record("b")])
    clock.advance(timedelta(seconds=11))
    await database.write_queue.append([record("c")])

    a, b, c = (event.recorded_at for event in await whole(database))
    assert a == b
    assert c == b + 1_000_000


async def test_a_page_ends_with_the_event_that_fills_it(database: Database) -> None:
    await database.write_queue.append([record(body=bytes(size)) for size in (10, 10, 300, 10, 10)])

    async with database.read() as conn:
        first = await log.page(conn, after=0, limit=100, max_bytes=50)
        second = await log.page(conn, after=first[-1].seq, limit=100, max_bytes=50)
        alone = await log.page(conn, after=2, limit=100, max_bytes=50)
        picked = await log.at(conn, [2, 3, 5], max_bytes=50)

    assert [event.seq for event in first] == [1, 2, 3]
    assert [event.seq for event in second] == [4, 5]
    assert [event.seq for event in alone] == [3]
    assert [event.seq for event in picked] == [2, 3]


async def test_a_page_may_be_one_tenants(database: Database) -> None:
    await database.write_queue.append([record(tenant_id=1 + number % 3) for number in range(9)])

    async with database.read() as conn:
        page = await log.page(conn, after=1, limit=2, upto=7, tenant=2)

    assert [event.seq for event in page] == [2, 5]


async def test_events_at_positions_come_in_order_without_those_that_are_not_there(database: Database) -> None:
    await database.write_queue.append([record() for _ in range(5)])

    async with database.read() as conn:
        assert [event.seq for event in await log.at(conn, [4, 77, 2])] == [2, 4]
        assert await log.at(conn, []) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses_ms=st.lists(st.integers(0, 3), min_size=1, max_size=12), limit=st.integers(1, 5))
async def test_pages_put_together_are_the_log_and_times_find_their_place(
    database: Database, clock: ManualClock, pauses_ms: list[int], limit: int
) -> None:
    async with database.read() as conn:
        start = await log.head(conn, 0)
    for pause_ms in pauses_ms:
        clock.advance(timedelta(milliseconds=pause_ms))
        await database.write_queue.append([record()])
    pages: list[StoredEvent] = []
    async with database.read() as conn:
        after = start
        while page := await log.page(conn, after=after, limit=limit):
            pages += page
            after = page[-1].seq
        everything = await log.page(conn, after=0, limit=10_000)
        for instant in {event.recorded_at + delta for event in pages for delta in (-1, 0, 1)}:
            before = [event.seq for event in everything if event.recorded_at < instant]
            assert await log.locate(conn, instant, 0) == (before[-1] if before else 0)

    assert pages == everything[start:]
    assert [event.seq for event in everything] == list(range(1, len(everything) + 1))


async def test_a_time_in_an_empty_log_is_its_head(database: Database) -> None:
    async with database.read() as conn:
        assert await log.locate(conn, 5, 0) == 0


async def test_a_batch_of_any_size_keeps_its_order(database: Database) -> None:
    sizes = [1, 2, 3, 511, 513, 1000]
    events: list[EventRecord] = []
    for size in sizes:
        batch = [record() for _ in range(size)]
        events += batch
        await database.write_queue.append(batch, is_fresh=True)

    assert [event.event_id for event in await whole(database)] == [event.event_id for event in events]
