"""One scheduler over each kind of database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.schedules import NOW, Scheduling
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def scheduling(database_url: str, clock: ManualClock) -> AsyncIterator[Scheduling]:
    database = await Database.open(database_url, clock=clock)
    yield Scheduling(database, clock)
    await database.close()
