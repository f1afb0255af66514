"""A server without operators creates the first, once."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tidings_server.identity.demo import FILE as DEMO_FILE
from tidings_server.identity.demo import ensure_demo
from tidings_server.identity.first_operator import FILE, ensure_operator
from tidings_server.identity.secret_hashing import Passwords


async def ensure(installation: Installation, data_dir: Path) -> Path | None:
    return await ensure_operator(installation.database, data_dir, clock=installation.clock, ids=installation.ids)


async def test_the_first_operator_is_in_a_file_of_its_owners_alone(empty: Installation, tmp_path: Path) -> None:
    file = await ensure(empty, tmp_path)
    assert file == tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await empty.credentials.operator(file.read_text().strip())).grants == {"admin"}


async def test_a_restart_makes_no_second_one(empty: Installation, tmp_path: Path) -> None:
    assert await ensure(empty, tmp_path)
    assert await ensure(empty, tmp_path) is None


async def test_a_crash_before_it_was_stored_is_mended(empty: Installation, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("first-operator.from-before\n")
    await ensure(empty, tmp_path)
    assert (await empty.credentials.operator("first-operator.from-before")).actor == "first-operator"


async def test_the_demos_operator_is_enough(installation: Installation, tmp_path: Path) -> None:
    assert await ensure(installation, tmp_path) is None
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("is_shared", [True, False])
async def test_three_first_starts_at_once_leave_valid_credentials_alone(
    empty_installation: Installation, tmp_path: Path, is_shared: bool
) -> None:
    """Each process has a data directory of its own, or all have the same."""
    directories = [tmp_path / ("shared" if is_shared else str(number)) for number in range(3)]
    for directory in directories:
        directory.mkdir(exist_ok=True)
    own = empty_installation
    await asyncio.gather(*(ensure(own, directory) for directory in directories))
    files = {file for directory in directories if (file := directory / FILE).exists()}
    assert len(files) == 1
    assert (await own.credentials.operator(files.pop().read_text().strip())).grants == {"admin"}

    await asyncio.gather(*(ensure_demo_in(own, directory) for directory in directories))
    files = {file for directory in directories if (file := directory / DEMO_FILE).exists()}
    assert len(files) == 1
    demo = json.loads(files.pop().read_text())
    assert (await own.credentials.operator(demo["operator_token"])).grants == {"admin"}
    assert not [file for directory in directories for file in directory.iterdir() if file.suffix == ".new"]


async def ensure_demo_in(own: Installation, directory: Path) -> object:
    return await ensure_demo(own.database, directory, passwords=Passwords(), clock=own.clock, ids=own.ids)
