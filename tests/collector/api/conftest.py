from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.collector.api.world import World, serving


@pytest.fixture
async def world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with serving(sqlite_url, tmp_path) as world:
        yield world
