"""A log of workflow events that have run, with their records, written past the server into its own tables."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.prefill import APART_US, BATCH_ROWS, INSERT, connect
from tidings_server.platform.clock import Ids, SystemClock
from tidings_server.storage.log.records import StoredEvent
from tidings_server.workflow.attributes import Attribute
from tidings_server.workflow.audits import Audit, AuditCategory, EventStatus, pack, timers
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_codec import EventBody, event_record
from tidings_server.workflow.store import search as search_records
from tidings_server.workflow.store.search import SearchableEvent
from tidings_server.workflow.store.tables import event_outcome, search_record

RETAILER = "1"
NAME = "UpdateOrder"
HOT = "ON-HOT"
"""The order that every fifth event is about, so that it has a hundredth page even in a small log."""
HOT_EVERY = 5
FAILED_EVERY = 4

OUTCOME = f"INSERT INTO event_outcome ({', '.join(event_outcome.c.keys())}) VALUES ({', '.join('?' * 12)})"
RECORD = f"INSERT INTO search_record ({', '.join(search_record.c.keys())}) VALUES ({', '.join('?' * 14)})"


class Rows(NamedTuple):
    """Rows that one event makes."""

    event: Sequence[Any]
    outcome: Sequence[Any]
    records: list[Sequence[Any]]


def fill(data: Path, *, tenant: int, events: int) -> None:
    """Write `events` events of one tenant, run by a ruleset of three rules, into an empty log and its projections."""
    log, search = connect(data / "tidings.db"), connect(data / "search.db")
    rows = _rows(tenant=tenant, first_us=time.time_ns() // 1_000 - events * APART_US)
    indexes = _without_indexes(search, "search_record")
    for start in range(0, events, BATCH_ROWS):
        batch = list(islice(rows, min(BATCH_ROWS, events - start)))
        _write(log, {INSERT: [each.event for each in batch], OUTCOME: [each.outcome for each in batch]})
        _write(search, {RECORD: [row for each in batch for row in each.records]})
    for index in indexes:
        search.execute(index)
    log.execute("UPDATE log_head SET seq = ?, recorded_at = ?", (events, time.time_ns() // 1_000))
    log.execute("UPDATE consumer_cursor SET position = ?", (events,))
    log.execute("UPDATE config_version SET version = ? WHERE kind = 'outcomes'", (events,))
    for consumer in ("search", search_records.CONSUMER, search_records.OUTCOMES):
        search.execute("INSERT OR REPLACE INTO search_cursor (consumer, position) VALUES (?, ?)", (consumer, events))
    for connection in (log, search):
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def _write(connection: sqlite3.Connection, statements: dict[str, list[Sequence[Any]]]) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    for statement, rows in statements.items():
        connection.executemany(statement, rows)
    connection.execute("COMMIT")


def _without_indexes(connection: sqlite3.Connection, table: str) -> list[str]:
    """Drop a table's indexes; the statements that make them again."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    found = connection.execute(query, (table,)).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _rows(*, tenant: int, first_us: int) -> Iterator[Rows]:
    ids, seq = Ids(SystemClock()), 0
    while True:
        seq += 1
        at_us = first_us + seq * APART_US
        order = Reference("ORDER", ref=HOT if seq % HOT_EVERY == 0 else f"ON-{seq // 10:08d}")
        body = EventBody(attributes=(Attribute("total", seq, "INTEGER"),))
        made = event_record(
            NAME,
            body,
            event_id=ids.uuid7(),
            tenant_id=tenant,
            retailer_id=RETAILER,
            entity=order,
            root=order,
            at_us=at_us,
            actor="bench",
            body_hash=sha256(body.encode()).digest(),
        )
        event = StoredEvent(seq, *made)
        status = EventStatus.FAILED if seq % FAILED_EVERY == 0 else EventStatus.SUCCESS
        audits = list(_audits(status, at_us + 1_000))
        yield Rows(
            (seq, made[0], int(made.api), *made[2:]), _outcome(event, status, audits), _found(event, status, audits)
        )


def _audits(status: EventStatus, at_us: int) -> Iterator[Audit]:
    """The records of three rules, or of two and one that fails."""
    is_failed = status is EventStatus.FAILED
    for number, name in enumerate(("ChangeState", "SetAttribute", "SetAttribute"), 1):
        ended = status if number == 3 else EventStatus.SUCCESS
        yield Audit(AuditCategory.RULE, name, ended, at_us, timers(at_us, at_us))
        if not is_failed:
            yield Audit(AuditCategory.ACTION, "Change State", EventStatus.SUCCESS, at_us)
    if is_failed:
        yield Audit(
            AuditCategory.EXCEPTION, "exception", status, at_us, (Attribute("message", "no such key", "STRING"),)
        )
    yield Audit(AuditCategory.RULE_SET, NAME, status, at_us, timers(at_us, at_us))
    yield Audit(
        AuditCategory.SNAPSHOT, "snapshot", EventStatus.SUCCESS, at_us, (Attribute("status", "BOOKED", "STRING"),)
    )


def _outcome(event: StoredEvent, status: EventStatus, audits: Sequence[Audit]) -> Sequence[Any]:
    at_us = event.recorded_at
    workflow = ("BENCH", 1, NAME, event.seq, f"id-{event.seq}", at_us, at_us + 1_000)
    return (event.seq, event.seq, event.tenant_id, status.value, *workflow, pack(audits))


def _found(event: StoredEvent, status: EventStatus, audits: Sequence[Audit]) -> list[Sequence[Any]]:
    envelope = SearchableEvent(*(getattr(event, name) for name in SearchableEvent._fields))
    about = envelope._replace(entity_id=f"id-{event.seq}", type="ORCHESTRATION_AUDIT")
    steps = [(audit.category.value, audit.name, audit.status.value, audit.at_us) for audit in audits]
    return [search_records.row(envelope, status.value), *search_records.rows_of_run(about, steps)]
