"""An installation on SQLite: what a database does is tested below api/."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.identity import Installation
from tidings_server.clock import ManualClock
from tidings_server.core.tenants import NewClient
from tidings_server.store.engine import Database


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
async def installation(provisioned: tuple[Path, NewClient], tmp_path: Path) -> AsyncIterator[Installation]:
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
