"""Batch ingest, against `sqlite3` alone writing the same rows; and how far the search projection stays behind."""

from functools import partial
from pathlib import Path

from tests.bench.loads import Found, batches, in_turn, rates
from tests.bench.processes import done
from tests.bench.report import Row
from tests.bench.search_lag import Lag
from tests.bench.servers import TENANT, serving
from tests.bench.world import World

BATCH = 1_000
IN_FLIGHT = 2
TO_REACH_RATE = 20_000
TO_REACH_RATIO = 0.5


def measure(world: World) -> list[Row]:
    """The server's slices and the raw ones in turn; after each of the server's, the projection may catch up."""
    with world.copy("batch") as data, world.copy("raw") as other, serving(data, world) as server:
        lag = Lag(data)

        def ours() -> Found:
            found = batches(server, world, size=BATCH, in_flight=IN_FLIGHT)
            lag.note()
            return found

        batched, raw = in_turn(world.scale.slices, ours, partial(_raw, other, world))
    reached = rates(batched) / rates(raw)
    return [
        Row(
            what=f"batch ingest, {BATCH:,} a call",
            figure=rates(batched).text("events/s"),
            against=f"executemany {rates(raw).text('rows/s')}",
            ratio=reached.ratio_text(),
            to_reach=f"≥ {TO_REACH_RATE:,}/s and ≥ {TO_REACH_RATIO}",
            ok=rates(batched).median >= TO_REACH_RATE and reached.median >= TO_REACH_RATIO,
            notes=(batched[-1].text(), lag.text()),
        )
    ]


def _raw(data: Path, world: World) -> Found:
    job = {"database": str(data / "tidings.db"), "tenant": TENANT, "batch": BATCH, "batches": world.scale.raw_batches}
    return Found(done("tests.bench.raw_batch", job, directory=world.directory, within_s=600.0))
