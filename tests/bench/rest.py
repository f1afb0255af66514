"""REST ingest through Envoy, against an endpoint of FastAPI and SQLAlchemy that commits for each request."""

from functools import partial

from tests.bench.loads import in_turn, rates, rest
from tests.bench.report import Row
from tests.bench.servers import serving, serving_fastapi
from tests.bench.world import World

CONNECTIONS = 64
TO_REACH = 5.0
PATH = "/api/v1/events"


def measure(world: World) -> list[Row]:
    """Both run, each idle while the other is measured; the same client sends the same bodies."""
    load = partial(rest, world=world, path=PATH, connections=CONNECTIONS)
    with (
        world.copy("rest") as data,
        world.copy("fastapi") as other,
        serving(data, world, envoy=True) as tidings,
        serving_fastapi(other, world) as fastapi,
    ):
        ours, theirs = in_turn(world.scale.slices, partial(load, tidings), partial(load, fastapi))
    times = rates(ours) / rates(theirs)
    return [
        Row(
            what="REST ingest through Envoy",
            figure=rates(ours).text("requests/s"),
            against=f"FastAPI {rates(theirs).text('requests/s')}",
            ratio=times.ratio_text(),
            to_reach=f"≥ {TO_REACH:.0f}",
            ok=times.median >= TO_REACH,
            notes=(f"Tidings: {ours[-1].text()}", f"FastAPI: {theirs[-1].text()}"),
        )
    ]
