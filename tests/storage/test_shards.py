"""The log in shards: each has numbers and a head of its own, and what reads one reads no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, text

from tests.support.events import record
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import Tenant
from tidings_server.log.feed import LogFeed
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.errors import Conflict, Unavailable
from tidings_server.settings import Settings
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import EventRecord
from tidings_server.storage.log.shards import (
    DEFAULT_SHARDS,
    MAX_SHARDS,
    TENANT_BITS,
    end_of,
    events_in,
    shard_of,
    shard_of_tenant,
    start_of,
)
from tidings_server.storage.sqlite.engines import StartRefused
from tidings_server.storage.tables import server_key
from tidings_server.workflow.audit_ids import AuditIds

AT_ONCE = 40
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def of_shard(shard: int, event_id: str, number: int = 1) -> EventRecord:
    """An event of a tenant of a shard."""
    return record(event_id)._replace(tenant_id=(shard << TENANT_BITS) + number)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database as another process has it open."""
    opened = await Database.open(database_url, clock=SystemClock())
    yield opened
    await opened.close()


def test_the_shard_of_an_event_is_in_its_number_and_fits_an_audit_id() -> None:
    for shard in (0, 1, MAX_SHARDS - 1):
        assert shard_of(start_of(shard)) == shard_of(start_of(shard) + 1) == shard_of(end_of(shard)) == shard
        assert events_in(start_of(shard) + 5) == 5
    ids, last = AuditIds(b"k" * 32), end_of(MAX_SHARDS - 1)
    assert ids.read(ids.make(last, 3)) == (last, 3)


def test_the_setting_allows_as_many_shards_as_there_can_be_and_none_more_on_sqlite() -> None:
    url = "postgresql://127.0.0.1/tidings"
    assert Settings(database_url=url, shards=MAX_SHARDS).shards == MAX_SHARDS
    for refused_url, shards in ((url, MAX_SHARDS + 1), (url, -1), ("", 2)):
        with pytest.raises(ValidationError, match=r"(?i)shards"):
            Settings(database_url=refused_url, shards=shards)


async def test_an_embedded_log_has_one_shard_and_a_new_one_on_postgresql_eight(database: Database) -> None:
    assert database.shards == (1 if database.dialect == "sqlite" else DEFAULT_SHARDS)


async def test_tenants_are_spread_evenly_and_numbers_come_from_their_shard(database: Database) -> None:
    async def add(name: str) -> int:
        new = Tenant(0, f"id-{name}", name, "ACTIVE", 0)
        return (await database.write_queue.run(lambda conn: tenants.add_tenant(conn, new))).number

    numbers = [await add(str(number)) for number in range(2 * database.shards)]
    shards = [shard_of_tenant(number) for number in numbers]
    assert sorted(shards) == sorted([*range(database.shards)] * 2)
    assert len(set(numbers)) == len(numbers)
    await database.write_queue.run(lambda conn: conn.execute(text(f"DELETE FROM tenant WHERE number = {numbers[-1]}")))
    assert await add("after a deletion") == numbers[-1] + 1, "a number is never given twice"


