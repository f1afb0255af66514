from collections.abc import AsyncIterator

import pytest

from tests.support.installation import Installation
from tests.support.scheduled_events import Stores, serving


@pytest.fixture
async def stores(installation: Installation) -> AsyncIterator[Stores]:
    async with serving(installation) as stores:
        yield stores
