"""An earlier version and this one, side by side over one PostgreSQL whose schema is changed under load."""

import asyncio
import json
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import cycle
from os import urandom
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from tests.e2e.instances import Instance, instance
from tests.e2e.producers import demo_client
from tests.e2e.rest import Rest, demo_rest
from tests.storage.test_migrations import connected, later
from tests.support.postgres import Cluster
from tests.support.previous_versions import FIRST, LAST, Release, unpack
from tests.support.processes import environment
from tests.support.receiver import Received, Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_server import __version__
from tidings_server.log.store.ownership import live_versions
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.migrations.upgrade import SchemaUpgrade

EVENTS = "/api/v1/events"
CREATED = frozenset({200, 201})
TRIES = 2
AT_LEAST = 20
"""Events that are stored in each state of the upgrade."""


@pytest.fixture
def shared(postgres: Cluster) -> dict[str, str]:
    """Settings that the processes of one installation have in common."""
    url = postgres.url(postgres.create())
    return {"database_url": url, "master_key": urlsafe_b64encode(urandom(32)).decode()}


RELEASES = [
    pytest.param(LAST, id=LAST.version),
    pytest.param(FIRST, id=FIRST.version, marks=pytest.mark.long_fault),
]


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> Release:
    """The first version, and the one before this."""
    found: Release = request.param
    return found


@pytest.fixture
def old(release: Release, shared: Mapping[str, str], tmp_path: Path) -> Iterator[Instance]:
    """A server of that version; a checkout without history, such as a source archive, has none."""
    try:
        tree = unpack(release, tmp_path / "old")
    except LookupError as error:
        pytest.skip(str(error))
    with instance(**shared, tree=str(tree)) as started:
        yield started


class Load:
    """Stores events one after another, in turn at each server that takes part; what fails is tried once more."""

    def __init__(self, rest: Rest) -> None:
        self.stored: list[str] = []
        self.rest = rest
        self._servers: Iterator[Instance] = iter(())

    def share(self, servers: Sequence[Instance]) -> None:
        """Have these servers take part from now on."""
        self._servers = cycle(servers)

    async def run(self) -> None:
        while True:
            self.stored.append(await self._store())

    async def more(self, count: int = AT_LEAST) -> None:
        """Wait until so many more are stored."""
        wanted = len(self.stored) + count
        await until(self._count, lambda stored: stored >= wanted)

    async def _count(self) -> int:
        return len(self.stored)

    async def _store(self) -> str:
        event = {"entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {"operation": "CREATE"}}
        name = f"side-by-side-{len(self.stored)}"
        answers = []
        for server in (next(self._servers) for _ in range(TRIES)):
            rest = Rest(self.rest.session, server.rest, self.rest.headers)
            try:
                answer = await rest("POST", EVENTS, json=event | {"id": name, "entity_id": name})
            except aiohttp.ClientError as error:
                answers.append(str(error))
                continue
            if answer.status in CREATED:
                return name
            answers.append(f"{answer.status} {answer.body!r}")
        raise AssertionError(answers)


@pytest.mark.postgresql
@pytest.mark.timeout(600)
async def test_versions_run_side_by_side_through_an_upgrade_and_back_and_nothing_is_lost(
    release: Release,
    old: Instance,
    *,
    make_instance: Callable[..., Instance],
    session: aiohttp.ClientSession,
    receiver: Receiver,
    shared: Mapping[str, str],
) -> None:
    assert (await (await session.get(f"{old.rest}/version")).json())["version"] == release.version
    async with demo_client(old) as tidings:
        made = await tidings.push_subscriptions.create(Subscription(endpoint=receiver.url(), topics=["order.*"]))
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed
    async with under_load(await demo_rest(session, old), [old]) as load:
        assert (await migrate(shared, "--check")).returncode == 3
        refusal = rf"has schema {release.schema}, .*run `tidings-server migrate apply` once"
        with pytest.raises(RuntimeError, match=refusal):
            await asyncio.to_thread(make_instance, **shared)
        await load.more()
        applied = await migrate(shared, "apply")
        assert applied.returncode == 0, applied.stderr
        assert (await migrate(shared, "--check")).returncode == 0
        await load.more()

        new = await asyncio.to_thread(lambda: make_instance(**shared, demo="false"))
        load.share([old, new])
        await load.more()
        running = json.loads((await migrate(shared, "status", "-o", "json")).stdout)["running"]
        assert running == {release.version: 1, __version__: 1}

        load.share([new])
        assert await asyncio.to_thread(old.stop) == 0
        await load.more()
        await asyncio.to_thread(old.start)
        load.share([old, new])
        await load.more()
        load.share([old])
        assert await asyncio.to_thread(new.stop) == 0
        await load.more()
        await asyncio.to_thread(new.start)
        load.share([new])
        await load.more()

    assert await asyncio.to_thread(old.stop) == 0
    rest = Rest(session, new.rest, load.rest.headers)
    for name in load.stored:
        assert (await rest("GET", f"{EVENTS}/{name}")).status == 200, f"{name} is lost"
    await receiver.wait_until(lambda requests: set(load.stored) <= set(entities(requests)))


@asynccontextmanager
async def under_load(rest: Rest, servers: Sequence[Instance]) -> AsyncIterator[Load]:
    """Store events all the while, at these servers until told otherwise. Raises AssertionError when one fails twice."""
    load = Load(rest)
    load.share(servers)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(load.run())
        yield load
        running.cancel()


def entities(requests: Sequence[Received]) -> Iterator[str]:
    """Ids of the events in requests to the receiver."""
    return (json.loads(request.body).get("eventId", "") for request in requests)


async def migrate(shared: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    own = environment() | {f"TIDINGS_{name.upper()}": value for name, value in shared.items()}
    command = (sys.executable, "-m", "tidings_server", "migrate", *arguments)
    return await asyncio.to_thread(
        subprocess.run, command, env=own, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


async def test_a_server_that_slept_through_a_contraction_ends_by_itself(
    shared: Mapping[str, str], tmp_path: Path
) -> None:
    """Migrations take it for gone after half a minute; when it goes on, it says why it ends."""
    with instance(**shared, role="all") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        async with connected(shared["database_url"].replace("postgresql://", "postgresql+asyncpg://")) as conn:
            past = "SET seen_at = seen_at - 60000000, started_at = started_at - 60000000"
            await conn.execute(text(f"UPDATE process {past}"))
        upgrade = SchemaUpgrade(
            shared["database_url"], SystemClock(), live_versions, later(tmp_path / "later", contract="9.0.0")
        )
        async with aclosing(upgrade.apply()) as done:
            assert [each.revision async for each in done] == ["0900", "0901"]
        server.process.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(server.wait_for_death) == 1
        assert f"needs Tidings 9.0.0 or later; this is {__version__}" in server.log