@pytest.mark.postgresql
@on_postgres
async def test_appends_of_two_processes_are_numbered_without_a_gap_in_each_shard(
    database: Database, other: Database
) -> None:
    async def append(database: Database, number: int) -> int:
        [appended] = await database.write_queue.append([of_shard(number % 3, f"e{number}")])
        return appended.seq

    both = (database, other)
    seqs = await asyncio.gather(*(append(both[number // 3 % 2], number) for number in range(AT_ONCE)))
    for shard in range(3):
        own = sorted(seq for seq in seqs if shard_of(seq) == shard)
        assert own == [start_of(shard) + place for place in range(1, len(own) + 1)]
        async with database.read() as conn:
            assert await log.head(conn, shard) == own[-1]
        events = await LogFeed(other, shard).read(start_of(shard), 2 * AT_ONCE)
        assert [event.seq for event in events] == own
        assert all(shard_of_tenant(event.tenant_id) == shard for event in events)
        assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(events))
    assert database.heads.events <= AT_ONCE
    assert await other.heads[2].wait(start_of(2), 5.0) > start_of(2)


@pytest.mark.postgresql
@on_postgres
async def test_one_transaction_appends_to_several_shards_all_or_nothing(database: Database) -> None:
    several = [of_shard(2, "b"), of_shard(0, "a"), of_shard(2, "c"), of_shard(1, "d")]
    seqs = await database.write_queue.run(lambda conn: log.append_in(conn, several))
    assert seqs == [start_of(2) + 1, 1, start_of(2) + 2, start_of(1) + 1]
    assert [database.heads[shard].seq for shard in range(3)] == [1, start_of(1) + 1, start_of(2) + 2]
    assert await database.write_queue.run(lambda conn: log.append_in(conn, several)) == seqs, "repeats keep theirs"

    taken = [of_shard(1, "new"), of_shard(2, "b")._replace(body_hash=b"x" * 32)]
    with pytest.raises(Conflict):
        await database.write_queue.run(lambda conn: log.append_in(conn, taken))
    async with database.read() as conn:
        assert await log.head(conn, 1) == start_of(1) + 1


@pytest.mark.postgresql
@on_postgres
async def test_an_id_is_unique_in_each_shard_and_a_repeat_is_found(database: Database) -> None:
    [first], [second] = [await database.write_queue.append([of_shard(shard, "same")]) for shard in (1, 2)]
    [again] = await database.write_queue.append([of_shard(1, "same")])
    assert (first.seq, second.seq) == (start_of(1) + 1, start_of(2) + 1)
    assert again.seq == first.seq
    assert again.existing is not None


@pytest.mark.postgresql
@on_postgres
async def test_a_time_is_located_in_each_shard(database: Database, clock: ManualClock) -> None:
    seqs: dict[int, list[int]] = {0: [], 3: []}
    for number in range(6):
        clock.advance(timedelta(seconds=1))
        shard = 3 if number % 2 else 0
        [appended] = await database.write_queue.append([of_shard(shard, f"e{number}")])
        seqs[shard].append(appended.seq)
    async with database.read() as conn:
        [third] = await log.at(conn, [seqs[3][1]])
        assert await log.locate(conn, third.recorded_at, 3) == seqs[3][0]
        assert await log.locate(conn, third.recorded_at, 0) == seqs[0][1]
        assert await log.locate(conn, third.recorded_at + 10**9, 3) == seqs[3][-1]
        assert await log.locate(conn, 0, 3) == start_of(3)
        assert await log.locate(conn, third.recorded_at, 5) == start_of(5), "an empty shard"


@pytest.mark.postgresql
@on_postgres
async def test_events_of_a_shard_that_was_opened_later_are_refused_until_the_next_start(database: Database) -> None:
    with pytest.raises(Unavailable, match="started again"):
        await database.write_queue.append([of_shard(database.shards, "a")])


@pytest.mark.postgresql
@on_postgres
async def test_shards_are_added_and_never_closed(database_url: str) -> None:
    more = await Database.open(database_url, clock=SystemClock(), shards=DEFAULT_SHARDS + 2)
    assert more.shards == DEFAULT_SHARDS + 2
    [appended] = await more.write_queue.append([of_shard(DEFAULT_SHARDS + 1, "a")])
    assert appended.seq == start_of(DEFAULT_SHARDS + 1) + 1
    await more.close()
    with pytest.raises(StartRefused, match="10 shards, and none can be closed"):
        await Database.open(database_url, clock=SystemClock(), shards=DEFAULT_SHARDS)
    again = await Database.open(database_url, clock=SystemClock())
    assert again.shards == DEFAULT_SHARDS + 2
    await again.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_an_installation_of_before_goes_on_with_one_shard(empty_database_url: str) -> None:
    """Its running servers know of no others, until the operator asks for them."""
    one = await Database.open(empty_database_url, clock=SystemClock(), shards=1)
    assert one.shards == 1
    [appended] = await one.write_queue.append([record()])
    assert appended.seq == 1
    served = insert(server_key).values(id="k", purpose="position", sealed=b"", created_at=0)
    await one.write_queue.run(lambda conn: conn.execute(served))
    await one.close()

    again = await Database.open(empty_database_url, clock=SystemClock())
    assert again.shards == 1
    await again.close()
    grown = await Database.open(empty_database_url, clock=SystemClock(), shards=4)
    assert grown.shards == 4
    assert [event.seq for event in await LogFeed(grown).read(0, 10)] == [1]
    await grown.close()
