"""Cost of authentication by a token that was verified before, as a share of a unary ingest."""

import asyncio
import time
from functools import partial
from pathlib import Path

from tests.bench.figures import Slices
from tests.bench.loads import in_turn, rates, unary
from tests.bench.report import Row
from tests.bench.servers import serving
from tests.bench.unary import CHANNELS, IN_FLIGHT
from tests.bench.world import World
from tests.support.installation import Installation
from tidings_server.identity.api import authentication
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

CALLS = 20_000
MOST_US = 20.0
MOST_SHARE = 0.05


def measure(world: World) -> list[Row]:
    """The processor's time of one authentication, beside the rate at which one process takes events in."""
    directory = world.directory / "authentication"
    directory.mkdir()
    costs = asyncio.run(_costs_us(directory, world.scale.slices))
    load = partial(unary, world=world, in_flight=IN_FLIGHT, channels=CHANNELS)
    with world.copy("authenticated") as data, serving(data, world) as server:
        [ingest] = in_turn(world.scale.slices, partial(load, server))
    share = costs.median * rates(ingest).median / 1e6
    return [
        Row(
            what="authentication",
            figure=f"{costs.median:.1f} µs ±{costs.spread:.0%}",
            against=f"unary ingest {rates(ingest).text('RPC/s')}",
            ratio=f"{share:.3f}",
            to_reach=f"< {MOST_US:.0f} µs, ≤ {MOST_SHARE}",
            ok=costs.median < MOST_US and share <= MOST_SHARE,
            notes=("the processor's time of a verified token with its tenant header, times the calls of a second",),
        )
    ]


async def _costs_us(directory: Path, slices: int) -> Slices:
    clock = ManualClock()
    database = await Database.open(f"sqlite+aiosqlite:///{directory / 'tidings.db'}", clock=clock)
    try:
        installation = Installation(database, clock, directory)
        await installation.provision()
        headers = await installation.headers()
        return Slices(tuple([await _cost_us(installation, headers) for _ in range(slices)]))
    finally:
        await database.close()


async def _cost_us(installation: Installation, headers: dict[str, str]) -> float:
    started = time.process_time()
    for _ in range(CALLS):
        await authentication.collector(installation.credentials, headers)
    return (time.process_time() - started) / CALLS * 1e6
