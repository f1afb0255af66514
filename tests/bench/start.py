"""The second start of everything: server, schema, demo tenant, Envoy."""

import sys
import time
import urllib.request
from pathlib import Path

from tests.bench.figures import Slices
from tests.bench.processes import Child
from tests.bench.report import Row
from tests.bench.servers import ENVIRONMENT, START_S
from tests.bench.world import World

TO_REACH_S = 2.0
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
"""The first start leaves compiled modules for the second, as it does where nobody forbids it."""


def measure(world: World) -> list[Row]:
    """From the new process to its first answer over REST, over a log that is there already."""
    with world.copy("start") as data:
        _start_s(data, world)  # makes the keys
        times = Slices(tuple(_start_s(data, world) for _ in range(world.scale.slices)))
    return [
        Row(
            what="second start",
            figure=f"{times.median:.1f} s",
            to_reach=f"< {TO_REACH_S:g} s",
            ok=times.median < TO_REACH_S,
            notes=("what `make run` starts, to its first answer through Envoy; most of it is Python's imports",),
        )
    ]


def _start_s(data: Path, world: World) -> float:
    env = ENVIRONMENT | BYTECODE | {"TIDINGS_DATA_DIR": str(data)}
    started = time.monotonic()
    child = Child([sys.executable, "-m", "tidings_server"], env=env, errors=world.directory / "start.stderr")
    try:
        url = child.line("REST", within_s=START_S).split()[-1]
        with urllib.request.urlopen(f"{url}/healthz", timeout=START_S):  # our own, on loopback
            return time.monotonic() - started
    finally:
        child.stop()
