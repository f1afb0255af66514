"""Streaming ingest: one stream to one process, beside a webhook subscriber on another topic."""

from tests.bench.loads import published, rates
from tests.bench.report import Row
from tests.bench.search_lag import Lag
from tests.bench.servers import serving
from tests.bench.webhooks import receiving, subscribe
from tests.bench.world import World

PER_MESSAGE = 250
OTHER_TOPIC = "price.updated"
TO_REACH = 15_000


def measure(world: World) -> list[Row]:
    """Slices of one stream; after each, the search projection may catch up."""
    with world.copy("publishing") as data, receiving(world.directory) as receiver, serving(data, world) as server:
        subscribe(server, receiver, webhooks=1, topic=OTHER_TOPIC)
        lag, found = Lag(data), []
        for _ in range(world.scale.slices):
            found.append(published(server, world, per_message=PER_MESSAGE))
            lag.note()
    return [
        Row(
            what=f"streaming ingest, {PER_MESSAGE} a message",
            figure=rates(found).text("events/s"),
            to_reach=f"≥ {TO_REACH:,}/s",
            ok=rates(found).median >= TO_REACH,
            notes=(found[-1].text(), lag.text()),
        )
    ]
