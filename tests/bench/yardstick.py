"""Yardstick of the machine: grpc.aio answering a call with its own bytes, the least that any server here does.

Run as a child it is the server; `measure` is its caller.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import uvloop

from tests.bench.processes import given_job, running, say

SERVICE, METHOD = "tidings.bench.Echo", "Echo"
IN_FLIGHT = 64
CHANNELS = 4
BODY = b"\0" * 500
FOR_S = 3.0
START_S = 30.0


def measure(directory: Path) -> float:
    """Calls a second of a server that does nothing, its caller beside it on the same machine."""
    with running("tests.bench.yardstick", {}, directory=directory) as child:
        return asyncio.run(_calls_per_second(child.answer(within_s=START_S)["port"]))


async def _calls_per_second(port: int) -> float:
    channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}") for _ in range(CHANNELS)]
    calls: list[Any] = [channel.unary_unary(f"/{SERVICE}/{METHOD}", bytes, bytes) for channel in channels]
    started = time.monotonic()
    counts = await asyncio.gather(*(_call(calls[each % CHANNELS], started + FOR_S) for each in range(IN_FLIGHT)))
    for channel in channels:
        await channel.close()
    return sum(counts) / (time.monotonic() - started)


async def _call(call: Any, until: float) -> int:
    count = 0
    while time.monotonic() < until:
        await call(BODY)
        count += 1
    return count


async def _serve() -> None:
    async def echo(request: bytes, _context: object) -> bytes:
        return request

    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {METHOD: grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    say({"port": port})
    await server.wait_for_termination()


if __name__ == "__main__":
    given_job(limit_s=120.0)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
