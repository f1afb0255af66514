"""The sections of docs/clients.md, followed to the letter in an empty folder: a typed call is answered."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, Instance, instance

pytestmark = pytest.mark.toolchain

LANGUAGES = ("Python", "Go", "TypeScript", "Java", "Rust")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
LOCKED = Path(__file__).parent / "locked"
"""Versions of dependencies that the section leaves to the package manager, so that every run takes the same."""
ENOUGH_S = 600.0


@pytest.fixture(scope="module")
def system() -> Iterator[Instance]:
    with instance() as started:
        yield started


def section(title: str) -> list[tuple[str, str, str]]:
    """Language, file name (`""` of shell lines) and text of its blocks."""
    [text] = re.findall(
        rf"^## {title}\n(.*?)(?=^## |\Z)", (ROOT / "docs/clients.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return BLOCK.findall(text)


def lines(title: str) -> str:
    return "".join(text for language, file, text in section(title) if language == "sh" and not file)


@pytest.mark.timeout(2 * ENOUGH_S)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_newcomers_first_call_is_answered(system: Instance, tmp_path: Path, language: str) -> None:
    # What an earlier run has installed must not stand in for what the section installs.
    shutil.rmtree(Path.home() / ".m2/repository/dev/tidings", ignore_errors=True)
    folder = tmp_path / "shop"
    folder.mkdir()
    (tmp_path / "tidings").symlink_to(ROOT)
    for locked in LOCKED.glob(f"{language.lower()}/*"):
        shutil.copy(locked, folder)
    for _, name, text in section(language):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    script = "set -eu\n" + lines("A first call").replace("$TIDINGS/.tidings/", f"{system.data_dir}/") + lines(language)
    own = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS")}
    done = subprocess.run(
        ["bash"],
        input=script.replace("localhost:50051", system.grpc),
        env=own,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=ENOUGH_S,
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    assert re.search(r"stored ORDER 1001 as [0-9a-f-]{36}\n", done.stdout), done.stdout[-3_000:]
