"""`make cluster`: one command starts everything, and what a killed worker did others do."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.e2e.instances import READY, ROOT, Instance
from tests.e2e.rest import Answer, Rest, demo_rest
from tests.support.processes import without_settings
from tests.support.waiting import PATIENCE_S, until
from tidings_server.composition.ownership import own_work
from tidings_server.storage.log.shards import DEFAULT_SHARDS

WORK = own_work(DEFAULT_SHARDS, relays=True)


class RunningCluster:
    """The command, and what it has printed."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        own = without_settings()
        own |= {"TIDINGS_DATA_DIR": str(data_dir), "TIDINGS_HTTP_PORT": "0", "TIDINGS_GRPC_PORT": "0"}
        own["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        command = [sys.executable, "-m", "tests.cluster"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def owners(self) -> dict[str, str]:
        """The process of each work, as the last line has it; those that nobody does are left out."""
        last = next((line for line in reversed(self.lines) if line.startswith("owners ")), "")
        pairs = (part.partition("=") for part in last.split() if "=" in part)
        return {name: owner for name, _, owner in pairs if owner != "-" and not owner.startswith("gone")}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE_S)
        self._reader.join()
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    running = RunningCluster(tmp_path / "data")
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.mark.postgresql
@pytest.mark.timeout(400)
async def test_a_cluster_starts_with_one_command_and_a_killed_worker_is_replaced(
    cluster: RunningCluster, session: aiohttp.ClientSession
) -> None:
    await until(lambda: asyncio.to_thread(cluster.owners), is_spread)
    ports = {name: int(port) for name, port in READY.findall("".join(cluster.lines))}
    rest = await demo_rest(session, Instance(cluster.data_dir, ports=ports))
    assert (await create(rest, "before")).status in {200, 201}

    owners = cluster.owners()
    victim = next(each for each in psutil.Process(cluster.process.pid).children(recursive=True) if is_worker(each))
    victim.kill()
    changed = await until(
        lambda: asyncio.to_thread(cluster.owners),
        lambda now: len(now) == len(WORK) and not set(owners.values()) <= set(now.values()),
    )
    assert set(changed) == set(WORK)
    made = await create(rest, "after")
    assert made.status in {200, 201}
    await until(lambda: rest("GET", "/api/v1/events?entityId=o-1"), lambda found: "after" in str(found.json))

    children = psutil.Process(cluster.process.pid).children(recursive=True)
    assert await asyncio.to_thread(cluster.stop) == 0
    assert psutil.wait_procs(children, timeout=PATIENCE_S)[1] == []
    assert not cluster.data_dir.exists()


def is_spread(owners: Mapping[str, str]) -> bool:
    """Whether all work is done, and by more than one."""
    return len(owners) == len(WORK) and len(set(owners.values())) > 1


def is_worker(process: psutil.Process) -> bool:
    return process.environ().get("TIDINGS_ROLE") == "worker"


async def create(rest: Rest, event_id: str) -> Answer:
    event = {
        "id": event_id,
        "entity_id": "o-1",
        "entity_name": "ORDER",
        "event_type": "ENTITY_EVENT",
        "event_payload": {"operation": "CREATE"},
    }
    return await rest("POST", "/api/v1/events", json=event)
