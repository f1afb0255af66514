from collections.abc import AsyncIterator, Iterator

import pytest

from tests.aws import Aws, moto_server
from tests.receiver import Receiver
from tidings_server.clock import ManualClock


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with moto_server() as server:
        yield server


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
