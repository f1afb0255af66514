"""Searching workflow events and their records: first and hundredth page, in a small log and in a large one."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio

from tests.bench.figures import percentile
from tests.bench.report import Row
from tests.bench.servers import CALL_S, TENANT, Server, serving
from tests.bench.workflow_prefill import HOT, NAME, fill
from tests.bench.world import World
from tidings.orchestration.v1.events_pb2 import ContextFilter, SearchEventsRequest
from tidings.orchestration.v1.events_pb2_grpc import EventServiceStub

SMALL = 10_000
CALLS = 100
PAGES = {"first page": 0, "hundredth page": 9_900}
COUNT = 100
TO_REACH_MS = 30
GROWTH = 2.0

Times = dict[tuple[str, str], list[float]]
"""Milliseconds of each call, by what was searched for and which page."""


def measure(world: World) -> list[Row]:
    """One caller at a time; both logs hold runs of three rules with all their records."""
    small, large = (_measured(world, events) for events in (SMALL, world.scale.events))
    return [_row(key, small[key], large[key]) for key in large]


def _row(key: tuple[str, str], small: list[float], large: list[float]) -> Row:
    p99, growth = percentile(large, 0.99), percentile(large, 0.5) / percentile(small, 0.5)
    return Row(
        what=f"search by {key[0]}, {key[1]}",
        figure=f"p50 {percentile(large, 0.5):.1f} ms, p99 {p99:.1f} ms",
        against=f"{SMALL:,} events p50 {percentile(small, 0.5):.1f} ms",
        ratio=f"{growth:.1f}",
        to_reach=f"p99 < {TO_REACH_MS} ms, ≤ {GROWTH:g}×",
        ok=p99 < TO_REACH_MS and growth <= GROWTH,
    )


def _measured(world: World, events: int) -> Times:
    data = world.directory / f"search-{events}"
    data.mkdir()
    with serving(data, world):
        pass  # makes the schema, the tenant and its credentials
    fill(data, tenant=TENANT, events=events)
    with serving(data, world) as server:
        return asyncio.run(_search(server))


async def _search(server: Server) -> Times:
    times: Times = {}
    metadata = (("authorization", server.headers["authorization"]),)
    async with grpc.aio.insecure_channel(
        server.grpc, options=[("grpc.max_receive_message_length", 16 << 20)]
    ) as channel:
        stub = EventServiceStub(channel)
        for what, wanted in _searches().items():
            for page, start in PAGES.items():
                request = SearchEventsRequest(start=start, count=COUNT, **wanted)
                times[what, page] = [await _timed(stub, request, metadata) for _ in range(CALLS)]
    return times


def _searches() -> dict[str, Mapping[str, Any]]:
    """Each finds more than a hundred pages, also in the small log."""
    recently = (datetime.now(UTC) - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "entity": {"context": ContextFilter(entity_type="ORDER", entity_ref=HOT)},
        "name and window": {"name": [NAME], "from": recently},
        "status": {"event_status": ["FAILED"]},
    }


async def _timed(stub: Any, request: SearchEventsRequest, metadata: Any) -> float:
    started = time.monotonic()
    found = await stub.SearchEvents(request, metadata=metadata, timeout=CALL_S)
    assert len(found.results) == COUNT
    return (time.monotonic() - started) * 1_000
