"""Load generator: gRPC calls with bodies made before, over several channels.

Messages pass as bytes both ways: what the client side costs is no part of what is measured.
"""

import asyncio
from typing import Any

import grpc.aio

from tests.bench.bodies import batch_request, unary_requests
from tests.bench.load import LOAD_FIELDS, Load
from tests.bench.processes import given_job, say

SERVICE = "/tidings.collector.v1.EventService"
CALL_S = 30.0
MAX_MESSAGE_BYTES = 32 * 2**20
SPARE_S = 60.0
OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),  # else all channels share one connection
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
]


async def main() -> None:
    """Job: target, metadata, batch (0: unary), channels, and LOAD_FIELDS."""
    job = given_job(limit_s=3_600)
    requests = [batch_request(job["batch"])] if job["batch"] else unary_requests()
    method = f"{SERVICE}/{'BatchCreateEvents' if job['batch'] else 'CreateEvent'}"
    metadata = tuple((key, value) for key, value in job["metadata"].items())
    channels = [grpc.aio.insecure_channel(job["target"], options=OPTIONS) for _ in range(job["channels"])]
    calls: list[Any] = [channel.unary_unary(method, bytes, bytes) for channel in channels]

    async def call(number: int) -> None:
        request = requests[number % len(requests)]
        await calls[number % len(calls)](request, metadata=metadata, timeout=CALL_S)

    load = Load(call, **{name: job[name] for name in LOAD_FIELDS})
    async with asyncio.timeout(job["warm_s"] + job["for_s"] + SPARE_S):
        answer = await load.run()
    for channel in channels:
        await channel.close(grace=None)
    say(answer)


if __name__ == "__main__":
    asyncio.run(main())
