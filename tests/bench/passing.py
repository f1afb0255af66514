"""The server's memory while many events pass through it."""

import threading

from tests.bench.batch import BATCH, IN_FLIGHT
from tests.bench.loads import batches
from tests.bench.report import Row
from tests.bench.search_lag import Lag
from tests.bench.servers import serving
from tests.bench.world import World

TO_REACH_MIB = 200
LOOK_EVERY_S = 0.1


def measure(world: World) -> list[Row]:
    """Resident memory of the server's process, sampled from the first event to the last that search has taken."""
    with world.copy("passing") as data, serving(data, world) as server:
        seen = [server.child.rss_mib()]
        stopped = threading.Event()

        def look() -> None:
            while not stopped.wait(LOOK_EVERY_S):
                seen.append(server.child.rss_mib())

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        found = batches(server, world, size=BATCH, in_flight=IN_FLIGHT, calls=world.scale.passing // BATCH)
        lag = Lag(data)
        lag.note()
        stopped.set()
        looking.join()
    return [
        Row(
            what=f"memory while {world.scale.passing:,} events pass",
            figure=f"{max(seen):.0f} MiB at most",
            against=f"before them {seen[0]:.0f} MiB",
            to_reach=f"< {TO_REACH_MIB} MB",
            ok=max(seen) * 2**20 < TO_REACH_MIB * 1e6,
            notes=(f"{found.per_second:,.0f} events/s; {lag.text()}; {seen[-1]:.0f} MiB then",),
        )
    ]
