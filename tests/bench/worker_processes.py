"""Consumers of a log in shards on PostgreSQL: the same backlog, worked off by one worker process and by two.

Each has the same part of a core where the machine can limit it, so that neither the database nor the appends are the
limit of two.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from statistics import median
from typing import Final

from sqlalchemy import text

from tests.bench.prefill import stored_rows
from tests.bench.processes import ChildFailed, running
from tests.bench.processor_share import limited
from tests.bench.report import Row
from tests.bench.servers import on_database
from tests.bench.world import World
from tests.support.postgres import Cluster, running_cluster
from tidings_server.composition.ownership import CONSUMERS, own_work
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import Tenant
from tidings_server.platform.clock import SystemClock
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord
from tidings_server.storage.log.shards import DEFAULT_SHARDS, shard_of

PROCESSES: Final = (1, 2)
TENANTS: Final = 2 * DEFAULT_SHARDS
BATCH: Final = 500
LOOK_S: Final = 0.05
START_S: Final = 120.0
LONGEST_S: Final = 600.0
TO_REACH: Final = 1.6
SHARE: Final = 0.25
"""Part of a core that each worker has."""
LEASES: Final = "SELECT name, owner FROM work_lease WHERE until > extract(epoch FROM clock_timestamp()) * 1000000"
CURSORS: Final = "SELECT consumer, position FROM consumer_cursor UNION ALL SELECT consumer, position FROM search_cursor"
FOLLOWING: Final = frozenset(CONSUMERS) - {"workflow_search.outcomes"}


def measure(world: World) -> list[Row]:
    """Events a second from the first append until each consumer of each shard has passed the last."""
    rates: dict[int, list[float]] = {count: [] for count in PROCESSES}
    with running_cluster() as cluster:
        for _ in range(world.scale.slices):
            for count in PROCESSES:
                rates[count].append(_rate(cluster, world, count))
    one, two = (median(rates[count]) for count in PROCESSES)
    spread = "; ".join(f"{count}: {', '.join(f'{rate:,.0f}' for rate in found)}" for count, found in rates.items())
    return [
        Row(
            what="consumers of 8 shards, PostgreSQL",
            figure=f"{two:,.0f}/s with 2 workers",
            against=f"{one:,.0f}/s with 1",
            ratio=f"{two / one:.2f}",
            to_reach=f"≥ {TO_REACH}",
            ok=two / one >= TO_REACH,
            notes=(f"{world.scale.backlog:,} orders of {TENANTS} tenants, {_cores()}; {spread}",),
        )
    ]


def _cores() -> str:
    """The cores that there are, and what each worker had of one."""
    with limited(os.getpid(), 1.0) as can_limit:
        each = f"{SHARE:.0%} of one" if can_limit else "no limit"
    return f"{os.cpu_count()} cores, for each worker {each}"


def _rate(cluster: Cluster, world: World, processes: int) -> float:
    """The rate of so many worker processes, over a new database."""
    name = cluster.create()
    url = cluster.url(name)
    shared = on_database(url) | {"TIDINGS_ROLE": "worker", "TIDINGS_METRICS_PORT": "0"}
    with ExitStack() as stack:
        for number in range(processes):
            directory = world.directory / f"worker-{number}"
            directory.mkdir(exist_ok=True)
            env = shared | {"TIDINGS_DATA_DIR": str(directory)}
            job = {"envoy": False, "stores": True}
            child = stack.enter_context(running("tests.bench.serve", job, directory=directory, env=env))
            child.answer(within_s=START_S)
            stack.enter_context(limited(child.pid, SHARE))
        rate = asyncio.run(_worked_off(url, processes, world.scale.backlog))
    cluster.drop(name)
    return rate


async def _worked_off(url: str, processes: int, events: int) -> float:
    database = await Database.open(url, clock=SystemClock())
    try:
        numbers = [await _tenant(database, number) for number in range(TENANTS)]
        await _until_spread(database, processes)
        began = time.monotonic()
        await asyncio.gather(*(_append(database, number, events // TENANTS) for number in numbers))
        await _until_passed(database)
        return events / (time.monotonic() - began)
    finally:
        await database.close()


async def _tenant(database: Database, number: int) -> int:
    new = Tenant(0, f"{number:036d}", f"bench-{number}", "ACTIVE", 0)
    return (await database.write_queue.run(lambda conn: tenants.add_tenant(conn, new))).number


async def _append(database: Database, tenant: int, events: int) -> None:
    for records in _batches(tenant, events):
        await database.write_queue.append(records, is_fresh=True)


def _batches(tenant: int, events: int) -> Iterator[list[EventRecord]]:
    rows = stored_rows(tenant=tenant, after=0, now_us=time.time_ns() // 1_000)
    while events > 0:
        yield [EventRecord(*row[1:])._replace(recorded_at=0) for row in islice(rows, min(BATCH, events))]
        events -= BATCH


async def _until_spread(database: Database, processes: int) -> None:
    """Wait until all work is somebody's, and each process has some."""
    wanted = set(own_work(database.shards, relays=False))
    async with asyncio.timeout(START_S):
        while True:
            async with database.read() as conn:
                owners = {str(name): owner for name, owner in await conn.execute(text(LEASES))}
            if wanted <= owners.keys() and len(set(owners.values())) == processes:
                return
            await asyncio.sleep(LOOK_S)


async def _until_passed(database: Database) -> None:
    """Wait until each consumer has passed the last event of each shard."""
    ends_at = time.monotonic() + LONGEST_S
    while time.monotonic() < ends_at:
        async with database.read() as conn:
            found = (await conn.execute(text(CURSORS))).all()
        passed = [name for name, position in found if position >= database.heads[shard_of(position)].seq]
        if sum(name.partition("/")[0] in FOLLOWING for name in passed) == len(FOLLOWING) * database.shards:
            return
        await asyncio.sleep(LOOK_S)
    raise ChildFailed(f"the backlog was not worked off in {LONGEST_S:.0f} s")
