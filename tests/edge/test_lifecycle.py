"""Envoy as a child: how it starts, drains, ends, and goes when the server goes."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from tests.edge.conftest import Fronted, Rest, fronting
from tests.edge.scripted import ScriptedServer
from tests.support.waiting import PATIENCE_S, until
from tidings_server.edge.process import Edge, EdgeFailed
from tidings_server.platform.clock import SystemClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/v1/events"


@pytest_asyncio.fixture(loop_scope="session")
async def own() -> AsyncIterator[Fronted]:
    """An Envoy that the test may end."""
    async with fronting() as fronted:
        yield fronted


def slow(server: ScriptedServer, started: asyncio.Event, go_on: asyncio.Event) -> Any:
    async def handle(_request: Any, _context: Any) -> Any:
        started.set()
        await go_on.wait()
        return server.message("tidings.collector.v1.Event", id="answered")

    return handle


async def refusing(port: int) -> None:
    """Returns once nobody takes connections on the port."""
    with suppress(ConnectionRefusedError):
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await asyncio.sleep(0.02)


async def test_without_a_server_it_is_503_in_the_dialects_body(own: Fronted) -> None:
    await own.stop_server()
    async with aiohttp.ClientSession() as session:
        answer = await Rest(session, own.edge.port)("GET", f"{EVENTS}/1")
        assert (answer.status, answer.json["message"]) == (503, "error.unavailable")
        assert answer.json["detail"] == "The server cannot do this now."
        answer = await Rest(session, own.edge.port)("GET", "/api/event/pull")
        assert (answer.status, answer.json["errorCode"]) == (503, "UNAVAILABLE")


async def test_drain_answers_what_is_under_way_and_takes_nothing_new(own: Fronted) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    own.server.unary["GetEvent"] = slow(own.server, started, go_on)
    async with aiohttp.ClientSession() as session:
        under_way = asyncio.create_task(Rest(session, own.edge.port)("GET", f"{EVENTS}/1"))
        await asyncio.wait_for(started.wait(), PATIENCE_S)
        draining = asyncio.create_task(own.edge.drain())
        await asyncio.wait_for(refusing(own.edge.port), PATIENCE_S)
        assert not draining.done()
        go_on.set()
        answer = await under_way
        assert (answer.status, answer.json["id"], answer.headers["connection"]) == (200, "answered", "close")
        await asyncio.wait_for(draining, PATIENCE_S)
    await own.edge.stop()


async def test_a_port_that_is_taken_is_a_failure(fronted: Fronted) -> None:
    directory = Path(tempfile.mkdtemp(prefix="tidings-"))
    edge = Edge(replace(fronted.config, http_port=fronted.edge.port, directory=directory), SystemClock())
    with pytest.raises(EdgeFailed):
        await edge.start()
    shutil.rmtree(directory)


async def test_envoy_ends_with_a_server_that_is_killed() -> None:
    """Else it would keep the port from the next server."""
    script = """
import asyncio, pathlib, sys
from tidings_server.platform.clock import SystemClock
from tidings_server.edge.configuration import EdgeConfig
from tidings_server.edge.process import Edge
async def main():
    edge = Edge(EdgeConfig("127.0.0.1", 0, concurrency=1, directory=pathlib.Path(sys.argv[1])), SystemClock())
    await edge.start()
    print("ready", flush=True)
    await edge.mind()
asyncio.run(main())
"""
    directory = tempfile.mkdtemp(prefix="tidings-")
    command = [sys.executable, "-c", script, directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220 - it is killed below
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
        envoys = psutil.Process(process.pid).children()
        assert len(envoys) == 1
        process.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, envoys, timeout=PATIENCE_S)
    assert alive == []
    shutil.rmtree(directory)


async def test_an_envoy_that_was_killed_is_started_again_on_its_port(own: Fronted) -> None:
    minding = asyncio.create_task(own.edge.mind())
    async with aiohttp.ClientSession() as session:
        rest = Rest(session, own.edge.port)
        for _ in range(2):
            _killed()
            await until(lambda: _status(rest), lambda status: status is not None)
    await own.edge.stop()
    await asyncio.wait_for(minding, PATIENCE_S)
    await own.edge.stop()


async def test_an_envoy_that_ends_time_and_again_is_given_up(own: Fronted) -> None:
    minding = asyncio.create_task(own.edge.mind())
    while not minding.done():
        _killed()
        await asyncio.sleep(0.05)
    with pytest.raises(EdgeFailed, match="time and again"):
        await minding


def _killed() -> None:
    for child in psutil.Process().children(recursive=True):
        if child.name() == "envoy":
            child.kill()


async def _status(rest: Rest) -> int | None:
    try:
        return (await rest("GET", f"{EVENTS}/1")).status
    except aiohttp.ClientError:
        return None
