"""An open database on a clock that stands still."""

from collections.abc import AsyncIterator

import pytest

from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, clock=clock)
    yield opened
    await opened.close()
