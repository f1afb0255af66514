"""The shell blocks of README and guides, run from top to bottom in bash and in an interactive zsh, which is pickier."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.support.processes import without_settings
from tests.support.waiting import PATIENCE_S

SHELLS = {"bash": ["bash"], "zsh": ["zsh", "-fi"]}
REFUSED = {"README.md": 0, "docs/walkthrough.md": 1, "docs/deliveries.md": 1, "docs/operations.md": 0}
"""Answers by document that are refusals on purpose: a redemption of too many points, an endpoint that is not there."""

TIMES = {"README.md": 2, "docs/walkthrough.md": 1, "docs/deliveries.md": 1, "docs/operations.md": 1}
"""How often a document is followed on one server: what people paste first they paste again."""


def script(document: Path) -> str:
    """Its blocks that need nothing but curl and Python."""
    return "".join(re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE))


def here(text: str, own: Instance) -> str:
    """The blocks with the ports and the folder of this instance."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    placed = text.replace("http://127.0.0.1:8080", own.rest).replace(".tidings/", f"{own.data_dir}/")
    return placed.replace("9000", str(port)).replace("127.0.0.1:50051", own.grpc)


def commands(directory: Path) -> str:
    """A folder with the command line and the client's interpreter, as `.venv/bin` has them."""
    command = directory / "tidings"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tidings_cli "$@"\n')
    command.chmod(0o755)
    return str(directory)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", REFUSED)
def test_its_blocks_run(make_instance: Callable[..., Instance], tmp_path: Path, name: str, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed (Debian: apt-get install {shell}); then: make test-documents")
    own = make_instance()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    text = here(script(ROOT / name), own).replace("PATH=$PWD/.venv/bin:$PATH\n", "") * TIMES[name]
    environment = {
        **without_settings(),
        "PATH": os.pathsep.join([commands(tmp_path), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TIDINGS_SERVER": own.grpc,
        "TIDINGS_DATA_DIR": str(own.data_dir),
    }
    done = subprocess.run(
        SHELLS[shell],
        input=text,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_S,
    )
    said = done.stdout + done.stderr
    assert not re.search(r"command not found|no matches found|Traceback|parse error|syntax error", said), said[-3_000:]
    assert done.stdout.count('"requestId"') == REFUSED[name], done.stdout[-6_000:]
    outcomes = set(re.findall('"eventStatus":"([A-Z_]+)"', done.stdout))
    assert "FAILED" not in outcomes, done.stdout[-6_000:]
    assert name != "README.md" or outcomes == {"COMPLETE"}, done.stdout[-6_000:]


def test_the_python_block_runs(system: Instance, tmp_path: Path) -> None:
    [block] = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    file = tmp_path / "example.py"
    file.write_text(here(block, system))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS)}
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, "ENTITY_EVENT" in done.stdout) == (0, True), done.stderr
