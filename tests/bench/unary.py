"""Unary ingest over gRPC, against the same server with a log that stores nothing."""

from functools import partial

from tests.bench.loads import in_turn, rates, unary
from tests.bench.report import Row
from tests.bench.servers import serving
from tests.bench.world import World

IN_FLIGHT = 64
CHANNELS = 4
TO_REACH = 0.65


def measure(world: World) -> list[Row]:
    """Both servers run, each idle while the other is measured."""
    load = partial(unary, world=world, in_flight=IN_FLIGHT, channels=CHANNELS)
    with (
        world.copy("unary") as data,
        world.copy("nothing") as other,
        serving(data, world) as storing,
        serving(other, world, stores=False) as nothing,
    ):
        ours, null = in_turn(world.scale.slices, partial(load, storing), partial(load, nothing))
    reached = rates(ours) / rates(null)
    return [
        Row(
            what="unary ingest",
            figure=rates(ours).text("RPC/s"),
            against=f"storing nothing {rates(null).text('RPC/s')}",
            ratio=reached.ratio_text(),
            to_reach=f"≥ {TO_REACH}",
            ok=reached.median >= TO_REACH,
            notes=(f"storing: {ours[-1].text()}", f"storing nothing: {null[-1].text()}"),
        )
    ]
