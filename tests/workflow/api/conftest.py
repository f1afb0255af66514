from collections.abc import AsyncIterator

import pytest

from tests.support.installation import Installation
from tests.support.workflows import ruleset, step
from tests.workflow.api.world import World, serving


@pytest.fixture
async def world(installation: Installation) -> AsyncIterator[World]:
    """Runs a workflow of orders that start, and that fail."""
    async with serving(installation) as world:
        start = ruleset("Start", step("ChangeState", status="NEW"))
        await world.hub.put(start, ruleset("Fail", step("ChangeState", status="${event.attributes.missing}")))
        yield world
