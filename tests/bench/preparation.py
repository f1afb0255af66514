"""Prepares the log that every measurement starts from."""

import asyncio
import re
import time
import urllib.request
from collections.abc import Mapping

from tests.bench.loads import batches
from tests.bench.prefill import fill, fill_postgres, searchable
from tests.bench.servers import NO_SETTINGS, TENANT, Server, serving
from tests.bench.world import World

CATCH_UP_S = 3_600.0
LOOK_EVERY_S = 0.1

_LAG = re.compile(r'^tidings_consumer_lag\{consumer="(\w+)"\} (\S+)$', re.MULTILINE)


def prepare(world: World, *, settings: Mapping[str, str] = NO_SETTINGS) -> str:
    """Fill a log whose schema the server's own migrations made, and let the server's readers take it in.

    Where `settings` name a database it is one of PostgreSQL, whose log has one shard.
    """
    world.prefilled.mkdir()
    with serving(world.prefilled, world, settings=settings) as server:  # makes the schema and the tenant
        batches(server, world, size=1, in_flight=1, calls=1)  # the event that shows that every reader has a cursor
        let_all_be_read(server)
    started = time.monotonic()
    if url := settings.get("TIDINGS_DATABASE_URL"):
        asyncio.run(fill_postgres(url, tenant=TENANT, events=world.scale.events))
    else:
        fill(world.prefilled / "tidings.db", tenant=TENANT, events=world.scale.events)
    filled = time.monotonic()
    with serving(world.prefilled, world, settings=settings) as server:
        if url:  # until the server has its leases it does not know how far it is behind
            asyncio.run(searchable(url, within_s=CATCH_UP_S))
        let_all_be_read(server)
    return (
        f"{world.scale.events:,} events written in {filled - started:.0f} s, "
        f"read by all that follow it in {time.monotonic() - filled:.0f} s"
    )


def let_all_be_read(server: Server) -> None:
    """Returns when nothing that reads the log is behind. Raises TimeoutError after `CATCH_UP_S`."""
    started = time.monotonic()
    while behind := [name for name, lag in _lags(server) if lag]:
        if time.monotonic() - started > CATCH_UP_S:
            raise TimeoutError(f"not all of the log was read, by {', '.join(behind)}")
        time.sleep(LOOK_EVERY_S)


def _lags(server: Server) -> list[tuple[str, float]]:
    with urllib.request.urlopen(server.metrics, timeout=CATCH_UP_S) as answer:  # our own, on loopback
        return [(name, float(lag)) for name, lag in _LAG.findall(answer.read().decode())]
