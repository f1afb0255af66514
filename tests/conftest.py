"""Fixtures of every folder: databases to run on, installations with tenants, and a receiver of webhooks."""

import asyncio
import io
import logging
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.aws import Aws, moto_server
from tests.support.installation import Installation
from tests.support.postgres import Cluster, running_cluster
from tests.support.query_plans import bounded_plans
from tests.support.receiver import Receiver
from tidings_server.composition import tables as every_table  # noqa: F401  # declares them
from tidings_server.identity.tenants import NewClient
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.platform.telemetry import logs
from tidings_server.storage.database import Database

OPTIONS = {"--postgres": "postgresql", "--toolchains": "toolchain", "--long-faults": "long_fault"}
"""The options of pytest that tests of a mark need."""
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

# The same examples every time, and as long as they take: whether a change may land is not for luck or for a busy
# machine to say. New ones are looked for by `make fuzz`.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell gives this to what it runs in the background, and every process that a test starts would have it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run the tests that take a database on PostgreSQL too")
    parser.addoption("--long-faults", action="store_true", help="let faults last for 30 s, and repeat them")
    parser.addoption("--toolchains", action="store_true", help="run the tests that need other languages' compilers too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without an option, what is marked as its own is not there, rather than skipped."""
    for option, marker in OPTIONS.items():
        if not config.getoption(option):
            left_out = [item for item in items if item.get_closest_marker(marker)]
            items[:] = [item for item in items if not item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session", autouse=True)
def plans() -> Iterator[None]:
    """No statement that a test has SQLite run in this process reads more for a range of the log than the range."""
    with bounded_plans():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a database that has its tables and no rows: a copy of it is there in no time."""
    directory = tmp_path_factory.mktemp("template")
    _upgrade(_sqlite(directory))
    return directory


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    """The name of such a database on PostgreSQL."""
    name = postgres.create()
    _upgrade(postgres.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLAlchemy's URL of a database without rows in `tmp_path`."""
    shutil.copytree(sqlite_template, tmp_path, ignore=shutil.ignore_patterns("*.lock"), dirs_exist_ok=True)
    return _sqlite(tmp_path)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same, once for each kind that Tidings runs on."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        yield from _of_cluster(request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database that has not even tables."""
    if request.param == "sqlite":
        yield _sqlite(tmp_path)
    else:
        yield from _of_cluster(request.getfixturevalue("postgres"), "template0")


def _sqlite(directory: Path) -> str:
    return f"sqlite+aiosqlite:///{directory / 'tidings.db'}"


def _of_cluster(cluster: Cluster, template: str) -> Iterator[str]:
    name = cluster.create(template=template)
    yield cluster.url(name)
    cluster.drop(name)


def _upgrade(url: str) -> None:
    async def upgrade() -> None:
        await (await Database.open(url, clock=SystemClock())).close()

    asyncio.run(upgrade())


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """An AWS endpoint of this machine's own."""
    with moto_server() as server:
        yield server


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """An open database of each kind, on that clock."""
    opened = await Database.open(database_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def empty_installation(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Installation]:
    """An installation on each kind of database, with nothing stored yet."""
    database = await Database.open(database_url, clock=clock)
    yield Installation(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def installation_on_each(empty_installation: Installation) -> Installation:
    """An installation on each kind of database."""
    await empty_installation.provision()
    return empty_installation


@pytest.fixture
def installation(sqlite_installation: Installation) -> Installation:
    """An installation on SQLite; areas whose tests run on each kind of database override this."""
    return sqlite_installation


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NewClient]:
    """The data directory of an installation that has stopped, and the client of its other tenant."""
    directory = tmp_path_factory.mktemp("provisioned")

    async def provision() -> NewClient:
        made = await _opened(directory)
        await made.provision()
        await made.database.close()
        return made.other

    return directory, asyncio.run(provision())


@pytest.fixture
async def sqlite_installation(provisioned: tuple[Path, NewClient], tmp_path: Path) -> AsyncIterator[Installation]:
    """An installation on SQLite, copied from one that was provisioned once."""
    template, other = provisioned
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    made = await _opened(tmp_path)
    await made.load()
    made.other = other
    yield made
    await made.database.close()


async def _opened(directory: Path) -> Installation:
    clock = ManualClock()
    database = await Database.open(f"sqlite+aiosqlite:///{directory / 'tidings.db'}", clock=clock)
    return Installation(database, clock, directory)


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """The log lines so far."""
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.configure(ManualClock(), level="INFO", form="json", stream=stream)
    yield stream.getvalue
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()
