"""A session of HTTP for the callers of a shop, and time for faults that last."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

LONG_S = 7_200.0


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Faults that last longer may take longer."""
    if config.getoption("--long-faults"):
        for item in items:
            item.add_marker(pytest.mark.timeout(LONG_S), append=False)
