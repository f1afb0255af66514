"""Roles of processes over one database, and a group of them behind one Envoy."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from os import urandom
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Answer, Rest, demo_rest
from tests.support.ports import free_ports
from tests.support.postgres import Cluster
from tests.support.processes import environment, without_settings
from tests.support.waiting import PATIENCE_S, blocking_until, until
from tidings_server.composition.ownership import own_work
from tidings_server.storage.log.shards import DEFAULT_SHARDS

WORK = own_work(DEFAULT_SHARDS, relays=False)
EVENTS = "/api/v1/events"
CREATED = frozenset({200, 201})
GROUP = 2
SETTLE_LOOKS = 6
"""Looks, one a second, until a process has done what comes after its start."""
LOOKS = 6


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgresql), "sqlite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Settings that the processes of one installation have in common."""
    url = f"sqlite:///{tmp_path / 'shared' / 'tidings.db'}"
    if request.param == "postgresql":
        postgres: Cluster = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create())
    return {"database_url": url, "master_key": urlsafe_b64encode(urandom(32)).decode()}


@pytest.mark.timeout(300)
async def test_a_group_restarts_one_after_another_and_no_request_fails_that_is_sent_once_more(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession, shared: dict[str, str]
) -> None:
    group = make_instance(**shared, workers=str(GROUP))
    assert group.process is not None
    rest = await demo_rest(session, group)
    before = set(psutil.Process(group.process.pid).children())
    group.process.send_signal(signal.SIGHUP)
    stored, restarted = [], asyncio.create_task(asyncio.to_thread(group.logged, "processes_restarted"))
    while not restarted.done():
        answer = await create(rest)
        if answer.status not in CREATED:
            answer = await create(rest)
        assert answer.status in CREATED, answer
        stored.append(answer.json["id"])
        await asyncio.sleep(0.05)
    after = set(psutil.Process(group.process.pid).children())
    assert len(before & after) == 1, "Envoy alone stays"
    for event_id in stored:
        assert (await rest("GET", f"{EVENTS}/{event_id}")).status == 200

    victim = next(iter(after - before))
    victim.kill()
    await asyncio.to_thread(group.logged, "process_ended", len(before))
    await until(lambda: create(rest), lambda answer: answer.status in CREATED)
    assert await asyncio.to_thread(group.stop) == 0


@pytest.mark.timeout(300)
def test_a_group_of_which_one_cannot_start_says_why_and_leaves_nobody(tmp_path: Path) -> None:
    first = free_ports(3)
    own = without_settings()
    own |= {"TIDINGS_DATA_DIR": str(tmp_path), "TIDINGS_HTTP_PORT": "0", "TIDINGS_GRPC_PORT": "0"}
    own |= {"TIDINGS_WORKERS": "2", "TIDINGS_METRICS_PORT": str(first)}
    with socket.create_server(("127.0.0.1", first + 1)):
        command = [sys.executable, "-m", "tidings_server"]
        ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 1
    assert f"The metrics port 127.0.0.1:{first + 1} cannot be taken (TIDINGS_METRICS_HOST" in ended.stderr
    assert ended.stderr.splitlines()[-1] == "tidings-server: A process of role api has ended; see its own lines."
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not [each.pid for each in psutil.process_iter() if str(tmp_path) in settings_of(each)]


@pytest.mark.timeout(300)
async def test_an_api_process_serves_what_a_worker_does(
    make_instance: Callable[..., Instance], session: aiohttp.ClientSession, shared: dict[str, str]
) -> None:
    api = make_instance(**shared, role="api")
    worker = make_instance(**shared, role="worker")
    assert set(worker.ports) == {"metrics"}
    rest = await demo_rest(session, api)
    made = await create(rest)
    found = await until(
        lambda: rest("GET", f"{EVENTS}?entityId=o-1"), lambda answer: made.json["id"] in json.dumps(answer.json)
    )
    assert found.status == 200
    assert "work_taken" not in api.log


@pytest.mark.postgresql
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["all", "api", "worker"])
def test_an_idle_process_asks_postgresql_at_most_three_times_a_second(
    make_instance: Callable[..., Instance], postgres: Cluster, role: str
) -> None:
    name = postgres.create()
    postgres.log_statements(name)
    process = make_instance(
        database_url=postgres.url(name), master_key=urlsafe_b64encode(urandom(32)).decode(), role=role, demo="false"
    )
    if role != "api":
        process.logged("work_taken", len(WORK))

    def looked(times: int) -> list[str]:
        """The statements so far, once the process has looked so often: it does so once a second."""
        return blocking_until(postgres.logged_statements, lambda found: sum(map(is_look, found)) >= times)

    before = looked(sum(map(is_look, postgres.logged_statements())) + SETTLE_LOOKS)
    after = looked(sum(map(is_look, before)) + LOOKS)
    new = after[len(before) :]
    assert len(new) <= 3 * sum(map(is_look, new)), Counter(new)


def is_look(statement: str) -> bool:
    return statement.startswith("SELECT log_head.seq, greatest(")


@pytest.mark.parametrize("roles", [("worker", "all"), ("all", "worker")])
def test_a_process_that_does_all_shares_no_sqlite(
    make_instance: Callable[..., Instance], tmp_path: Path, roles: tuple[str, str]
) -> None:
    first, second = roles
    url = f"sqlite:///{tmp_path / 'shared' / 'tidings.db'}"
    holder = make_instance(database_url=url, role=first)
    assert holder.process is not None
    own = environment() | {"TIDINGS_DATA_DIR": str(tmp_path), "TIDINGS_DATABASE_URL": url, "TIDINGS_ROLE": second}
    command = (sys.executable, "-m", "tidings_server")
    ended = subprocess.run(command, env=own, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 1
    assert f"is in use by another Tidings server (process {holder.process.pid})" in ended.stderr
    assert "the role `api` or `worker`" in ended.stderr


async def test_an_envoy_of_the_operators_own_gets_its_configuration_printed(
    make_instance: Callable[..., Instance], tmp_path: Path
) -> None:
    """The server listens on the socket that the printed configuration names, and starts no Envoy."""
    own = make_instance(edge="off", edge_dir=str(tmp_path / "edge"))
    assert own.process is not None
    assert psutil.Process(own.process.pid).children() == []
    assert "REST" not in own.ports
    variables = environment() | {"TIDINGS_EDGE_DIR": str(tmp_path / "edge"), "TIDINGS_HTTP_PORT": "0"}
    command = (sys.executable, "-m", "tidings_server", "envoy-config")
    printed = await asyncio.to_thread(
        subprocess.run, command, env=variables, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert str(tmp_path / "edge" / "grpc.sock") in printed.stdout
    assert (tmp_path / "edge" / "grpc.sock").is_socket()


async def create(rest: Rest) -> Answer:
    event = {
        "entity_id": "o-1",
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_payload": {"operation": "CREATE"},
    }
    return await rest("POST", EVENTS, json=event)


def settings_of(process: psutil.Process) -> str:
    """A process's data directory; empty where it may not be seen."""
    try:
        return process.environ().get("TIDINGS_DATA_DIR", "")
    except psutil.Error:
        return ""
