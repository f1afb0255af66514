"""Load generator: loyalty events by gRPC, as many as are answered or at a steady rate; each has an id of its own."""

import asyncio
import time
from typing import Any

import grpc.aio

from tests.bench.figures import percentile
from tests.bench.load import LOAD_FIELDS, Call, Load
from tests.bench.load_grpc import CALL_S, OPTIONS, SPARE_S
from tests.bench.loyalty_bodies import METHODS, request, template
from tests.bench.processes import Answer, given_job, say

SERVICE = "/tidings.loyalty.v1.EventService"


async def main() -> None:
    """Job: target, metadata, channels, kind, customers, per_second (0: as many as are answered) and LOAD_FIELDS.

    Call number n is about customer n modulo `customers`.
    """
    job = given_job(limit_s=3_600)
    kind, customers = job["kind"], job["customers"]
    prepared = template(kind)
    metadata = tuple((key, value) for key, value in job["metadata"].items())
    channels = [grpc.aio.insecure_channel(job["target"], options=OPTIONS) for _ in range(job["channels"])]
    calls: list[Any] = [channel.unary_unary(f"{SERVICE}/{METHODS[kind]}", bytes, bytes) for channel in channels]
    for channel in channels:
        await channel.channel_ready()

    async def call(number: int) -> None:
        sent = request(kind, prepared, number % customers)
        await calls[number % len(calls)](sent, metadata=metadata, timeout=CALL_S)

    async with asyncio.timeout(job["warm_s"] + job["for_s"] + SPARE_S):
        if job["per_second"]:
            answer = await _paced(call, per_second=job["per_second"], for_s=job["for_s"])
        else:
            answer = await Load(call, **{name: job[name] for name in LOAD_FIELDS}).run()
    for channel in channels:
        await channel.close(grace=None)
    say(answer)


async def _paced(call: Call, *, per_second: int, for_s: float) -> Answer:
    """Each call is timed from the instant at which it was due, however late it was made."""
    times_ms: list[float] = []
    started_ns = time.monotonic_ns()

    async def timed(number: int, due_ns: int) -> None:
        await call(number)
        times_ms.append((time.monotonic_ns() - due_ns) / 1e6)

    async with asyncio.TaskGroup() as group:
        for number in range(int(for_s * per_second)):
            due_ns = started_ns + number * 1_000_000_000 // per_second
            await asyncio.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
            group.create_task(timed(number, due_ns))
    return {"count": len(times_ms), "p50_ms": percentile(times_ms, 0.5), "p99_ms": percentile(times_ms, 0.99)}


if __name__ == "__main__":
    asyncio.run(main())
