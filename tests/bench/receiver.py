"""A webhook receiver as light as Python allows, so that what is measured is the sender.

Answers 200 to every POST and notes when which `webhook-id` came. GET /count says how many came, GET /arrivals which and
when. Instants are the machine's monotonic clock in nanoseconds, the same in all processes of a machine.
"""

import asyncio
import json
import re
import time

from tests.bench.processes import given_job, say

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ID = re.compile(rb"\r\nwebhook-id: *([^\r]+)", re.IGNORECASE)
LIMIT_S = 900.0


Arrivals = list[tuple[str, int]]
"""Message id and instant of every request, in the order they came."""


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive and content-length, which is all that the sender uses."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b"POST"):
            message_id = ID.search(head)
            self._arrivals.append((message_id[1].decode() if message_id else "", time.monotonic_ns()))
            return OK
        body = json.dumps(self._arrivals if head.startswith(b"GET /arrivals") else len(self._arrivals)).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def main() -> None:
    given_job(limit_s=LIMIT_S)
    arrivals: Arrivals = []
    server = await asyncio.get_running_loop().create_server(lambda: Connection(arrivals), "127.0.0.1", 0, backlog=1024)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
