"""From an append to its webhook, at a steady rate."""

import time
from collections.abc import Mapping

from tests.bench.figures import percentile, percentiles
from tests.bench.processes import ChildFailed, done
from tests.bench.report import Row
from tests.bench.servers import serving
from tests.bench.webhooks import Receiver, receiving, subscribe
from tests.bench.world import World

TOPIC = "order.created"
PER_SECOND = 500
CHANNELS = 4
TO_REACH_MS = 250
LATEST_S = 30.0
LOOK_EVERY_S = 0.2
SPARE_S = 120.0


def measure(world: World) -> list[Row]:
    """Each event's time from the instant it was to be sent to the instant the webhook had it."""
    seconds = world.scale.paced_s
    with world.copy("latency") as data, receiving(world.directory) as receiver, serving(data, world) as server:
        subscribe(server, receiver, webhooks=1, topic=TOPIC)
        times_ms, answered_ms = paced(
            world, server.grpc, server.headers, receiver, per_second=PER_SECOND, for_s=seconds
        )
    p99 = percentile(times_ms, 0.99)
    return [
        Row(
            what=f"append to received, {PER_SECOND}/s",
            figure=percentiles(times_ms),
            to_reach=f"p99 < {TO_REACH_MS} ms",
            ok=p99 < TO_REACH_MS,
            notes=(
                f"{len(times_ms):,} events in {seconds} s, the slowest took {max(times_ms):.0f} ms",
                f"until the append was answered: {percentiles(answered_ms)}",
            ),
        )
    ]


def paced(
    world: World,
    target: str,
    headers: Mapping[str, str],
    receiver: Receiver,
    *,
    per_second: int,
    for_s: float,
    channels: int = CHANNELS,
) -> tuple[list[float], list[float]]:
    """Milliseconds from the instant that each event of a steady load was to be sent: to its arrival, to its answer."""
    job = {
        "target": target,
        "metadata": dict(headers),
        "channels": channels,
        "per_second": per_second,
        "for_s": for_s,
    }
    sent = done("tests.bench.load_paced", job, directory=world.directory, within_s=for_s + SPARE_S)
    if sent["failures"]:
        raise ChildFailed(f"{len(sent['failures'])} appends failed; the first: {sent['failures'][0]}")
    came = arrived(receiver, sent["due_ns"])
    return [(came[event_id] - due_ns) / 1e6 for event_id, due_ns in sent["due_ns"].items()], sent["answered_ms"]


def arrived(receiver: Receiver, wanted: dict[str, int]) -> dict[str, int]:
    """Time of the first arrival of each event. Raises TimeoutError if some have not come by `LATEST_S`."""
    ends_at = time.monotonic() + LATEST_S
    while True:
        first: dict[str, int] = {}
        for message_id, at_ns in receiver.arrivals():
            first.setdefault(message_id, at_ns)
        missing = len(wanted.keys() - first.keys())
        if not missing:
            return first
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{missing} of {len(wanted)} events did not arrive")
        time.sleep(LOOK_EVERY_S)
