"""hubload against a hub that a test is: what it counts is what that hub did."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.bench.hub import BUILD, SOURCES
from tests.support.ports import free_port

pytestmark = pytest.mark.toolchain

SHAPES = ["ingest, 1 callers", "ingest, 16 callers", "ingest, 64 callers", "burst of 300, delivered", "steady, 50/s"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """hubload, built."""
    built = tmp_path_factory.mktemp("hubload") / "hubload"
    subprocess.run([*BUILD, str(built), "."], cwd=SOURCES, check=True)
    return built


async def test_a_hub_that_delivers_each_event_once_has_lost_and_doubled_none(program: Path, tmp_path: Path) -> None:
    measured = await measure(program, tmp_path, times=1)
    assert [shape["name"] for shape in measured["shapes"]] == SHAPES
    assert all(shape["lost"] == shape["doubled"] == shape["refused"] == 0 for shape in measured["shapes"])
    assert all(0 < shape["p50_ms"] <= shape["p99_ms"] and shape["per_second"] > 0 for shape in measured["shapes"])
    assert measured["pss_mib"] > 0


async def test_what_a_hub_sends_twice_is_counted(program: Path, tmp_path: Path) -> None:
    measured = await measure(program, tmp_path, times=2)
    assert all(shape["doubled"] > 0 and shape["lost"] == 0 for shape in measured["shapes"])


async def test_a_body_without_a_place_for_the_id_is_refused(program: Path, tmp_path: Path) -> None:
    body = tmp_path / "event.json"
    body.write_text("{}")
    asked = await asyncio.create_subprocess_exec(
        str(program), "-url", "http://127.0.0.1:1/", "-body", str(body), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asked.communicate()
    assert asked.returncode == 1
    assert b"does not contain {{id}}" in errors


async def measure(program: Path, directory: Path, *, times: int) -> dict[str, Any]:
    """What it says of a hub that posts each event so many times to its webhook before it answers."""
    listen = f"127.0.0.1:{free_port()}"
    body = directory / "event.json"
    body.write_text('{"data": {"id": "{{id}}"}}')
    async with hub(listen, times) as url:
        asked = await asyncio.create_subprocess_exec(
            *(str(program), "-url", url, "-body", str(body), "-listen", listen, "-header", "x-key: good"),
            *("-slice", "500ms", "-burst", "300", "-rates", "50", "-pids", str(os.getpid())),
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await asked.communicate()
    assert asked.returncode == 0
    measured: dict[str, Any] = json.loads(answer)
    return measured


@asynccontextmanager
async def hub(webhook: str, times: int) -> AsyncIterator[str]:
    """The address of such a hub."""
    async with aiohttp.ClientSession() as session:

        async def take(request: web.Request) -> web.Response:
            assert request.headers["x-key"] == "good"
            body = await request.read()
            for _ in range(times):
                async with session.post(f"http://{webhook}/hook", data=body) as answer:
                    assert answer.status == 200
            return web.Response(status=202)

        app = web.Application()
        app.router.add_post("/events", take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/events"
        await runner.cleanup()
