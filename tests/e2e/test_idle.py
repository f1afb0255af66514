"""What an instance does while nobody asks it for anything."""

import re
import time
from urllib.request import urlopen

from tests.e2e.instances import Instance, instance
from tests.support.waiting import PATIENCE_S

ROUNDS = re.compile(r'^tidings_worker_rounds_total\{worker="([^"]+)"\} ([0-9.e+]+)$', re.MULTILINE)
WATCHED_S = 4.0
MOST_A_SECOND = 8
"""The search projections look for what nobody tells of five times a second, in the first seconds after an event."""


def rounds(idle: Instance) -> dict[str, float]:
    with urlopen(idle.metrics, timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
    return {worker: float(count) for worker, count in ROUNDS.findall(text)}


def test_no_worker_is_busy_while_there_is_nothing_to_do() -> None:
    with instance() as idle:
        before, since = rounds(idle), time.monotonic()
        time.sleep(WATCHED_S)
        after, seconds = rounds(idle), time.monotonic() - since
    busy = {worker: count - before.get(worker, 0) for worker, count in after.items()}
    assert {"router", "workflow", "workflow_search"} <= busy.keys()
    assert {worker: count for worker, count in busy.items() if count > seconds * MOST_A_SECOND} == {}
