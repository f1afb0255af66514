"""The real thing: `python -m tidings_server run` with its Envoy, one for the whole session and more on demand."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import Instance, instance
from tests.e2e.rest import Rest, demo_rest
from tests.e2e.workflow_users import API, ORDER_WORKFLOW, Users, log_in


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


@pytest_asyncio.fixture
async def users(session: aiohttp.ClientSession, system: Instance) -> Users:
    """The users of document 001, of the shared instance."""
    return await log_in(session, system)


@pytest_asyncio.fixture
async def order_workflow(users: Users) -> str:
    """The name of the example workflow, which runs on the shared instance."""
    definition = json.loads(ORDER_WORKFLOW.read_text())
    name: str = definition["name"]
    stored = await users.account("PUT", f"{API}/workflow/{name}", json=definition)
    assert stored.status == 201, stored.json
    return name
