"""Appending to the log of a PostgreSQL in one statement.

The row of the head is locked for the time of this statement and its commit alone: no answer has to travel to this
process and back meanwhile, so appends of many processes follow each other as fast as the server commits, and a process
that stops here stops nobody. Ids that are taken are looked up before; where one is taken in between, the unique key
refuses the statement, and the caller runs it again.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.platform.errors import Conflict
from tidings_server.storage.log.records import Appended
from tidings_server.storage.log.shards import MAX_SHARDS
from tidings_server.storage.log.staging import Append, StagedAppends, StoredRow, known_events
from tidings_server.storage.log.tables import event

BATCH: Final = -(1 << 40)
"""Where the positions of a batch begin until the log has given theirs: below zero, as none in the log is."""
RECORDED_AT: Final = [column.name for column in event.c].index("recorded_at")


async def append_in_one_statement(
    conn: AsyncConnection, appends: Sequence[Append], *, now_us: int
) -> tuple[list[object], list[StoredRow]]:
    """Store several callers' events, as `append_all` does, on a connection where each statement commits itself.

    All get the same instant: the latest of the log, of theirs and of `now_us`. IntegrityError when an id was taken
    since it was looked up: nothing is stored then.
    """
    staged = StagedAppends(BATCH, 0, await known_events(conn, appends))
    outcomes = [staged.add(append, now_us) for append in appends]
    if not staged.rows:
        return list(outcomes), []
    columns = [list(values) for values in zip(*staged.rows, strict=True)]
    columns[0] = [seq - BATCH for seq in columns[0]]
    del columns[RECORDED_AT]
    parameters = (len(staged.rows), staged.recorded_at, *columns)
    placed = (await conn.exec_driver_sql(_statement(appends[0].shard), parameters)).one()
    head, recorded_at = placed.base - BATCH, placed.recorded_at
    rows = [(head + row[0], *row[1:RECORDED_AT], recorded_at, *row[RECORDED_AT + 1 :]) for row in staged.rows]
    return [_placed(each, head, recorded_at) for each in outcomes], rows


def _placed(outcome: list[Appended] | Conflict, head: int, recorded_at: int) -> list[Appended] | Conflict:
    """The outcome with positions in the log in place of those in the batch, also where it repeats one of the batch."""
    if isinstance(outcome, Conflict):
        return outcome
    return [each if each.seq > 0 else _in_log(each, head, recorded_at) for each in outcome]


def _in_log(appended: Appended, head: int, recorded_at: int) -> Appended:
    seq = head + appended.seq
    first = appended.existing._replace(seq=seq, recorded_at=recorded_at) if appended.existing else None
    return Appended(seq, recorded_at, first)


@lru_cache(maxsize=MAX_SHARDS)
def _statement(shard: int) -> str:
    names = [column.name for column in event.c]
    given = [name for name in names if name != "recorded_at"]
    arrays = [f"${number}::{_type(event.c[name].type)}[]" for number, name in enumerate(given, 3)]
    own = {"seq": "head.base + given.seq", "recorded_at": "head.recorded_at"}
    return _APPEND.format(
        table="shard_head" if shard else "log_head",
        where=f"WHERE shard = {shard}" if shard else "",
        names=", ".join(names),
        values=", ".join(own.get(name, f"given.{name}") for name in names),
        arrays=", ".join(arrays),
        given=", ".join(given),
    )


_APPEND: Final = """
WITH head AS (
    UPDATE {table} SET seq = seq + $1::bigint, recorded_at = greatest(recorded_at, $2::bigint) {where}
    RETURNING seq - $1::bigint AS base, recorded_at
), added AS (
    INSERT INTO event ({names}) SELECT {values} FROM head, unnest({arrays}) AS given ({given})
)
SELECT base, recorded_at FROM head
"""


def _type(column_type: Any) -> str:
    if isinstance(column_type, LargeBinary):
        return "bytea"
    if isinstance(column_type, SmallInteger):
        return "smallint"
    if isinstance(column_type, BigInteger):
        return "bigint"
    return "integer" if isinstance(column_type, Integer) else "text"
