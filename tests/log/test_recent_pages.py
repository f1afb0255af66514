"""Consumers behind the log cache read the log once for all that follow one another, and miss nothing of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.events import record
from tidings_server.log.feed import LogFeed
from tidings_server.log.recent_pages import MAX_BYTES, MAX_PAGES, RecentPages
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, StoredEvent

EVENTS = 60


def stored(*seqs: int, body: bytes = b"") -> list[StoredEvent]:
    return [StoredEvent(seq, 1, Api.COLLECTOR, f"e-{seq}", "order.created", body=body) for seq in seqs]


async def test_a_page_is_found_from_each_of_its_positions_on() -> None:
    pages = RecentPages()
    pages.add(3, stored(5, 6, 9))
    assert [[event.seq for event in pages.find(after, 10)] for after in (3, 4, 5, 6)] == [[5, 6, 9]] * 2 + [[6, 9], [9]]
    assert pages.find(2, 10) == pages.find(9, 10) == []
    assert [event.seq for event in pages.find(3, 2)] == [5, 6]


async def test_pages_that_follow_one_another_are_read_as_one() -> None:
    pages = RecentPages()
    pages.add(9, stored(10, 12))
    pages.add(3, stored(5, 9))
    assert [event.seq for event in pages.find(3, 10)] == [5, 9, 10, 12]


async def test_pages_are_few_small_and_young(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = RecentPages()
    for seq in range(1, MAX_PAGES + 3):
        pages.add(seq, stored(seq + 1))
    assert pages.find(1, 1) == []
    assert pages.find(MAX_PAGES + 2, 1)
    pages.add(100, stored(101, body=b"x" * (MAX_BYTES - 1)))
    pages.add(101, stored(102, body=b"x" * 2))
    assert pages.find(100, 1) == []
    monkeypatch.setattr("tidings_server.log.recent_pages.KEPT_S", 0.0)
    await asyncio.sleep(0.01)
    assert pages.find(101, 1) == []


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, clock=SystemClock())
    for number in range(EVENTS):
        await database.write_queue.append([record(event_id=f"e-{number}")])
    database.log_cache.clear()
    yield database
    await database.close()


@pytest.mark.parametrize("limits", [[1, 7], [60, 60], [13, 50, 3]])
async def test_readers_of_any_page_sizes_read_the_whole_log(database: Database, limits: list[int]) -> None:
    feed = LogFeed(database)

    async def follow(limit: int) -> list[int]:
        seen: list[int] = []
        while events := await feed.read(seen[-1] if seen else 0, limit):
            seen += [event.seq for event in events]
        return seen

    whole = [event.seq for event in await feed.read(0, EVENTS)]
    assert len(whole) == EVENTS
    assert await asyncio.gather(*map(follow, limits)) == [whole] * len(limits)


async def test_a_full_page_is_full_though_a_part_of_it_was_read_before(database: Database) -> None:
    feed = LogFeed(database)
    assert len(await feed.read(0, 10)) == 10
    assert len(await feed.read(5, 20)) == 20
