"""A mail server as light as Python allows, so that what is measured is the sender.

Takes every letter and notes when. It says its port, and once `expected` letters are there the instant of each, in
nanoseconds of the machine's monotonic clock.
"""

import asyncio
import time

from tests.bench.processes import given_job, say

LIMIT_S = 300.0
END = b"\r\n.\r\n"
REPLIES = {b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
TAKEN = b"250 taken\r\n"


class Connection(asyncio.Protocol):
    """SMTP without pipelining, which is all that the sender uses."""

    def __init__(self, arrivals: list[int], *, expected: int) -> None:
        self._arrivals = arrivals
        self._expected = expected
        self._buffer = b""
        self._is_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        ending = END if self._is_letter else b"\r\n"
        while (end := self._buffer.find(ending)) >= 0:
            command = self._buffer[:4].upper()
            self._buffer = self._buffer[end + len(ending) :]
            if self._is_letter:
                self._note()
            self._transport.write(TAKEN if self._is_letter else REPLIES.get(command, TAKEN))
            self._is_letter = command == b"DATA" and not self._is_letter
            ending = END if self._is_letter else b"\r\n"

    def _note(self) -> None:
        self._arrivals.append(time.monotonic_ns())
        if len(self._arrivals) == self._expected:
            say({"arrivals": self._arrivals})


async def main() -> None:
    expected = given_job(limit_s=LIMIT_S)["expected"]
    arrivals: list[int] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(arrivals, expected=expected), "127.0.0.1", 0, backlog=1024)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
