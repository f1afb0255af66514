"""Idle: what the server and its Envoy cost while nothing happens, over a log that is there already."""

import sys
import time
from typing import NamedTuple

import psutil

from tests.bench.processes import Child
from tests.bench.report import Row
from tests.bench.servers import ENVIRONMENT, START_S
from tests.bench.world import World

SETTLE_S = 20.0
"""What follows a start (search, caches, the first looks of workers) is over by then."""
WATCH_S = 60.0
TO_REACH_PERCENT = 0.5
TO_REACH_MIB = 120.0
MIB = 1 << 20


class Cost(NamedTuple):
    """Processor time in seconds, and memory that would be free without the process, in MiB."""

    cpu_s: float
    memory_mib: float


def measure(world: World) -> list[Row]:
    """Processor and memory of each process of `make run` while nobody calls."""
    with world.copy("idle") as data:
        env = ENVIRONMENT | {"TIDINGS_DATA_DIR": str(data)}
        command = [sys.executable, "-m", "tidings_server"]
        child = Child(command, env=env, errors=world.directory / "idle.stderr")
        try:
            child.line("REST", within_s=START_S)
            time.sleep(SETTLE_S)
            server = psutil.Process(child.pid)
            processes = {"server": server, "Envoy": server.children()[0]}
            before = {name: _cost(process) for name, process in processes.items()}
            time.sleep(WATCH_S)
            after = {name: _cost(process) for name, process in processes.items()}
        finally:
            child.stop()
    return [_row(name, before[name], after[name]) for name in processes]


def _row(name: str, before: Cost, after: Cost) -> Row:
    percent = (after.cpu_s - before.cpu_s) / WATCH_S * 100
    return Row(
        what=f"idle: {name}",
        figure=f"{percent:.2f} % of a core, {after.memory_mib:.0f} MiB",
        to_reach=f"< {TO_REACH_PERCENT} %, < {TO_REACH_MIB:.0f} MiB",
        ok=percent < TO_REACH_PERCENT and after.memory_mib < TO_REACH_MIB,
        notes=("processor time of a minute, and the proportional share of memory (PSS)",),
    )


def _cost(process: psutil.Process) -> Cost:
    times = process.cpu_times()
    return Cost(times.user + times.system, process.memory_full_info().pss / MIB)
