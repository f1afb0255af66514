"""PostgreSQL looks up events by ids and by numbers in an index each, also before it knows anything of the log."""

import json

import pytest
from sqlalchemy import select

from tests.support.events import IDS, record
from tests.support.query_plans import postgres_plan
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.database import Database
from tidings_server.storage.log.staging import repeats
from tidings_server.storage.log.tables import event

BATCHES, OF_ONE = 20, 200
POSTGRES = "postgresql"
pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("database_url", [POSTGRES], indirect=True)]


@pytest.fixture
async def stored(database: Database) -> Database:
    for _ in range(BATCHES):
        await database.write_queue.append([record(IDS.uuid7()) for _ in range(OF_ONE)])
    return database


async def test_ids_are_looked_up_with_their_whole_key(stored: Database) -> None:
    parameters = {"of_tenant": 1, "of_api": 0, "ids": json.dumps(["a", "b"])}
    plan = await postgres_plan(stored, repeats(POSTGRES), parameters)
    [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
    assert all(name in condition for name in ("tenant_id", "api", "event_id"))


async def test_numbers_are_looked_up_one_by_one(stored: Database) -> None:
    query = select(event).where(is_listed(event.c.seq, POSTGRES, "seqs")).order_by(event.c.seq)
    plan = await postgres_plan(stored, query, {"seqs": as_list([1, 2])})
    [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
    assert "seq = ANY" in condition
