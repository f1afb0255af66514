"""The real thing: `python -m tidings_server run` with its Envoy, one for the whole session and more on demand."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import Rest, demo_rest


@pytest.fixture(scope="session")
def system() -> Iterator[Instance]:
    """The instance that tests share; each makes its own ids."""
    with instance() as started:
        yield started


@pytest.fixture
def make_instance() -> Iterator[Callable[..., Instance]]:
    """Starts an instance of the test's own: it may kill it, and start it again with a failpoint."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(instance(**settings))


@pytest.fixture
def own(make_instance: Callable[..., Instance], database_url: str) -> Instance:
    """An instance of the test's own, on each kind of database."""
    return make_instance(database_url="" if database_url.startswith("sqlite") else database_url)


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture
async def rest(session: aiohttp.ClientSession, system: Instance) -> Rest:
    """Asks the shared instance as the demo tenant."""
    return await demo_rest(session, system)
