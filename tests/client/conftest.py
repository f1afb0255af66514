"""A client of a scripted server."""

from collections.abc import AsyncIterator

import pytest

from tests.client.scripted import Script, serving
from tests.support.waiting import PATIENCE_S
from tidings_client import ClientCredentials, Tidings


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def target(script: Script) -> AsyncIterator[str]:
    server, address = await serving(script)
    yield address
    await server.stop(grace=None)


@pytest.fixture
async def tidings(target: str) -> AsyncIterator[Tidings]:
    async with Tidings(
        target, tenant="acme", credentials=ClientCredentials("id", "secret"), timeout_s=PATIENCE_S
    ) as client:
        yield client
