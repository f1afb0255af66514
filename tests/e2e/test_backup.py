"""A drill: a server is backed up under load, lost, and restored elsewhere by the commands that an operator types."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.instances import Instance
from tests.e2e.producers import Producers, demo_client, each, order
from tests.e2e.test_crash import PATHS, delivered, notifications, subscribe
from tests.support.processes import environment
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S


def command(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tidings_server", *arguments],
        env=environment() | {"TIDINGS_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


async def test_a_backup_taken_under_load_restores_all_that_was_acknowledged_before_it(
    make_instance: Callable[..., Instance], receiver: Receiver, tmp_path: Path
) -> None:
    own = make_instance()
    producers = Producers()
    await subscribe(own, receiver)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(producers.run(own, name="before", rest=20, grpc=20, batches=2))
        await producers.have_been_acknowledged(200)
        early = set(producers.acknowledged)
        settled = await settle(own, early)
        done = await asyncio.to_thread(command, "backup", str(tmp_path / "kept"), data_dir=own.data_dir)
        assert done.returncode == 0, done.stderr
        await asyncio.to_thread(own.kill)
        sending.cancel()
    sent_before = notifications(receiver, PATHS[0])
    restored_dir = tmp_path / "restored"
    done = await asyncio.to_thread(command, "restore", str(tmp_path / "kept"), data_dir=restored_dir)
    assert done.returncode == 0, done.stderr
    restored = Instance(restored_dir)
    (tmp_path / "log").touch()
    restored.start()
    try:
        async with demo_client(restored) as tidings, asyncio.timeout(PATIENCE_S):
            found = {event.id: event async for event in tidings.events.search(topic="order.*", page_size=500)}
            assert early <= set(found) <= producers.sent
            assert all(event == order(event_id) for event_id, event in found.items()), "an event is there whole"
            await each(found, lambda event_id: delivered(tidings, event_id))
            await tidings.events.create(order("after"))
            await delivered(tidings, "after")
    finally:
        restored.close()
    repeated = notifications(receiver, PATHS[0]) - sent_before
    assert not {event_id for event_id, _ in repeated} & settled, "what a receiver had confirmed before is not repeated"


async def settle(own: Instance, ids: set[str]) -> set[str]:
    """The same ids, once the server has written down that both receivers have each of them."""
    async with demo_client(own) as tidings, asyncio.timeout(PATIENCE_S):
        await each(ids, lambda event_id: delivered(tidings, event_id))
    return ids
