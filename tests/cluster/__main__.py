"""`make cluster`: PostgreSQL, three NATS servers, two api and two worker processes and Envoy on this machine.

Everything listens on loopback, keeps its data only while it runs, and stops on Ctrl-C. A page says each second who has
which work, how far consumers are behind, and how much is done; where the output is no terminal it is a line.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import asyncpg
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.support.nats import NatsServer, running_nats
from tests.support.ports import free_ports
from tests.support.postgres import running_cluster
from tidings_server.storage.log.shards import events_in, shard_of, without_shard

WORKERS: Final = 2
NATS_SERVERS: Final = 3
PAGE_S: Final = 1.0
OWNERS: Final = """
SELECT l.name, coalesce(p.role, 'gone'), l.owner, l.until > extract(epoch FROM clock_timestamp()) * 1000000
FROM work_lease l LEFT JOIN process p ON p.id = l.owner ORDER BY l.name
"""
CONSUMERS: Final = "SELECT consumer, position FROM consumer_cursor UNION SELECT consumer, position FROM search_cursor"
HEADS: Final = "SELECT 0, seq FROM log_head UNION ALL SELECT shard, seq FROM shard_head"


@dataclass
class Look:
    """The state of the cluster at one moment."""

    owners: dict[str, str] = field(default_factory=dict)
    lags: dict[str, int] = field(default_factory=dict)
    head: int = 0
    delivered: float = 0.0
    nats: str = ""


def main() -> int:
    """Run until Ctrl-C or SIGTERM; gives the exit status."""
    data = Path(os.environ.get("TIDINGS_DATA_DIR", ".tidings"))
    if data.exists():
        print(f"{data} is another installation's: move it away, or name another folder in TIDINGS_DATA_DIR.")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        try:
            print(
                "Starting PostgreSQL, three NATS servers and Tidings; this takes some 20 s.",
                flush=True,
            )
            postgres = stack.enter_context(running_cluster())
            nats = stack.enter_context(running_nats(NATS_SERVERS))
            name = postgres.create()
            metrics_port = free_ports(2 * WORKERS)
            server = stack.enter_context(_tidings(postgres.url(name), nats, data, metrics_port))
            print(f"  PostgreSQL {postgres.url(name).replace('+asyncpg', '')}")
            print(f"  NATS     {','.join(each.url for each in nats)}", flush=True)
            asyncio.run(_watch(postgres.url(name).replace("+asyncpg", ""), metrics_port, nats, server))
        except KeyboardInterrupt:
            print("Stopping.", flush=True)
            return 0
        return server.wait()


@contextmanager
def _tidings(url: str, nats: list[NatsServer], data: Path, metrics_port: int) -> Iterator[subprocess.Popen[bytes]]:
    own = {
        "TIDINGS_WORKERS": str(WORKERS),
        "TIDINGS_DATABASE_URL": url,
        "TIDINGS_MASTER_KEY": urlsafe_b64encode(os.urandom(32)).decode(),
        "TIDINGS_NATS_URL": ",".join(each.url for each in nats),
        "TIDINGS_NATS_REPLICAS": str(NATS_SERVERS),
        "TIDINGS_DATA_DIR": str(data),
        "TIDINGS_METRICS_PORT": str(metrics_port),
        "TIDINGS_EGRESS_ALLOW": "127.0.0.0/8",
        "TIDINGS_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tidings_server"]
    # A session of its own: Ctrl-C reaches this process, which stops everything in order.
    process = subprocess.Popen(command, env={**os.environ, **own}, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            print(line.decode(), end="", flush=True)
            if b"metrics" in line:
                break
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


async def _watch(url: str, metrics_port: int, nats: list[NatsServer], server: "subprocess.Popen[bytes]") -> None:
    """Show the state each second, until the server ends."""
    console, before = Console(), Look()
    connection = await asyncpg.connect(url)
    with Live(console=console, refresh_per_second=4, auto_refresh=console.is_terminal) as live:
        while server.poll() is None:
            await asyncio.sleep(PAGE_S)
            now = await _look(connection, metrics_port, nats)
            if console.is_terminal:
                live.update(_page(now, before), refresh=True)
            else:
                print(_line(now), flush=True)
            before = now


async def _look(connection: "asyncpg.Connection", metrics_port: int, nats: list[NatsServer]) -> Look:
    leases = await connection.fetch(OWNERS)
    heads: dict[int, int] = dict(await connection.fetch(HEADS))
    found = Look(head=sum(map(events_in, heads.values())))
    found.owners = {name: f"{role} {owner % 65536:04x}" if is_held else "-" for name, role, owner, is_held in leases}
    for name, position in sorted(await connection.fetch(CONSUMERS)):
        consumer, lag = without_shard(name), heads[shard_of(position)] - position
        if "." not in consumer:
            found.lags[consumer] = found.lags.get(consumer, 0) + lag
    found.delivered = sum([await asyncio.to_thread(_delivered, metrics_port + n) for n in range(2 * WORKERS)])
    found.nats = " ".join([each.name for each in nats if await asyncio.to_thread(each.is_healthy)])
    return found


def _delivered(port: int) -> float:
    """Tries to deliver that the process with this port of metrics has made; 0 of one that is not there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1) as answer:
            families = text_string_to_metric_families(answer.read().decode())
    except OSError:
        return 0.0
    return sum(each.value for one in families for each in one.samples if each.name == "tidings_deliveries_total")


def _page(now: Look, before: Look) -> Table:
    page = Table(title="Tidings: who does what", caption=_rates(now, before))
    for title in ("work", "process", "consumer", "behind"):
        page.add_column(title, justify="right" if title == "behind" else "left")
    owners, lags = list(now.owners.items()), list(now.lags.items())
    for row in range(max(len(owners), len(lags))):
        work, process = owners[row] if row < len(owners) else ("", "")
        consumer, lag = lags[row] if row < len(lags) else ("", "")
        page.add_row(work, process, consumer, str(lag))
    return page


def _rates(now: Look, before: Look) -> str:
    events, tries = max(0, now.head - before.head), max(0.0, now.delivered - before.delivered)
    return f"{events / PAGE_S:.0f} events/s, {tries / PAGE_S:.0f} deliveries/s, NATS up: {now.nats}; Ctrl-C stops"


def _line(now: Look) -> str:
    owned: Mapping[str, str] = {name: re.sub(" ", ":", owner) for name, owner in now.owners.items()}
    pairs = " ".join(f"{name}={owner}" for name, owner in owned.items())
    return f"owners {pairs} head {now.head} lag {max(now.lags.values(), default=0)} nats {now.nats.replace(' ', ',')}"


if __name__ == "__main__":
    sys.exit(main())
