"""A disk that is full: 503, and all goes on by itself when there is room; also for a server that starts while it is."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.instances import Instance
from tests.e2e.rest import Rest, demo_rest
from tests.support.ports import free_port
from tests.support.waiting import until

EVENTS = "/api/v1/events"
DISK = "12m"
STARTED = frozenset({200, 201})

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Instance]:
    """An instance that is not started, whose data have a small disk of their own."""
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", data), check=True)
    made = Instance(data, {"http_port": str(free_port())})
    try:
        yield made
    finally:
        made.close()
        subprocess.run(("umount", "--lazy", data), check=True)


@contextmanager
def filled(directory: Path) -> Iterator[None]:
    """A disk without room."""
    filler = directory / "filler"
    descriptor = os.open(filler, os.O_CREAT | os.O_WRONLY)
    for size in (65_536, 512):
        try:
            while True:
                os.write(descriptor, bytes(size))
        except OSError:
            continue
    os.close(descriptor)
    yield
    filler.unlink()


async def create(rest: Rest) -> tuple[int, str]:
    """The status of a new event, and its id."""
    event = {"entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_payload": {"operation": "CREATE"}}
    answer = await rest("POST", EVENTS, json=event)
    return answer.status, str((answer.json or {}).get("id", ""))


async def test_a_full_disk_is_503_and_room_is_all_that_is_needed_then(
    own: Instance, session: aiohttp.ClientSession
) -> None:
    own.start()
    rest = await demo_rest(session, own)
    stored = [await create(rest)]
    with filled(own.data_dir):
        while (made := await create(rest))[0] in STARTED:
            stored.append(made)
        assert made[0] == 503
        assert (await rest("GET", f"{EVENTS}/{stored[-1][1]}")).status == 200
    await until(lambda: create(rest), lambda made: made[0] in STARTED)
    await until(lambda: rest("GET", "/healthz"), lambda answer: answer.status == 200)
    for _, event_id in stored:
        assert (await rest("GET", f"{EVENTS}/{event_id}")).status == 200
    assert own.stop() == 0


async def test_a_server_that_starts_without_room_answers_503_until_there_is(
    own: Instance, session: aiohttp.ClientSession
) -> None:
    with filled(own.data_dir):
        starting = threading.Thread(target=own.start)
        starting.start()
        rest = Rest(session, f"http://127.0.0.1:{own.settings['http_port']}", {})
        await until(lambda: _status(rest), lambda status: status == 503)
    await until(lambda: _status(rest), lambda status: status == 200)
    starting.join()
    assert (await create(await demo_rest(session, own)))[0] in STARTED
    assert own.stop() == 0


async def _status(rest: Rest) -> int | None:
    try:
        return (await rest("GET", "/healthz")).status
    except aiohttp.ClientError:
        return None
