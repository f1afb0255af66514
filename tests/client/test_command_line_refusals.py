"""Credentials, certificates and files of the command line that cannot be: one line each, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, ROOTS
from tests.support.processes import without_settings
from tests.support.waiting import PATIENCE_S


def tidings(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command to a port that nobody serves."""
    inherited = without_settings()
    path = {"PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS), "HOME": str(directory)}
    return subprocess.run(
        [sys.executable, "-m", "tidings_cli", *arguments],
        env=inherited | path | {"TIDINGS_SERVER": "127.0.0.1:1"} | environment,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("audit",), {"TIDINGS_OPERATOR_TOKEN": "hunter2é"}, "authorization: must be of visible ASCII"),
        (("audit",), {"TIDINGS_OPERATOR_TOKEN": "hunter2\nb"}, "authorization: must be of visible ASCII"),
        (("schedules", "list"), {"TIDINGS_STORE": "1", "TIDINGS_STORE_KEY": "hunter2é"}, "api_key: must be of visible"),
        (("audit",), {"TIDINGS_OPERATOR_TOKEN": "x", "TIDINGS_CA": "/etc/hostname"}, "holds no PEM certificate"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    done = tidings(tmp_path, *arguments, **environment)
    [line] = done.stderr.splitlines()
    assert line.startswith("tidings: ")
    assert said in line
    assert "hunter2" not in line
    assert done.returncode != 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"profiles": 5}',
        '{"profiles": {"default": 5}}',
        '{"profiles": {"default": {"server": 5}}}',
        "\xff",
    ],
)
def test_a_file_that_holds_no_profiles_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "profiles.json"
    file.write_bytes(content.encode("latin-1"))
    file.chmod(0o600)
    [line] = tidings(tmp_path, "audit", TIDINGS_PROFILES=str(file)).stderr.splitlines()
    assert line.startswith(f"tidings: {file} is not ")


def test_a_directory_in_place_of_the_profiles_is_named(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir(mode=0o700)
    [line] = tidings(tmp_path, "audit", TIDINGS_PROFILES=str(tmp_path / "profiles")).stderr.splitlines()
    assert "can't be read: is a directory" in line
