"""One instance for the whole walk, with the owner's things in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.e2e.instances import instance
from tests.isolation.entries import WALKED
from tests.isolation.world import World, receiver


@dataclass
class Land:
    """The world, and by package the ids of the owner's things by their nouns."""

    world: World
    owned: Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="session")
def land() -> Iterator[Land]:
    with receiver() as url, instance(aws_endpoint_url="http://127.0.0.1:9") as started:
        world = World(started.grpc, started.rest.removeprefix("http://"), started.demo)
        owned = {walked.package: dict(walked.seed(world.own, url)) for walked in WALKED}
        yield Land(world, owned)
        world.channel.close()
