from collections.abc import AsyncIterator

import pytest

from tests.identity import Installation
from tests.stores import Stores, serving


@pytest.fixture
async def stores(installation: Installation) -> AsyncIterator[Stores]:
    async with serving(installation) as stores:
        yield stores
