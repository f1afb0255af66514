"""`tidings listen` over a killed server, a cut connection, a machine that slept; nothing is missed or doubled."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.support.processes import without_settings
from tests.support.receiver import Receiver
from tests.support.relay import Relay
from tests.support.waiting import PATIENCE_S

TOPIC = "inventory_level.deleted"

Start = Callable[..., Awaitable[Process]]
Run = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture
async def server(make_instance: Callable[..., Instance]) -> Instance:
    return await asyncio.to_thread(make_instance)


@pytest_asyncio.fixture
async def relay(server: Instance) -> AsyncIterator[Relay]:
    async with Relay(lambda: server.ports["gRPC"]) as relay:
        yield relay


@pytest_asyncio.fixture
async def start(server: Instance, relay: Relay, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the command line on the relay; ended with the test."""
    clean = without_settings()
    environment = clean | {
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TIDINGS_GRPC_PORT": str(relay.port),
        "TIDINGS_DATA_DIR": str(server.data_dir),
        "TIDINGS_PROFILES": str(tmp_path / "profiles.json"),
    }
    async with AsyncExitStack() as stack:

        async def begin(*arguments: str) -> Process:
            command = (sys.executable, "-u", "-m", "tidings_cli", *arguments)
            process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
            stack.push_async_callback(ended, process)
            return process

        yield begin


@pytest_asyncio.fixture
async def run(start: Start) -> Run:
    """The data of a command that ends."""

    async def output(*arguments: str) -> Any:
        process = await start(*arguments, "-o", "json")
        out, told = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode == 0, told.decode()
        return json.loads(out)

    return output


async def ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def listening(start: Start, url: str, *options: str) -> Process:
    """A listener that has read its options: the place of its redeliveries, and two forms of its secret."""
    process = await start("listen", "--forward-to", url, "--topic", TOPIC, "-o", "jsonl", *options)
    for _ in range(3):
        await line(process.stderr)
    return process


async def line(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    return (await asyncio.wait_for(stream.readline(), PATIENCE_S)).decode()


async def shown(process: Process) -> tuple[str, str]:
    """Kind and event of the next post."""
    found = json.loads(await line(process.stdout))
    assert found["status"] == 200
    return found["kind"], found["eventId"]


async def until_listening(process: Process, send: Run) -> list[str]:
    """Send until the first post: from then on every event is posted. The events that were sent."""
    sent: list[str] = []
    first = asyncio.ensure_future(shown(process))
    while not first.done():
        sent.append(await send())
        await asyncio.wait({first}, timeout=0.2)
    begins = sent.index((await first)[1])
    return sent[begins:]


@pytest_asyncio.fixture
async def send(run: Run) -> Run:
    """Stores an event of TOPIC; its id."""

    async def store() -> Any:
        what = ("--entity", "INVENTORY_LEVEL", "--operation", "DELETE", "--entity-id", "i-1")
        return (await run("events", "send", *what))["id"]

    return store


async def posts(process: Process, receiver: Receiver, expected: list[str]) -> None:
    """Exactly these events, each once and in their order."""
    for event in expected[1:]:  # the first was read already
        assert await shown(process) == ("event", event)
    assert [json.loads(body)["eventId"] for body in receiver.bodies()] == expected


async def test_a_killed_server_that_comes_back_elsewhere(
    server: Instance, start: Start, send: Run, receiver: Receiver
) -> None:
    process = await listening(start, receiver.url())
    expected = await until_listening(process, send)
    server.kill()
    assert "The connection is lost" in await line(process.stderr)
    await asyncio.to_thread(server.start)
    expected += [await send(), await send()]
    await posts(process, receiver, expected)


async def test_a_cut_connection(relay: Relay, start: Start, send: Run, receiver: Receiver) -> None:
    process = await listening(start, receiver.url())
    expected = await until_listening(process, send)
    for _ in range(3):
        relay.cut()
        expected.append(await send())
    await posts(process, receiver, expected)


async def test_sleep_while_the_connection_ends(relay: Relay, start: Start, send: Run, receiver: Receiver) -> None:
    process = await listening(start, receiver.url())
    expected = await until_listening(process, send)
    process.send_signal(signal.SIGSTOP)
    expected.append(await send())
    relay.cut()
    expected.append(await send())
    process.send_signal(signal.SIGCONT)
    await posts(process, receiver, expected)


async def test_redeliveries_after_a_killed_server(
    server: Instance, start: Start, run: Run, send: Run, receiver: Receiver
) -> None:
    endpoint = ("--endpoint", receiver.url("/remote"), "--topic", TOPIC)
    subscription = (await run("subscriptions", "create", *endpoint))["id"]
    event = await send()
    await receiver.wait_for(1)
    # Behind the event, which only comes once more as a redelivery.
    process = await listening(start, receiver.url("/local"), "--subscription", subscription)
    server.kill()
    assert "The connection is lost" in await line(process.stderr)
    await asyncio.to_thread(server.start)
    replayed = await run("deliveries", "replay", subscription, "--from", "2020-01-01T00:00:00Z")
    assert await shown(process) == ("redelivery", event)
    [local] = [one for one in receiver.requests if one.path == "/local"]
    assert local.headers["webhook-id"] == f"{event}:{replayed['replayId']}"
