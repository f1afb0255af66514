"""A loyalty scheme on a manual clock, whose ledger is checked after each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.loyalty_hub import Scheme
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
async def scheme(database_url: str, clock: ManualClock) -> AsyncIterator[Scheme]:
    database = await Database.open(database_url, clock=clock)
    scheme = Scheme(database, clock)
    yield scheme
    await scheme.check_ledger()
    await database.close()
