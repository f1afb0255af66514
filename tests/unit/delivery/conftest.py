from collections.abc import Iterator

import pytest

from tests.aws import Aws, moto_server
from tidings_server.clock import ManualClock


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with moto_server() as server:
        yield server


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
