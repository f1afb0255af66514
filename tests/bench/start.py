"""The second start of everything: server, schema, demo tenant, Envoy."""

import time
from pathlib import Path

from tests.bench.figures import Slices
from tests.bench.report import Row
from tests.bench.servers import serving
from tests.bench.world import World

TO_REACH_S = 3.0


def measure(world: World) -> list[Row]:
    """From the new process to its first answer, over a log that is there already."""
    with world.copy("start") as data:
        with serving(data, world, envoy=True):
            pass  # the first start, which makes the keys
        times = Slices(tuple(_start_s(data, world) for _ in range(world.scale.slices)))
    return [
        Row(
            what="second start",
            figure=f"{times.median:.1f} s",
            to_reach=f"< {TO_REACH_S:g} s",
            ok=times.median < TO_REACH_S,
            notes=("with Envoy, to the answer of a token; most of it is Python's imports",),
        )
    ]


def _start_s(data: Path, world: World) -> float:
    started = time.monotonic()
    with serving(data, world, envoy=True):
        return time.monotonic() - started
