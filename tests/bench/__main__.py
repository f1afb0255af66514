"""Measures this machine's Tidings and prints one table. Nothing is asserted; it is not part of the tests."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

from tests.bench import (
    attacks,
    authentication,
    batch,
    databases,
    drain,
    fairness,
    growth,
    hub,
    idle,
    latency,
    loyalty,
    notifications,
    passing,
    publishing,
    rest,
    retention,
    schedules,
    start,
    unary,
    worker_processes,
    workflow_search,
    workflows,
)
from tests.bench.attack_load import ATTACKS
from tests.bench.machine import describe
from tests.bench.preparation import prepare
from tests.bench.processes import ChildFailed
from tests.bench.report import Row, table
from tests.bench.world import QUICK, Scale, World

EVENTS = 1_000_000
LARGEST = 1_000_000

MEASUREMENTS: dict[str, Callable[[World], list[Row]]] = {
    "start": start.measure,
    "idle": idle.measure,
    "unary": unary.measure,
    "authentication": authentication.measure,
    "rest": rest.measure,
    "batch": batch.measure,
    "publishing": publishing.measure,
    "drain": drain.measure,
    "latency": latency.measure,
    "passing": passing.measure,
    "workflows": workflows.measure,
    "search": workflow_search.measure,
    "loyalty": loyalty.measure,
    "notifications": notifications.measure,
    "schedules": schedules.measure,
    "databases": databases.measure,
    "hub": hub.measure,
    "processes": worker_processes.measure,
    "attacks": attacks.measure,
    "fairness": fairness.measure,
    "growth": growth.measure,
    "retention": retention.measure,
}


def main() -> None:
    """Prepare the log once, measure each thing over a copy of it, print as it goes and the table at the end."""
    signal.signal(signal.SIGTERM, _interrupt)
    arguments = _arguments()
    scale = QUICK if arguments.quick else Scale(events=EVENTS)
    if arguments.events:
        scale = replace(scale, events=arguments.events)
    with tempfile.TemporaryDirectory(prefix="tidings-bench-", dir=arguments.directory) as directory:
        world = World(Path(directory), scale, attacks=tuple(arguments.attack or ()), largest=arguments.largest)
        head = describe(world.directory)
        _say(head)
        _say(prepare(world))
        rows = [row for name in arguments.only or MEASUREMENTS for row in _measured(name, world)]
    print(f"\n{head}\nThe log holds {scale.events:,} events; medians of {scale.slices} slices, ± half their range.\n")
    print(table(rows))


def _measured(name: str, world: World) -> list[Row]:
    """Lines of one measurement; one that fails leaves the others their lines."""
    _say(f"measuring {name} …")
    try:
        rows = MEASUREMENTS[name](world)
    except (ChildFailed, TimeoutError) as error:
        rows = [Row(what=name, figure="failed", ok=False, notes=(str(error),))]
    _say(table(rows))
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small log and short slices: does it all run?")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="this measurement; may be repeated")
    parser.add_argument("--attack", action="append", choices=ATTACKS, help="of the attacks this one; may be repeated")
    parser.add_argument("--events", type=int, help=f"events in the log before (default {EVENTS:,})")
    parser.add_argument(
        "--largest", type=int, default=LARGEST, help=f"events of the largest log of growth (default {LARGEST:,})"
    )
    parser.add_argument(
        "--directory", type=Path, help="where to measure; a disk, not memory (default: for temporary files)"
    )
    arguments = parser.parse_args()
    if arguments.largest < growth.SMALLEST:
        parser.error(f"--largest is at least {growth.SMALLEST:,}, the size of the smallest log")
    return arguments


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: children are stopped, files removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
