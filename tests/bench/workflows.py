"""Workflow events: waited for, at full speed and at a steady rate, and run in the background."""

import asyncio
import sqlite3
import time
from functools import partial
from pathlib import Path

import grpc.aio

from tests.bench.figures import Slices
from tests.bench.loads import Found, in_turn, rates
from tests.bench.processes import Answer, ChildFailed, done
from tests.bench.report import Row
from tests.bench.servers import CALL_S, Server, serving
from tests.bench.workflow_bodies import put_request
from tests.bench.world import World
from tidings.orchestration.v1.workflows_pb2_grpc import WorkflowServiceStub

IN_FLIGHT = 64
CHANNELS = 4
SYNC_TO_REACH = 1_000
PER_SECOND = 200
PACED_TO_REACH_MS = 25
ASYNC_TO_REACH = 500
BACKLOG_IN_FLIGHT = 256
AT_MOST = 1_000_000
SPARE_S = 120.0
LOOK_EVERY_S = 0.1


def measure(world: World) -> list[Row]:
    """A three-rule ruleset, full records of every run."""
    with world.copy("workflows") as data, serving(data, world) as server:
        asyncio.run(_put_workflow(server))
        sync = partial(_load, server, world, is_sync=True, in_flight=IN_FLIGHT)
        [found] = in_turn(world.scale.slices, sync)
        paced = _paced(server, world)
        drained = [_drained(server, world, data) for _ in range(world.scale.slices)]
    return [_sync_row(found), _paced_row(paced), _async_row(drained)]


def _sync_row(found: list[Found]) -> Row:
    return Row(
        what="sync events, 3 rules",
        figure=rates(found).text("/s"),
        to_reach=f"≥ {SYNC_TO_REACH:,}",
        ok=rates(found).median >= SYNC_TO_REACH,
        notes=(found[-1].text(),),
    )


def _paced_row(paced: Answer) -> Row:
    return Row(
        what=f"sync events at {PER_SECOND}/s",
        figure=f"p50 {paced['p50_ms']:.1f} ms, p99 {paced['p99_ms']:.1f} ms",
        to_reach=f"p99 < {PACED_TO_REACH_MS} ms",
        ok=paced["p99_ms"] < PACED_TO_REACH_MS,
    )


def _async_row(drained: list[tuple[float, float]]) -> Row:
    rate = Slices(tuple(per_second for per_second, _ in drained))
    cores = Slices(tuple(taken for _, taken in drained))
    return Row(
        what="async events run, 3 rules",
        figure=rate.text("/s"),
        to_reach=f"≥ {ASYNC_TO_REACH}",
        ok=rate.median >= ASYNC_TO_REACH,
        notes=(
            "from the first append to the last outcome, all records kept and searchable",
            f"cores taken by the server {cores.median:.2f}; what limits it is its one Python thread",
        ),
    )


def _load(server: Server, world: World, *, is_sync: bool, in_flight: int) -> Found:
    """One slice of calls, as many as are answered."""
    return Found(_run(server, world, is_sync=is_sync, in_flight=in_flight, for_s=world.scale.slice_s))


def _paced(server: Server, world: World) -> Answer:
    return _run(server, world, is_sync=True, per_second=PER_SECOND, for_s=float(world.scale.paced_s))


def _drained(server: Server, world: World, data: Path) -> tuple[float, float]:
    """Events a second from the first append to the last outcome, and the cores that the server took meanwhile."""
    before, cpu_s, started = _outcomes(data), server.child.cpu_s(), time.monotonic()
    answer = _run(server, world, is_sync=False, in_flight=BACKLOG_IN_FLIGHT, for_s=world.scale.slice_s, warm_s=0.0)
    while _pending(data):
        time.sleep(LOOK_EVERY_S)
        server.child.check()
    seconds = time.monotonic() - started
    assert _outcomes(data) - before >= answer["count"]
    return (_outcomes(data) - before) / seconds, (server.child.cpu_s() - cpu_s) / seconds


def _run(
    server: Server,
    world: World,
    *,
    is_sync: bool,
    for_s: float,
    in_flight: int = 1,
    per_second: int = 0,
    warm_s: float | None = None,
) -> Answer:
    warm_s = world.scale.warm_s if warm_s is None else warm_s
    job = {
        "target": server.grpc,
        "metadata": {"authorization": server.headers["authorization"]},
        "channels": CHANNELS,
        "is_sync": is_sync,
        "per_second": per_second,
        "in_flight": in_flight,
        "warm_s": warm_s,
        "for_s": for_s,
        "at_most": AT_MOST,
        "server_pid": server.child.pid,
    }
    answer = done("tests.bench.workflow_load", job, directory=world.directory, within_s=for_s + warm_s + SPARE_S)
    if answer.get("failed"):
        raise ChildFailed(f"{answer['failed']} calls failed; the first: {answer['failure']}")
    return answer


async def _put_workflow(server: Server) -> None:
    metadata = (("authorization", server.headers["authorization"]),)
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        await WorkflowServiceStub(channel).PutWorkflow(put_request(), metadata=metadata, timeout=CALL_S)


def _outcomes(data: Path) -> int:
    return _one(data, "SELECT count(*) FROM event_outcome")


def _pending(data: Path) -> int:
    """Events that the consumer has not taken in yet."""
    return _one(data, "SELECT (SELECT seq FROM log_head) - position FROM consumer_cursor WHERE consumer = 'workflow'")


def _one(data: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{data / 'tidings.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
