"""Load generator: one stream of events that keeps to the window it is told, with ids of its own.

Events are encoded before, but for their ids, which are appended: what the client side costs is no part of what is
measured.
"""

import asyncio
import os
import time
from collections import deque
from typing import Any

import grpc.aio
import psutil

from tests.bench.bodies import DISTINCT, order_event
from tests.bench.figures import percentile
from tests.bench.processes import given_job, say
from tidings.collector.v1.publishing_pb2 import EventAcknowledgement, PublishEventsResponse

PUBLISH = "/tidings.collector.v1.PublishService/PublishEvents"
SPARE_S = 60.0
_TAGS = b"\x0a", b"\x32"
"""Of an event in its message, and of an id in its event."""


class Producer:
    """Sends messages of so many events as the window allows, and counts what is acknowledged."""

    def __init__(self, call: Any, *, per_message: int) -> None:
        self._call = call
        self._per_message = per_message
        self._bodies = [order_event(number).SerializeToString() for number in range(DISTINCT)]
        self._run = os.urandom(6).hex()
        self._sent = self._acknowledged = self.stored = 0
        self._window = (0, 0)
        self._in_flight: deque[tuple[int, float]] = deque()
        self._has_room = asyncio.Event()
        self.times_ms: list[float] = []

    async def send(self, until: float) -> None:
        """Send until this instant (monotonic seconds), then end the stream."""
        while time.monotonic() < until:
            raw = b"".join(map(self._encoded, range(self._sent, self._sent + self._per_message)))
            await self._room(len(raw))
            self._sent += self._per_message
            self._in_flight.append((self._sent, time.monotonic()))
            await self._call.write(raw)
        await self._call.done_writing()

    async def receive(self) -> None:
        """Take acknowledgements until the stream ends."""
        while (raw := await self._call.read()) is not grpc.aio.EOF:
            response = PublishEventsResponse.FromString(raw)
            self._acknowledged += len(response.acknowledgements)
            self.stored += sum(each.outcome == EventAcknowledgement.STORED for each in response.acknowledgements)
            if response.HasField("window"):
                self._window = (response.window.events, response.window.bytes)
            while self._in_flight and self._in_flight[0][0] <= self._acknowledged:
                self.times_ms.append((time.monotonic() - self._in_flight.popleft()[1]) * 1_000)
            self._has_room.set()

    @property
    def refused(self) -> int:
        return self._acknowledged - self.stored

    async def _room(self, size: int) -> None:
        while True:
            unacknowledged = self._sent - self._acknowledged
            has_bytes = not unacknowledged or (unacknowledged / self._per_message + 1) * size <= self._window[1]
            if has_bytes and unacknowledged + self._per_message <= self._window[0]:
                return
            self._has_room.clear()
            await self._has_room.wait()

    def _encoded(self, number: int) -> bytes:
        event_id = f"{self._run}-{number:012d}".encode()
        event = self._bodies[number % DISTINCT] + _TAGS[1] + bytes((len(event_id),)) + event_id
        size = len(event)
        return _TAGS[0] + bytes((size & 0x7F | 0x80, size >> 7)) + event


async def main() -> None:
    """Job: target, metadata, per_message, warm_s, for_s, server_pid."""
    job = given_job(limit_s=3_600)
    server = psutil.Process(job["server_pid"])
    async with grpc.aio.insecure_channel(job["target"]) as channel:
        call: Any = channel.stream_stream(PUBLISH)(metadata=tuple(job["metadata"].items()))
        producer = Producer(call, per_message=job["per_message"])
        counts_from = time.monotonic() + job["warm_s"]
        async with asyncio.timeout(job["warm_s"] + job["for_s"] + SPARE_S), asyncio.TaskGroup() as group:
            receiving = group.create_task(producer.receive())
            group.create_task(producer.send(counts_from + job["for_s"]))
            await asyncio.sleep(job["warm_s"])
            before, spent, began = producer.stored, _cpu_s(server), time.monotonic()
            producer.times_ms.clear()
            own = time.process_time()
            await asyncio.sleep(job["for_s"])
            count, seconds = producer.stored - before, time.monotonic() - began
            cores = (_cpu_s(server) - spent) / seconds, (time.process_time() - own) / seconds
            times = list(producer.times_ms)
            await receiving
    say(
        {
            "count": count,
            "seconds": seconds,
            "p50_ms": percentile(times, 0.5),
            "p99_ms": percentile(times, 0.99),
            "failed": producer.refused,
            "failure": "an event was refused or a duplicate",
            "server_cores": cores[0],
            "client_cores": cores[1],
        }
    )


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    asyncio.run(main())
