"""The receiver kit of each language, behind a real server: pings, signatures, notifications, duplicates."""

import os
import re
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.instances import ROOT, Instance, instance
from tests.e2e.rest import Answer, Rest, demo_rest
from tests.support.waiting import blocking_until, until

CLIENTS = ROOT / "clients"
SECRET = "a-secret-of-the-shop-and-of-its-receiver"
MAVEN = ("mvn", "-q", "-B")
KITS: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "python": ((), (sys.executable, "-m", "uvicorn", "--app-dir", "example", "receiver:app")),
    "go": ((("go", "build", "./..."),), ("go", "run", "./example/receiver")),
    "typescript": (
        (("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("npm", "run", "--silent", "build")),
        ("node", "dist/example/receive.js"),
    ),
    "java": (
        ((*MAVEN, "test-compile"),),
        (*MAVEN, "exec:java", "-Dexec.mainClass=example.Receive", "-Dexec.classpathScope=test"),
    ),
}
"""By language, how the program is built and how it is started."""


@pytest.fixture(scope="module")
def system() -> Iterator[Instance]:
    with instance() as started:
        yield started


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """URL of a program made with a receiver kit, and what it has printed of notifications."""
    language, builds, command = request.param
    for build in builds:
        subprocess.run(build, cwd=CLIENTS / language, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    roots = os.pathsep.join(str(ROOT / root) for root in ("clients/python", "generated/python"))
    secret = f"whsec_{b64encode(SECRET.encode()).decode()}"
    own = {
        "PORT": str(port),
        "UVICORN_PORT": str(port),
        "SIGNING_SECRET": secret,
        "PYTHONPATH": roots,
        "PYTHONUNBUFFERED": "1",
    }
    printed = tmp_path / "printed"
    with printed.open("wb") as file:
        process = subprocess.Popen(command, cwd=CLIENTS / language, env=os.environ | own, stdout=file, process_group=0)
    try:
        blocking_until(lambda: process.poll() is not None or accepts(port), bool)
        assert process.poll() is None
        yield f"http://127.0.0.1:{port}/tidings", lambda: re.findall("price.deleted .*", printed.read_text())
    finally:
        os.killpg(process.pid, 9)  # `go run` and mvn have the program as a child
        process.wait()


def accepts(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "kit",
    [
        pytest.param((language, *how), id=language, marks=() if language == "python" else pytest.mark.toolchain)
        for language, how in KITS.items()
    ],
    indirect=True,
)
async def test_a_kit_takes_what_the_server_sends_once_and_nothing_signed_otherwise(
    system: Instance, session: aiohttp.ClientSession, kit: tuple[str, Callable[[], list[str]]]
) -> None:
    url, printed = kit
    rest = await demo_rest(session, system)
    subscription = {"endpoint": url, "topics": ["price.deleted"], "sharedSecret": SECRET}
    made = await rest("POST", "/api/event/push/subscriptions", json=subscription)
    assert made.status == 201, made.json
    path = f"/api/event/push/subscriptions/{made.json['id']}"
    await until(lambda: rest("GET", path), lambda found: found.json["confirmed"])  # the kit has answered the ping

    entity = f"p-{uuid4().hex}"
    event = {"event_type": "ENTITY_EVENT", "entity_name": "PRICE", "entity_id": entity}
    sent = await rest("POST", "/api/v1/events", json={**event, "event_payload": {"operation": "DELETE"}})
    assert sent.status == 201
    delivery = await finished(rest, path, attempts=1)
    resent = await rest("POST", f"/api/v1/deliveries/{delivery}/redeliver")
    assert resent.status == 202, resent.json
    await finished(rest, path, attempts=2)
    assert printed() == [f"price.deleted {entity}"]

    refused = await rest("POST", "/api/event/push/subscriptions", json={**subscription, "sharedSecret": "x" + SECRET})
    refusal = await until(
        lambda: rest("GET", f"/api/event/push/subscriptions/{refused.json['id']}"),
        lambda found: found.json.get("confirmationError"),
    )
    assert "401" in refusal.json["confirmationError"]
    assert printed() == [f"price.deleted {entity}"]


async def finished(rest: Rest, path: str, *, attempts: int) -> int:
    """The number of the subscription's one delivery, once so many attempts have succeeded."""

    def succeeded(found: Answer) -> list[str]:
        return [one["deliveryStatus"] for each in found.json["items"] for one in each["deliveryAttempts"]]

    listed = await until(
        lambda: rest("GET", f"{path}/deliveryattempts"), lambda found: succeeded(found) == ["Succeeded"] * attempts
    )
    return int(listed.json["items"][0]["id"])
