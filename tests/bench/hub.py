"""The hub from outside, as any other one: events in by REST, webhooks out, in the shapes of `hubload`.

That program, in Go, measures a peer just so (docs/performance.md), and takes a fraction of the processor that load
generators in Python do.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from tests.bench.databases import on_postgres, on_sqlite
from tests.bench.processes import ChildFailed
from tests.bench.report import Row
from tests.bench.servers import Server
from tests.bench.webhooks import subscribe_to
from tests.bench.world import QUICK, World
from tests.support.ports import free_port

SOURCES: Final = Path(__file__).parent / "hubload"
BUILD: Final = ["go", "build", "-o"]
PATH: Final = "/api/v1/events"
TOPIC: Final = "order.created"
EVENT: Final = {
    "id": "{{id}}",
    "entity_id": "ORD-1",
    "entity_name": "ORDER",
    "event_type": "ENTITY_EVENT",
    "event_source": "APPLICATION",
    "event_payload": {
        "operation": "CREATE",
        "entity_id": "ORD-1",
        "key_attributes": {"note": "x" * 400, "channel": "web"},
    },
}
"""About 700 bytes as it is sent."""
BURST: Final = 20_000
QUICK_BURST: Final = 2_000
MOST_S: Final = 900.0


def measure(world: World) -> list[Row]:
    """SQLite first, then PostgreSQL; each in one process behind Envoy."""
    program = world.directory / "hubload-program"
    subprocess.run([*BUILD, str(program), "."], cwd=SOURCES, check=True)
    kinds: list[tuple[str, Callable[..., AbstractContextManager[Server]]]] = [
        ("SQLite", on_sqlite),
        ("PostgreSQL", on_postgres),
    ]
    rows = []
    for database, started in kinds:
        with started(world, envoy=True) as server:
            rows += _rows(database, _measured(program, server, world))
    return rows


def _measured(program: Path, server: Server, world: World) -> dict[str, Any]:
    """All shapes of one server; its webhook is made while the program listens and waits."""
    listen = f"127.0.0.1:{free_port()}"
    body = world.directory / "event.json"
    body.write_text(json.dumps(EVENT))
    headers = [option for name, value in server.headers.items() for option in ("-header", f"{name}: {value}")]
    burst = QUICK_BURST if world.scale is QUICK else BURST
    command = [str(program), "-url", server.http + PATH, "-body", str(body), "-listen", listen, "-wait"]
    pids = ",".join(map(str, [server.child.pid, *server.beside]))
    command += ["-slice", f"{world.scale.slice_s}s", "-burst", str(burst), "-pids", pids]
    load = subprocess.Popen(
        [*command, *headers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert load.stderr is not None
        load.stderr.readline()  # it listens
        subscribe_to(server, f"http://{listen}", webhooks=1, topic=TOPIC)
        answer, errors = load.communicate("\n", timeout=MOST_S)
    finally:
        load.kill()
    if load.returncode:
        raise ChildFailed(errors[-2_000:])
    measured: dict[str, Any] = json.loads(answer)
    return measured


def _rows(database: str, measured: Mapping[str, Any]) -> list[Row]:
    rows = [_row(f"REST, {database}: {shape['name']}", shape) for shape in measured["shapes"]]
    memory = Row(what=f"REST, {database}: memory afterwards", figure=f"{measured['pss_mib']:.0f} MiB")
    return [*rows, memory]


def _row(what: str, shape: Mapping[str, Any]) -> Row:
    """One shape; an event that is refused at a steady rate is one that the hub could not keep up with."""
    return Row(
        what=what,
        figure=f"{shape['per_second']:,.0f}/s, p50 {shape['p50_ms']:.1f}, p99 {shape['p99_ms']:.1f} ms",
        to_reach="none lost or refused",
        ok=not shape["lost"] and not shape["refused"],
        notes=(
            f"{shape['refused']} refused, {shape['doubled']} came twice",
            f"{shape['cpu_s_per_1000']:.2f} s of processors for 1,000",
        ),
    )
