"""A session of HTTP for the callers of a shop, and time for faults that last."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

LONG_S = 7_200.0
BY_HAND = Path(__file__).parent / "test_cluster.py"
"""Its eight processes and three NATS servers want a machine of their own."""


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Faults that last longer may take longer; without them those of a whole cluster are not there."""
    if config.getoption("--long-faults"):
        for item in items:
            item.add_marker(pytest.mark.timeout(LONG_S), append=False)
        return
    left_out = [item for item in items if item.path == BY_HAND]
    items[:] = [item for item in items if item.path != BY_HAND]
    config.hook.pytest_deselected(items=left_out)
