"""Load generator: a steady number of events a second, whether or not the answers keep up.

Each event has an id of its own, and its instant is when it was to be sent: a server that stalls is not excused by a
client that waits for it.
"""

import asyncio
import time
from uuid import uuid4

import grpc.aio

from tests.bench.bodies import order_event
from tests.bench.load_grpc import CALL_S, OPTIONS, SERVICE
from tests.bench.processes import given_job, say
from tidings.collector.v1.events_pb2 import CreateEventRequest

SPARE_S = 60.0


async def main() -> None:
    """Job: target, metadata, channels, per_second, for_s. Answers when each stored event was due."""
    job = given_job(limit_s=3_600)
    channels = [grpc.aio.insecure_channel(job["target"], options=OPTIONS) for _ in range(job["channels"])]
    metadata = tuple((key, value) for key, value in job["metadata"].items())
    calls = [channel.unary_unary(f"{SERVICE}/CreateEvent", bytes, bytes) for channel in channels]
    due_ns: dict[str, int] = {}
    answered_ms: list[float] = []
    failures: list[str] = []

    async def send(number: int, event_id: str) -> None:
        event = order_event(number)
        event.id = event_id
        request = CreateEventRequest(event=event).SerializeToString()
        try:
            await calls[number % len(calls)](request, metadata=metadata, timeout=CALL_S)
        except grpc.aio.AioRpcError as error:
            failures.append(f"{error.code().name}: {error.details()}")
            del due_ns[event_id]
            return
        answered_ms.append((time.monotonic_ns() - due_ns[event_id]) / 1e6)

    for channel in channels:
        await channel.channel_ready()
    started_ns = time.monotonic_ns()
    async with asyncio.timeout(job["for_s"] + SPARE_S), asyncio.TaskGroup() as sends:
        for number in range(int(job["for_s"] * job["per_second"])):
            at_ns = started_ns + number * 1_000_000_000 // job["per_second"]
            await asyncio.sleep(max(0.0, (at_ns - time.monotonic_ns()) / 1e9))
            event_id = str(uuid4())
            due_ns[event_id] = at_ns
            sends.create_task(send(number, event_id))
    for channel in channels:
        await channel.close(grace=None)
    say({"due_ns": due_ns, "answered_ms": answered_ms, "failures": failures})


if __name__ == "__main__":
    asyncio.run(main())
