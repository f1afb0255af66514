"""The lines of docs/grpc-tools.md, with the tools themselves: they find everything by reflection."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.instances import ROOT, Instance, instance
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, blocking_until

pytestmark = pytest.mark.toolchain

MODULE = Path(__file__).parent / "grpc_tools"
PACKAGES = (
    "github.com/fullstorydev/grpcurl/cmd/grpcurl",
    "github.com/bojand/ghz/cmd/ghz",
    "github.com/fullstorydev/grpcui/cmd/grpcui",
    "github.com/ktr0731/evans",
)
EVENT = {"event": {"event_type": "ENTITY_EVENT", "entity_name": "ORDER", "entity_id": "1004"}}


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


def script(system: Instance, heading: str) -> str:
    """The lines of a section, for this server."""
    port = system.grpc.rpartition(":")[2]
    own = {"127.0.0.1:50051": system.grpc, "--port 50051": f"--port {port}", ".tidings/": f"{system.data_dir}/"}
    text = blocks(heading)
    for old, new in own.items():
        text = text.replace(old, new)
    return text


def environment(programs: Path) -> dict[str, str]:
    return os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}


def run(system: Instance, programs: Path, heading: str) -> str:
    """What the lines of a section print; the last may end with its deadline."""
    lines, own = script(system, heading), environment(programs)
    done = subprocess.run(
        ["bash"], input=lines, env=own, capture_output=True, text=True, check=False, timeout=PATIENCE_S
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


@pytest.mark.timeout(600)
def test_evans_calls_by_reflection_alone(system: Instance, programs: Path) -> None:
    assert json.loads(run(system, programs, "evans"))["entity_id"] == "1003"


@pytest.mark.timeout(600)
def test_the_page_of_grpcui_calls(system: Instance, programs: Path) -> None:
    port = free_port()
    lines = script(system, "grpcui").replace("8081", str(port)).replace("grpcui -", "exec grpcui -")
    serving = subprocess.Popen(["bash", "-c", lines], env=environment(programs))
    try:
        page = f"http://127.0.0.1:{port}/"
        session = requests.Session()
        text = blocking_until(lambda: page_of(session, page), bool)
        assert "tidings.loyalty.v1.RuleService" in text
        # What the form of the page posts: the headers that it was given, and a message.
        headers = re.findall(r'\{"name": "(authorization|x-twc-tenant)", "value": "([^"]+)"\}', text)
        answer = session.post(
            f"{page}invoke/tidings.collector.v1.EventService.CreateEvent",
            headers={"x-grpcui-csrf-token": str(session.cookies["_grpcui_csrf_token"])},
            json={"metadata": [{"name": name, "value": value} for name, value in headers], "data": [EVENT]},
            timeout=PATIENCE_S,
        )
        assert [one["message"]["entity_id"] for one in answer.json()["responses"]] == ["1004"], answer.text
    finally:
        serving.terminate()
        serving.wait(PATIENCE_S)


def page_of(session: requests.Session, url: str) -> str:
    try:
        return session.get(url, timeout=PATIENCE_S).text
    except requests.ConnectionError:
        return ""
