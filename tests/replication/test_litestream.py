"""Continuous replication by Litestream, with the guide's file: both are killed, and a copy serves on."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import ROOT, Instance, instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.waiting import until

pytestmark = pytest.mark.toolchain

LITESTREAM = ROOT / ".venv/tools/litestream/bin/litestream"
GUIDE = ROOT / "deploy/litestream/litestream.yml"
EVENTS = "/api/v1/events"


async def test_what_was_replicated_serves_on_after_server_and_disk_are_gone(tmp_path: Path) -> None:
    replica, copy = tmp_path / "replica", tmp_path / "data"
    async with aiohttp.ClientSession() as session:
        with instance() as first:
            rest = await demo_rest(session, first)
            command = (LITESTREAM, "replicate", "-config", guide(first, tmp_path, replica))
            replicating = await asyncio.create_subprocess_exec(*command)
            try:
                stored = [await send(rest) for _ in range(300)]
                await until(lambda: asyncio.to_thread(replicated, replica, stored[-1], tmp_path), bool)
                later = [await send(rest) for _ in range(100)]  # of these the end may be lost
            finally:
                first.kill()
                replicating.kill()
                await replicating.wait()
            copy.mkdir(mode=0o700)
            for name in ("master.key", "demo-credentials.json"):
                shutil.copy(first.data_dir / name, copy)
        restore(replica, copy / "tidings.db")
        second = Instance(copy)
        try:
            await asyncio.to_thread(second.start)
            rest = await demo_rest(session, second)
            found = [(await rest("GET", f"{EVENTS}/{name}")).status for name in [*stored, *later]]
            assert found[: len(stored)] == [200] * len(stored)
            assert found == sorted(found), "a beginning of what was stored, without a hole"
            assert (await rest("POST", EVENTS, json=order(uuid4().hex))).status == 201
        finally:
            second.close()


def guide(server: Instance, directory: Path, replica: Path) -> Path:
    """The guide's file for this server, with a folder in place of S3."""
    text = GUIDE.read_text()
    for old, new in {
        "/var/lib/tidings/tidings.db": str(server.data_dir / "tidings.db"),
        "s3://backups/tidings": f"file://{replica}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    path = directory / "litestream.yml"
    path.write_text(text)
    return path


def replicated(replica: Path, event: str, directory: Path) -> bool:
    """Whether a copy of now has an event."""
    path = directory / f"look-{uuid4().hex}.db"
    done = subprocess.run((LITESTREAM, "restore", "-o", path, f"file://{replica}"), capture_output=True, check=False)
    return done.returncode == 0 and event.encode() in path.read_bytes()


def restore(replica: Path, target: Path) -> None:
    subprocess.run((LITESTREAM, "restore", "-o", target, f"file://{replica}"), check=True, umask=0o077)


async def send(rest: Rest) -> str:
    """Store an event; its id."""
    name = uuid4().hex
    assert (await rest("POST", EVENTS, json=order(name))).status == 201
    return name


def order(name: str) -> dict[str, object]:
    return {"id": name, "entity_id": name, "entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {}}
