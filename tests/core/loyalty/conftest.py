"""What the tests of loyalty share: a scheme on a clock that stands, whose books are checked when a test is over."""

from collections.abc import AsyncIterator

import pytest

from tests.loyalty_hub import Scheme
from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def scheme(database_url: str, clock: ManualClock) -> AsyncIterator[Scheme]:
    database = await Database.open(database_url, clock=clock)
    scheme = Scheme(database, clock)
    yield scheme
    await scheme.check_books()
    await database.close()
