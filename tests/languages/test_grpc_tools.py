"""The lines of docs/grpc-tools.md, with the tools themselves: they find everything by reflection."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, Instance, instance
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.toolchain

MODULE = Path(__file__).parent / "grpc_tools"
PACKAGES = ("github.com/fullstorydev/grpcurl/cmd/grpcurl", "github.com/bojand/ghz/cmd/ghz")


@pytest.fixture(scope="module")
def system() -> Iterator[Instance]:
    with instance() as started:
        yield started


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tools, built at the locked versions."""
    directory = tmp_path_factory.mktemp("programs")
    build = ("go", "build", "-o", f"{directory}/", *PACKAGES)
    done = subprocess.run(build, cwd=MODULE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return directory


def blocks(heading: str) -> str:
    """Shell lines of the page's beginning and of one section."""
    page = (ROOT / "docs/grpc-tools.md").read_text()
    begins, *sections = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    [found] = [section for section in sections if section.startswith(f"## {heading}\n")]
    return "".join(re.findall(r"^```sh\n(.*?)^```", begins + found, re.DOTALL | re.MULTILINE))


def run(system: Instance, programs: Path, heading: str) -> str:
    """What the lines of a section print; the last may end with its deadline."""
    script = blocks(heading).replace("127.0.0.1:50051", system.grpc).replace(".tidings/", f"{system.data_dir}/")
    own = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash"], input=script, env=own, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert not re.search(r"command not found|Failed|Unauthenticated|Traceback", done.stderr), done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_grpcurl_lists_describes_calls_and_watches(system: Instance, programs: Path) -> None:
    said = run(system, programs, "grpcurl")
    assert "tidings.collector.v1.EventService\n" in said
    assert "rpc CreateEvent ( .tidings.collector.v1.CreateEventRequest )" in said
    answers = [json.loads(found) for found in re.findall(r"^\{\n.*?^\}\n", said, re.DOTALL | re.MULTILINE)]
    assert [answer["entity_id"] for answer in answers] == ["1002"]


@pytest.mark.timeout(600)
def test_ghz_gets_every_answer(system: Instance, programs: Path) -> None:
    assert re.search(r"\[OK\]\s+200 responses", run(system, programs, "ghz"))
