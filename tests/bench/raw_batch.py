"""Baseline of batch ingest: `executemany` into the same table, and a commit with its fsync.

Rows are ready before the clock starts: no network, no decoding, no validation, no hash, no answer.
"""

import sqlite3
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tests.bench.prefill import INSERT, connect, stored_rows
from tests.bench.processes import given_job, say


def main() -> None:
    """Job: database, tenant, batch, batches. Answers rows and the seconds that they took."""
    job = given_job(limit_s=600)
    connection = connect(Path(job["database"]))
    (after,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    rows = stored_rows(tenant=job["tenant"], after=after, now_us=time.time_ns() // 1_000)
    seconds = 0.0
    for _ in range(job["batches"]):
        batch = list(islice(rows, job["batch"]))
        seconds += _store(connection, batch)
    connection.close()
    say({"count": job["batch"] * job["batches"], "seconds": seconds})


def _store(connection: sqlite3.Connection, batch: Sequence[tuple[object, ...]]) -> float:
    started = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, batch)
    connection.execute("COMMIT")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
