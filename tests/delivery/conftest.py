"""An AWS endpoint of this machine's own."""

from collections.abc import Iterator

import pytest

from tests.support.aws import Aws, moto_server


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with moto_server() as server:
        yield server
