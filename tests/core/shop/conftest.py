"""A shop over each database, with a clock that stands."""

from collections.abc import AsyncIterator

import pytest

from tests.shops import World
from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()
