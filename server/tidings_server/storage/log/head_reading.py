"""The heads of the log together with the clock that all processes follow."""

import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, String, cast, column, func, null, select, table
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tidings_server.platform.clock import Clock, wall_us
from tidings_server.storage.database_errors import storage_fault
from tidings_server.storage.log.head import LogHeads
from tidings_server.storage.log.tables import log_head, shard_head
from tidings_server.storage.notices import Notices
from tidings_server.storage.shared_look import SharedLook

POLL_S = 0.1
"""Interval of reading other processes' commits from PostgreSQL while their notices do not come."""
MAX_READING_S = 0.05
"""A reading of the database's clock that took longer says too little."""
FOLLOW_S = 1.0
"""Interval of reading the shared clock, and with it the head of the log."""
_DATA_VERSION = select(table("pragma_data_version", column("data_version")).c.data_version)
"""A number that changes with each commit of another connection to the file."""


class HeadReading(NamedTuple):
    """The heads of the shards, and an instant (µs) of the database's clock that is not before any in the log.

    SQLite has no clock of its own: there it is the instant of the last event.
    """

    seqs: list[int]
    at_us: int


async def read_heads(conn: AsyncConnection) -> HeadReading:
    """The heads of the log and the clock of the database, in one statement."""
    return _reading((await conn.execute(_heads_and_clock(conn.dialect.name))).one())


async def follow_others(
    readers: AsyncEngine, heads: LogHeads, notices: Notices, look: SharedLook, clock: Clock
) -> None:
    """Notice other processes' commits of which no notice came, follow the database's clock, and look for the workers.

    A failure is not reported here, since callers get it too.
    """
    looked_at = -FOLLOW_S
    while True:
        await clock.sleep(FOLLOW_S if notices.is_listening else POLL_S)
        try:
            async with readers.connect() as conn:
                began = clock.monotonic()
                if began - looked_at < FOLLOW_S * 0.9:
                    reading = await read_heads(conn)
                else:
                    reading = await _look(conn, look, began)
                    looked_at = began
                took_s = clock.monotonic() - began
        except Exception as error:
            if not storage_fault(error):
                raise
        else:
            for seq in reading.seqs:
                heads.advance(seq)
            if took_s < MAX_READING_S:
                clock.follow(as_of_now(reading, took_s))


async def follow_writes(
    reads: AbstractAsyncContextManager[AsyncConnection], heads: LogHeads, look: SharedLook, clock: Clock
) -> None:
    """Look for the workers of an embedded database when it was written, by others such as a shell too, and at its head.

    `reads` gives one connection each time. Source: SQLite, "PRAGMA data_version". A failure is not reported here, since
    callers get it too.
    """
    version = -1
    while True:
        await clock.sleep(FOLLOW_S)
        try:
            async with reads as conn:
                began = clock.monotonic()
                found = (await conn.execute(_DATA_VERSION)).scalar_one()
                if found == version and look.is_current:
                    look.confirm(asked_at_s=began)
                    continue
                version, commits = found, look.commits
                row = (await conn.execute(look.extend(select(log_head.c.seq)))).one()
        except Exception as error:
            if not storage_fault(error):
                raise
        else:
            heads.advance(row[0])
            look.take(row, asked_at_s=began, after_commits=commits)


async def _look(conn: AsyncConnection, look: SharedLook, began_s: float) -> HeadReading:
    row = (await conn.execute(look.extend(_heads_and_clock(conn.dialect.name)))).one()
    look.take(row, asked_at_s=began_s)
    return _reading(row)


def as_of_now(reading: HeadReading, took_s: float) -> int:
    """The database's clock now: a reading is on average as old as half the time that it took."""
    return reading.at_us + int(took_s * 500_000)


async def follow_wall(clock: Clock) -> None:
    """Follow this machine's clock where no other process has one."""
    while True:
        await clock.sleep(FOLLOW_S)
        clock.follow(wall_us())


def _reading(row: Sequence[Any]) -> HeadReading:
    return HeadReading([row[0], *json.loads(row[2] or "[]")], row[1])


@lru_cache(maxsize=2)
def _heads_and_clock(dialect_name: str) -> Select[Any]:
    if dialect_name != "postgresql":
        return select(log_head.c.seq, log_head.c.recorded_at, null())
    clock_us = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    latest = select(func.max(shard_head.c.recorded_at)).scalar_subquery()
    others = select(cast(func.json_agg(aggregate_order_by(shard_head.c.seq, shard_head.c.shard)), String))
    return select(log_head.c.seq, func.greatest(clock_us, log_head.c.recorded_at, latest), others.scalar_subquery())
