"""A catalogue over each database, with a clock that stands still."""

from collections.abc import AsyncIterator

import pytest

from tests.support.catalogue import World
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()
