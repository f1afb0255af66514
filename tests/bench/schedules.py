"""Schedules: how late runs begin when thousands are due in a minute, and many more rest beside them."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.figures import percentile
from tests.bench.prefill import connect
from tests.bench.processes import Child
from tests.bench.report import Row
from tests.bench.servers import TENANT, serving
from tests.bench.world import World
from tidings_server.scheduling.schedules.timing import At

PER_S = 10_000 / 60
START_S = 20.0
"""From now to the first fire time: a server needs some of it to start."""
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.2
RESTING_FOR = 9
"""Schedules that rest for each that fires."""
FAR_S = 10 * 365 * 86_400
TO_REACH_S = 1.0
US_PER_S = 1_000_000

SCHEDULE = (
    "INSERT INTO schedule (key, tenant_id, kind, subject, timing, catch_up, window_s, overlap, jitter_s, next_at)"
    " VALUES (?, ?, 'EVENT', ?, ?, 'latest', 86400, 'skip', 0, ?)"
)
EVENT = (
    "INSERT INTO store_scheduled_event (store_id, id, tenant_id, schedule_key, trigger_type, trigger, action_type,"
    " action, created_by, created_name, created_at,"
    " after_seq) VALUES (1, ?, ?, ?, 'TIME', '{}', 'SEND_EMAIL', ?, 0, 'API', 0, 0)"
)
LATE = "SELECT started_at - scheduled_at FROM schedule_run WHERE ended_at IS NOT NULL"
ACTION = json.dumps({"to": "ada@example.com", "subject": "Now {{ scheduledAt }}", "body": "It is time."})


def measure(world: World) -> list[Row]:
    """A minute with fire times all along it, and one in which all come at once."""
    return [
        _measured(world, "schedules due all along a minute", span_s=world.scale.firing_s, to_reach=True),
        _measured(world, "schedules due at one instant", span_s=0, to_reach=False),
    ]


def _measured(world: World, what: str, *, span_s: int, to_reach: bool) -> Row:
    count = int(PER_S * world.scale.firing_s)
    with world.copy("schedules") as data:
        first_us = (int(time.time()) + int(START_S)) * US_PER_S
        _prepare(data / "tidings.db", [first_us + number * span_s * US_PER_S // count for number in range(count)])
        with serving(data, world) as server:
            cpu_s = server.child.cpu_s()
            late_s = _late(data / "tidings.db", count, until=first_us / US_PER_S + span_s + PATIENCE_S)
            cpu_ms = _cpu_ms(server.child, cpu_s, count)
    p99 = percentile(late_s, 0.99)
    return Row(
        what=f"{count:,} {what}",
        figure=f"p50 {percentile(late_s, 0.5):.2f} s, p99 {p99:.2f} s late",
        to_reach=f"p99 < {TO_REACH_S:.0f} s" if to_reach else "",
        ok=p99 < TO_REACH_S if to_reach else None,
        notes=(
            f"{count * RESTING_FOR:,} more rest; each run asks for a mail, which is rendered, routed and kept",
            f"the last began {max(late_s):.2f} s late; {cpu_ms:.1f} ms of the server's processor a run, all included",
        ),
    )


def _prepare(database: Path, times_us: Sequence[int]) -> None:
    """One scheduled event for each time, and more that are due in years."""
    far_us = times_us[-1] + FAR_S * US_PER_S
    with closing(connect(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(SCHEDULE, _schedules([*times_us, *([far_us] * RESTING_FOR * len(times_us))]))
        keys = range(1, len(times_us) + 1)
        connection.executemany(EVENT, ((key, TENANT, key, ACTION) for key in keys))
        connection.execute("COMMIT")


def _schedules(times_us: Sequence[int]) -> Iterator[tuple[object, ...]]:
    for key, at_us in enumerate(times_us, start=1):
        yield key, TENANT, f"1/{key}", At(at_us).packed(), at_us


def _late(database: Path, count: int, *, until: float) -> list[float]:
    """Delay of the start of each run, in seconds, once all have ended. Raises TimeoutError."""
    while time.time() < until:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            late = [us / US_PER_S for (us,) in connection.execute(LATE)]
        if len(late) >= count:
            return late
        time.sleep(LOOK_EVERY_S)
    raise TimeoutError(f"not all of {count} runs have ended")


def _cpu_ms(child: Child, before_s: float, count: int) -> float:
    return (child.cpu_s() - before_s) * 1_000 / count
