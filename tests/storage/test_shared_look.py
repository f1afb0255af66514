"""Facts that save idle workers their looks, where one process alone writes."""

import sqlite3
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.waiting import until
from tidings_server.platform.clock import ManualClock, SystemClock
from tidings_server.storage.database import Database
from tidings_server.storage.shared_look import IDLE_S, Fact, SharedLook
from tidings_server.storage.tables import config_version

CHANGES = select(config_version.c.version).where(config_version.c.kind == "loyalty")
POLL_S = 0.25


def is_due(due_at: object) -> bool:
    return bool(due_at)


def test_a_fact_holds_until_the_next_commit() -> None:
    commits = 7
    look = SharedLook(ManualClock(), "sqlite", commits=lambda: commits)
    fact = look.fact("due", CHANGES)
    assert fact.allows(is_due), "it was never read"
    look.extend(select(config_version.c.version))
    look.take((0, "{}", None), asked_at_s=0, after_commits=commits)
    assert state(look, fact) == (True, False)
    assert fact.pause_s(0, poll_s=POLL_S) == IDLE_S
    commits += 1
    assert state(look, fact) == (False, True)
    assert fact.pause_s(0, poll_s=POLL_S) == POLL_S


def state(look: SharedLook, fact: Fact) -> tuple[bool, bool]:
    """Whether another look would find nothing else, and whether work may be waiting."""
    return look.is_current, fact.allows(is_due)


def test_what_is_due_soon_is_asked_for_as_often_as_ever() -> None:
    look = SharedLook(ManualClock(), "sqlite", commits=lambda: 0)
    fact = look.fact("due", CHANGES)
    assert fact.pause_s(0, poll_s=POLL_S) == POLL_S
    look.extend(select(config_version.c.version))
    look.take((0, "{}", 900_000), asked_at_s=0)
    assert fact.pause_s(0, poll_s=POLL_S) == POLL_S, "in 0.9 s"
    assert fact.pause_s(-200_000, poll_s=POLL_S) == IDLE_S, "in 1.1 s"


async def test_an_idle_database_is_looked_at_again_when_this_process_or_a_shell_has_written(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url, clock=SystemClock())
    fact = database.look.fact("changes", CHANGES)

    async def known() -> object:
        return None if fact.allows(lambda _: False) else fact.value

    try:
        assert await until(known, lambda value: value == 0) == 0
        await database.write_queue.run(_count_one_more)
        assert await until(known, lambda value: value == 1) == 1
        with closing(sqlite3.connect(sqlite_url.partition(":///")[2])) as shell, shell:
            shell.execute("UPDATE config_version SET version = 9 WHERE kind = 'loyalty'")
        assert await until(known, lambda value: value == 9) == 9
        assert database.look.version("loyalty") == 9
    finally:
        await database.close()


async def _count_one_more(conn: AsyncConnection) -> None:
    changed = config_version.update().where(config_version.c.kind == "loyalty").values(version=1)
    await conn.execute(changed)
