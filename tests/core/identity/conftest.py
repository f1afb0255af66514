"""An installation on each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.identity import Installation
from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


@pytest.fixture
async def empty(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """Nothing stored yet."""
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    yield Installation(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def installation(empty: Installation) -> Installation:
    await empty.provision()
    return empty
