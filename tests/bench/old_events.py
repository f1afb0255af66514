"""A child of the benchmark: fills a database with old events and their deliveries, and has retention remove them."""

import asyncio
import time
from datetime import timedelta
from functools import partial

from sqlalchemy import insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.bench.processes import given_job, say
from tests.support.deliveries import World
from tests.support.events import record
from tests.support.shards import projections
from tidings_server.composition.retention import retention_ports
from tidings_server.delivery.store.tables import delivery, delivery_attempt
from tidings_server.log.retention import Retention
from tidings_server.log.search_projection import search_runner
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.workflow.search_projection import RecordProjection

BATCH = 1_000
LIMIT_S = 1_200.0
BODY = bytes(352)
DAYS = 30
ATTEMPT = {"number": 1, "at": 1, "outcome": "DELIVERED", "error_type": "", "answer": "ok", "duration_us": 1_000}


async def main() -> None:
    """Job: url, events, tenants. Answers the events that were removed, the seconds, and the bytes of WAL."""
    job = given_job(limit_s=LIMIT_S)
    clock = ManualClock()
    database = await Database.open(job["url"], clock=clock)
    search, records = search_runner(database, clock), RecordProjection(database, clock)
    try:
        await _fill(database, clock, events=job["events"], tenants=job["tenants"])
        for runner in (search, records.runner):
            while await runner.run_once():
                pass
        clock.advance(timedelta(days=DAYS, seconds=1))
        ports = retention_ports(*projections(database, clock, search, records))
        retention = Retention(database, ports, clock, days=DAYS)
        wal, began = await _wal(database), time.monotonic()
        removed = await retention.run_once()
        seconds = time.monotonic() - began
        say({"events": removed, "seconds": seconds, "wal": await _wal(database) - wal})
    finally:
        await database.close()


async def _fill(database: Database, clock: ManualClock, *, events: int, tenants: int) -> None:
    """Events of so many tenants, each sent to one subscription."""
    to = await World(database, clock).subscription()
    for start in range(0, events, BATCH):
        numbers = range(start, min(start + BATCH, events))
        rows = [record(tenant_id=1 + number % tenants, entity_id=f"o-{number}", body=BODY) for number in numbers]
        seqs = [each.seq for each in await database.write_queue.append(rows)]
        await database.write_queue.run(partial(_send, subscription_key=to.key, seqs=seqs))


async def _send(conn: AsyncConnection, *, subscription_key: int, seqs: list[int]) -> None:
    given = {"subscription_key": subscription_key, "tenant_id": 1, "replay_id": "", "state": "SUCCEEDED", "priority": 0}
    given |= {"attempts": 1, "tries": 1, "due_at": 1, "lease_until": 0, "created_at": 1, "updated_at": 1, "reason": ""}
    await conn.execute(insert(delivery), [given | {"seq": seq} for seq in seqs])
    sent = select(delivery.c.id, *map(literal, ATTEMPT.values())).where(delivery.c.seq.in_(seqs))
    await conn.execute(insert(delivery_attempt).from_select(["delivery_id", *ATTEMPT], sent))


async def _wal(database: Database) -> int:
    if database.dialect != "postgresql":
        return 0
    async with database.read() as conn:
        written = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
        return int((await conn.execute(written)).scalar_one())


if __name__ == "__main__":
    asyncio.run(main())
