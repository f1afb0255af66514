"""PostgreSQL leases what is ordered by the index of orders, also before it knows anything of the deliveries."""

from collections.abc import AsyncIterator

import pytest

from tests.support.deliveries import World
from tests.support.query_plans import postgres_plan
from tidings_server.delivery.store import lease_statements
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

MANY = 4_000
POSTGRES = "postgresql"
BY_ORDER = "using ix_delivery_order"
pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("database_url", [POSTGRES], indirect=True)]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    world = World(database, clock)
    to = await world.subscription(ordered=True)
    for at in range(4):
        await world.queue(to, await world.events(MANY // 4), order_key=f"ORDER:{at}")
    yield world
    await database.close()


async def test_the_next_of_an_entity_is_found_by_its_order(world: World) -> None:
    parameters = {"of_key": 1, "of_order": "ORDER:1", "now": 1, "until": 2, "owner": 3}
    plan = await postgres_plan(world.database, lease_statements.lease_next(POSTGRES), parameters)
    assert BY_ORDER in plan
    assert "using pk_delivery" in plan
    assert "Sort" not in plan


async def test_the_first_of_each_entity_is_found_by_its_order(world: World) -> None:
    parameters = {"of_key": 1, "of_priority": 0, "most": 16, "window": 250, "now": 1, "until": 2, "owner": 3}
    for statement in (lease_statements.lease_first(POSTGRES), lease_statements.lease_beyond(POSTGRES)):
        plan = await postgres_plan(world.database, statement, parameters)
        assert BY_ORDER in plan
        assert "Seq Scan on delivery" not in plan
    assert "Sort" not in await postgres_plan(world.database, lease_statements.lease_first(POSTGRES), parameters)
