"""Several processes over one database, each kind of fault of which leaves a history that agrees with the model.

By hand, at length: `make faults LONG=1`.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack

import aiohttp
import pytest

from tests.e2e.instances import instance
from tests.faults.processes import (
    FAULTS,
    FAULTS_OF_POSTGRES,
    PROCESSES,
    ROLES,
    Installation,
    OverPostgres,
    agrees_with_the_model,
    shared,
)
from tests.support.postgres import Cluster
from tests.support.receiver import Receiver

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def over_postgres(postgres: Cluster, request: pytest.FixtureRequest) -> Iterator[OverPostgres]:
    name = postgres.create()
    settings = shared(postgres.url(name))
    with ExitStack() as stack:
        processes = [stack.enter_context(instance(**settings)) for _ in range(PROCESSES)]
        yield OverPostgres(processes, request.config.getoption("--long-faults"), postgres, name)


@pytest.fixture(scope="module")
def over_sqlite(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Installation]:
    settings = shared(f"sqlite:///{tmp_path_factory.mktemp('shared') / 'tidings.db'}")
    with ExitStack() as stack:
        processes = [stack.enter_context(instance(**settings, role=role)) for role in ROLES]
        yield Installation(processes, request.config.getoption("--long-faults"))


@pytest.mark.postgresql
@pytest.mark.parametrize("fault", FAULTS + FAULTS_OF_POSTGRES, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_doubled_or_out_of_order(
    over_postgres: OverPostgres,
    receiver: Receiver,
    session: aiohttp.ClientSession,
    fault: Callable[[OverPostgres], Awaitable[None]],
) -> None:
    await agrees_with_the_model(over_postgres, receiver, session, fault=fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nor_is_it_between_processes_over_one_sqlite(
    over_sqlite: Installation,
    receiver: Receiver,
    session: aiohttp.ClientSession,
    fault: Callable[[Installation], Awaitable[None]],
) -> None:
    await agrees_with_the_model(over_sqlite, receiver, session, fault=fault)
