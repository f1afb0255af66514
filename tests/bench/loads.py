"""Runs load generators against a server, and says what they found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Slices
from tests.bench.processes import Answer, ChildFailed, Job, done
from tests.bench.servers import Server
from tests.bench.world import World

START_S = 30.0
SPARE_S = 90.0
AT_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """Result of one load. `size`: events a call."""

    answer: Answer
    size: int = 1

    @property
    def per_second(self) -> float:
        return float(self.answer["count"]) * self.size / float(self.answer["seconds"])

    def text(self) -> str:
        """Latencies, and which processor time went where."""
        told = self.answer
        return (
            f"p50 {told['p50_ms']:.1f} ms, p99 {told['p99_ms']:.1f} ms; "
            f"cores taken by the server {told['server_cores']:.2f}, by the load generator {told['client_cores']:.2f}"
        )


def in_turn(slices: int, *sides: Callable[[], Found]) -> list[list[Found]]:
    """Each side's slices, measured one after the other: first a slice of each, then the next of each."""
    rounds = [[side() for side in sides] for _ in range(slices)]
    return [list(side) for side in zip(*rounds, strict=True)]


def rates(found: list[Found]) -> Slices:
    return Slices(tuple(each.per_second for each in found))


def unary(server: Server, world: World, *, in_flight: int, channels: int) -> Found:
    """One slice of CreateEvent calls."""
    return Found(_grpc(server, world, batch=0, in_flight=in_flight, channels=channels))


def batches(server: Server, world: World, *, size: int, in_flight: int, calls: int | None = None) -> Found:
    """BatchCreateEvents calls: one slice of them, or as many as `calls`."""
    return Found(_grpc(server, world, batch=size, in_flight=in_flight, channels=1, calls=calls), size)


def published(server: Server, world: World, *, per_message: int) -> Found:
    """One slice of a stream of events."""
    job = {"target": server.grpc, "metadata": dict(server.headers), "per_message": per_message}
    return Found(_run("tests.bench.load_publish", {**job, **_slice(server, world, 1)}, world.directory))


def rest(server: Server, world: World, *, path: str, connections: int) -> Found:
    """One slice of POSTs."""
    job = {"url": server.http + path, "headers": server.headers, **_slice(server, world, connections)}
    return Found(_run("tests.bench.load_rest", job, world.directory))


def _grpc(
    server: Server, world: World, *, batch: int, in_flight: int, channels: int, calls: int | None = None
) -> Answer:
    load = _slice(server, world, in_flight)
    if calls is not None:
        load |= {"warm_s": 0.0, "for_s": 600.0, "at_most": calls}
    job = {"target": server.grpc, "metadata": server.headers, "batch": batch, "channels": channels, **load}
    return _run("tests.bench.load_grpc", job, world.directory)


def _slice(server: Server, world: World, in_flight: int) -> Answer:
    return {
        "in_flight": in_flight,
        "warm_s": world.scale.warm_s,
        "for_s": world.scale.slice_s,
        "at_most": AT_MOST,
        "server_pid": server.child.pid,
    }


def _run(module: str, job: Job, directory: Path) -> Answer:
    answer = done(module, job, directory=directory, within_s=START_S + job["warm_s"] + job["for_s"] + SPARE_S)
    if answer["failed"]:
        raise ChildFailed(f"{answer['failed']} calls failed; the first: {answer['failure']}")
    return answer
