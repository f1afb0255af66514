from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.loyalty.api.world import World, serving
from tests.support.installation import Installation


@pytest.fixture
async def world(installation: Installation) -> AsyncIterator[World]:
    async with serving(installation) as world:
        yield world


@pytest.fixture
def ada() -> str:
    return str(uuid4())
