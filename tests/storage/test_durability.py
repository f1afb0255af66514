"""Every acknowledged event is there after any death of the process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import DIED, environment
from tests.support.waiting import PATIENCE_S
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log import events

APPENDER = Path(__file__).with_name("appender.py")


def acknowledged(url: str, *, acknowledgements: int = 0, failpoint: str = "") -> tuple[list[str], int]:
    """The ids that an appender printed as stored, and its exit code: killed after so many, or at a failpoint."""
    command = [sys.executable, str(APPENDER), url, "16", str(PATIENCE_S), failpoint]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as child:
        assert child.stdout is not None
        acknowledged_ids = [child.stdout.readline().strip() for _ in range(acknowledgements)]
        if not failpoint:
            child.kill()
        acknowledged_ids += [line.strip() for line in child.stdout if line.endswith("\n")]
    return acknowledged_ids, child.returncode


async def stored(url: str) -> set[str]:
    database = await Database.open(url, clock=ManualClock())
    ids: set[str] = set()
    after = 0
    async with database.read() as conn:
        while page := await events.page(conn, after=after, limit=1_000):
            assert [event.seq for event in page] == list(range(after + 1, after + 1 + len(page)))
            ids.update(event.event_id for event in page)
            after = page[-1].seq
        assert after == await events.head(conn, 0)
    await database.close()
    return ids


async def test_a_killed_process_has_lost_nothing_that_it_acknowledged(database_url: str) -> None:
    everything: set[str] = set()
    for acknowledgements in (50, 2_000):
        acknowledged_ids, code = acknowledged(database_url, acknowledgements=acknowledgements)
        everything.update(acknowledged_ids)
        assert code == -9
        assert everything <= await stored(database_url)


@pytest.mark.parametrize("failpoint", ["write_queue.before_commit", "write_queue.after_commit"])
async def test_a_death_at_the_commit_loses_nothing_acknowledged(database_url: str, failpoint: str) -> None:
    acknowledged_ids, code = acknowledged(database_url, failpoint=f"{failpoint}:20")

    assert code == DIED
    assert len(acknowledged_ids) > 0
    assert set(acknowledged_ids) <= await stored(database_url)
