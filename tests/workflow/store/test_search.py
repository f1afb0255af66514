"""Rows of workflow events as searches find them, on both databases."""

from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy import event as hooks
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api
from tidings_server.workflow.store import search
from tidings_server.workflow.store.search import RecordFilter, RecordPosition, SearchableEvent

SECOND_US = 1_000_000
ALL = RecordFilter(tenant=1, since=0, until=10_000 * SECOND_US)
CATEGORIES = ("ruleSet", "rule", "ACTION")


def envelope(seq: int, tenant: int = 1) -> SearchableEvent:
    order = ("ORDER", f"{seq}", None)
    about = ("1", "ORCHESTRATION", "ORDER_WORKFLOW", f"N{seq % 7}", *order, *order)
    return SearchableEvent(seq, tenant, Api.ORCHESTRATION, *about, seq * SECOND_US)


def rows(seq: int, tenant: int = 1) -> list[tuple[Any, ...]]:
    """An event and the three records of its run."""
    about = envelope(seq, tenant)
    steps = [(category, about.name or "", "SUCCESS", about.occurred_at) for category in CATEGORIES]
    audits = search.rows_of_run(about._replace(type="ORCHESTRATION_AUDIT"), steps)
    return [search.row(about, "SUCCESS"), *audits]


@pytest.fixture
async def filled(database: Database) -> Database:
    """Events 1 to 500 of tenant 1, and 501 to 600 of tenant 2."""
    taken = [row for seq in range(1, 601) for row in rows(seq, 1 if seq <= 500 else 2)]
    await database.search_writer.run(lambda conn: search.add(conn, events=[], runs=taken))
    return database


async def plan_of(conn: AsyncConnection, criteria: RecordFilter) -> str:
    """The query plan of the first page, of the statement itself."""
    asked: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    hooks.listen(conn.sync_connection, "before_cursor_execute", note)
    await search.find(conn, criteria, offset=0, limit=10)
    hooks.remove(conn.sync_connection, "before_cursor_execute", note)
    [(statement, parameters)] = asked
    if conn.dialect.name == "sqlite":
        rows = await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    else:
        for choice in ("seqscan", "bitmapscan", "sort"):  # which a table this small may well deserve
            await conn.execute(text(f"SET LOCAL enable_{choice} = off"))
        rows = await conn.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


async def test_a_category_alone_finds_its_rows_newest_first(filled: Database) -> None:
    async with filled.read_search() as conn:
        found = await search.find(conn, ALL._replace(categories=["ACTION"]), offset=2, limit=3)
        several = await search.find(conn, ALL._replace(categories=["rule", "ACTION"]), offset=0, limit=3)
        events = await search.find(conn, ALL._replace(categories=["ORDER_WORKFLOW"]), offset=499, limit=3)
        none = await search.find(conn, ALL._replace(categories=["exception"]), offset=0, limit=3)
    assert found == [RecordPosition(seq, 2) for seq in (498, 497, 496)]
    assert several == [RecordPosition(500, 2), RecordPosition(500, 1), RecordPosition(499, 2)]
    assert events == [RecordPosition(1, None)]
    assert none == []


async def test_several_values_beside_the_driving_index_filter_its_rows(filled: Database) -> None:
    about = ALL._replace(entity_id="17", names=["N2", "N3", "N9"], categories=["rule", "ACTION"])
    async with filled.read_search() as conn:
        found = await search.find(conn, about, offset=0, limit=9)
        others = await search.find(conn, about._replace(names=["N1", "N2"]), offset=0, limit=9)
    assert found == [RecordPosition(17, 2), RecordPosition(17, 1)]
    assert others == []


@pytest.mark.parametrize("name", ["category", "name", "status", "entity_id", "root_id"])
async def test_each_of_these_alone_has_an_index_that_gives_its_rows_in_order(filled: Database, name: str) -> None:
    values: dict[str, Any] = {"category": ["ACTION"], "name": ["N1"], "status": ["FAILED"]}
    field = {"category": "categories", "name": "names", "status": "statuses"}.get(name, name)
    async with filled.read_search() as conn:
        plan = await plan_of(conn, ALL._replace(**{field: values.get(name, "17")}))
    assert f"ix_search_record_{name}" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
