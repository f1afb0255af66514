"""An installation on SQLite: what a database does is tested below api/."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.identity import Installation
from tidings_server.clock import ManualClock
from tidings_server.store.engine import Database


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    clock = ManualClock()
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'tidings.db'}", clock=clock)
    made = Installation(database, clock, tmp_path)
    await made.provision()
    yield made
    await database.close()
