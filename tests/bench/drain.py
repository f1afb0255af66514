"""Deliveries a second: a backlog that was there before the server started, to one webhook and to many."""

import itertools
import time
from pathlib import Path

from tests.bench.figures import Slices
from tests.bench.prefill import connect
from tests.bench.report import Row
from tests.bench.servers import serving
from tests.bench.webhooks import Receiver, receiving, subscribe
from tests.bench.world import World

TOPIC = "order.created"
MANY = 50
TO_REACH = 2_500
DRAIN_S = 300.0
LOOK_EVERY_S = 0.25

INSERT = """
    INSERT INTO delivery (
        tenant_id, subscription_key, seq, replay_id, state, priority, attempts, tries, due_at, lease_until, created_at,
        updated_at, reason
    ) VALUES (?, ?, ?, '', 'PENDING', 0, 0, 0, ?, 0, ?, ?, '')
"""


def measure(world: World) -> list[Row]:
    """One webhook first, then many."""
    return [_measure(world, webhooks) for webhooks in (1, MANY)]


def _measure(world: World, webhooks: int) -> Row:
    with world.copy(f"drain-{webhooks}") as data, receiving(world.directory) as receiver:
        with serving(data, world) as server:
            subscribe(server, receiver, webhooks=webhooks, topic=TOPIC)
        before = receiver.count()
        backlog = prepare(data / "tidings.db", deliveries=world.scale.backlog)
        with serving(data, world) as server:
            cpu_s, started = server.child.cpu_s(), time.monotonic()
            _wait(receiver, before + backlog)
            cores = (server.child.cpu_s() - cpu_s) / (time.monotonic() - started)
            rss_mib = server.child.rss_mib()
        arrived = receiver.arrivals()[before:]
    rate = _rates([at_ns for _, at_ns in arrived], world.scale.slices)
    target = TO_REACH if webhooks == 1 else None
    return Row(
        what=f"deliveries to {webhooks} webhook{'s' if webhooks > 1 else ''}",
        figure=rate.text("/s"),
        to_reach=f"≥ {target:,}" if target else "",
        ok=rate.median >= target if target else None,
        notes=(
            f"{backlog:,} drained, {len(arrived) - backlog} of them sent twice",
            f"cores taken by the server {cores:.2f}; {rss_mib:.0f} MiB after",
        ),
    )


def prepare(database: Path, *, deliveries: int) -> int:
    """Queue the log's last events for all subscriptions alike, as the router would have; how many it came to."""
    connection = connect(database)
    now_us = time.time_ns() // 1_000
    keys = connection.execute("SELECT key, tenant_id FROM subscription ORDER BY key").fetchall()
    (head,) = connection.execute("SELECT seq FROM log_head").fetchone()
    events = min(deliveries // len(keys), head)
    rows = [
        (tenant, key, seq, now_us, now_us, now_us) for seq in range(head - events + 1, head + 1) for key, tenant in keys
    ]
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, rows)
    connection.execute("COMMIT")
    connection.close()
    return len(rows)


def _wait(receiver: Receiver, requests: int) -> None:
    ends_at = time.monotonic() + DRAIN_S
    while (count := receiver.count()) < requests:
        if time.monotonic() > ends_at:
            raise TimeoutError(f"only {count:,} of {requests:,} requests in {DRAIN_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def _rates(at_ns: list[int], slices: int) -> Slices:
    """Requests a second in equal parts of the whole, by number."""
    size = len(at_ns) // slices
    edges = [at_ns[part * size] for part in range(slices)] + [at_ns[-1]]
    return Slices(tuple(size / (end - start) * 1e9 for start, end in itertools.pairwise(edges)))
