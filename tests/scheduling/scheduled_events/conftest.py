"""Stores over each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.scheduled_events import Stores, serving
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database


@pytest.fixture
async def stores(database_url: str, tmp_path: Path) -> AsyncIterator[Stores]:
    clock = ManualClock()
    database = await Database.open(database_url, clock=clock)
    installation = Installation(database, clock, tmp_path)
    await installation.provision()
    async with serving(installation) as stores:
        yield stores
    await database.close()
