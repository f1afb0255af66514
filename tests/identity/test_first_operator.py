"""A server without operators creates the first, once."""

import stat
from pathlib import Path

from tests.support.installation import Installation
from tidings_server.identity.first_operator import FILE, ensure_operator


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
