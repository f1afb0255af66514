"""A log that is in use: events in their real tables, written past the server, since only their being there counts."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from uuid import UUID

import asyncpg

from tests.bench.bodies import DISTINCT, order_event
from tidings_server.storage.log.records import Api, StoredEvent
from tidings_server.storage.log.tables import event

BATCH_ROWS = 5_000
LOOK_S = 0.1
APART_US = 2_000
"""The events are this far apart, the last one now."""

INSERT = f"INSERT INTO event ({', '.join(event.c.keys())}) VALUES ({', '.join('?' * len(event.c))})"


def connect(database: Path) -> sqlite3.Connection:
    """A connection with the durability of the server's: WAL, and an fsync a commit."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=30.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def fill(database: Path, *, tenant: int, events: int) -> None:
    """Append `events` orders of one tenant to a log, its head and its consumers' cursors moved along."""
    connection = connect(database)
    connection.execute("PRAGMA synchronous=OFF")
    (head,) = connection.execute("SELECT seq FROM log_head").fetchone()
    begins_us = time.time_ns() // 1_000 - events * APART_US
    connection.execute("UPDATE event SET occurred_at = ?, recorded_at = ?", (begins_us, begins_us))
    rows = stored_rows(tenant=tenant, after=head, now_us=begins_us)
    for start in range(0, events, BATCH_ROWS):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, islice(rows, min(BATCH_ROWS, events - start)))
        connection.execute("COMMIT")
    connection.execute("UPDATE log_head SET seq = ?, recorded_at = ?", (head + events, time.time_ns() // 1_000))
    connection.execute("UPDATE consumer_cursor SET position = ?", (head + events,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def fill_postgres(url: str, *, tenant: int, events: int) -> None:
    """The same in a database of PostgreSQL whose log has one shard."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    head = await connection.fetchval("SELECT seq FROM log_head")
    begins_us = time.time_ns() // 1_000 - events * APART_US
    await connection.execute("UPDATE event SET occurred_at = $1, recorded_at = $1", begins_us)
    rows = stored_rows(tenant=tenant, after=head, now_us=begins_us)
    for start in range(0, events, BATCH_ROWS):
        records = islice(rows, min(BATCH_ROWS, events - start))
        await connection.copy_records_to_table("event", records=records, columns=list(event.c.keys()))
    await connection.execute("UPDATE log_head SET seq = $1, recorded_at = $2", head + events, time.time_ns() // 1_000)
    await connection.execute("UPDATE consumer_cursor SET position = $1", head + events)
    await connection.execute("ANALYZE event")
    await connection.close()


async def searchable(url: str, *, within_s: float) -> None:
    """Returns when the searches of such a database have all of the log. Raises TimeoutError."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    is_behind = "SELECT min(position) < (SELECT seq FROM log_head) FROM search_cursor"
    async with asyncio.timeout(within_s):
        while True:
            if not await connection.fetchval(is_behind):
                break
            await asyncio.sleep(LOOK_S)
    await connection.close()


def stored_rows(*, tenant: int, after: int, now_us: int) -> Iterator[StoredEvent]:
    """Rows of the log from position `after` + 1 on, without end; time-ordered ids, as the server makes them."""
    bodies = [order_event(number) for number in range(DISTINCT)]
    seq = after
    while True:
        seq += 1
        at_us = now_us + (seq - after) * APART_US
        body = bodies[seq % DISTINCT]
        event_id = _uuid7(at_us, seq)
        body.id = event_id
        packed = body.SerializeToString()
        yield StoredEvent(
            seq=seq,
            tenant_id=tenant,
            api=int(Api.COLLECTOR),  # type: ignore[arg-type]  # the driver takes an int faster than an enum
            event_id=event_id,
            topic="order.created",
            entity_type="ORDER",
            entity_id=f"ORD-{seq:010d}",
            entity_ref=None,
            root_type=None,
            root_id=None,
            root_ref=None,
            retailer_id=None,
            site_id=None,
            name="ORDER",
            category=None,
            type="ENTITY_EVENT",
            source="APPLICATION",
            actor="bench",
            correlation_id=f"{seq:032x}",
            traceparent=None,
            hops=0,
            occurred_at=at_us,
            recorded_at=at_us,
            body_hash=sha256(packed).digest(),
            body=packed,
        )


def _uuid7(at_us: int, number: int) -> str:
    """A UUIDv7 of that instant; its random part is a scramble of `number`, so that it is cheap and distinct."""
    scramble = number * 0x9E3779B97F4A7C15 & (1 << 62) - 1
    return str(UUID(int=(at_us // 1_000) << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | scramble))
