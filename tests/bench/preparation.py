"""Prepares the log that every measurement starts from."""

import time

from tests.bench.prefill import fill
from tests.bench.search_lag import Lag
from tests.bench.servers import TENANT, serving
from tests.bench.world import World


def prepare(world: World) -> str:
    """Fill a log whose schema the server's own migrations made, and let the server's search projection take it in."""
    world.prefilled.mkdir()
    with serving(world.prefilled, world):
        pass  # makes the schema, the tenant and its credentials
    started = time.monotonic()
    fill(world.prefilled / "tidings.db", tenant=TENANT, events=world.scale.events)
    filled = time.monotonic()
    with serving(world.prefilled, world):
        Lag(world.prefilled).note()
    return (
        f"{world.scale.events:,} events written in {filled - started:.0f} s, "
        f"taken in by the search projection in {time.monotonic() - filled:.0f} s"
    )
