"""HTTP/2 by hand (RFC 9113), for clients that no library would be: they reset, flood, and do not read."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
INITIAL_WINDOW_SIZE = 4
CANCEL = 8


@dataclass
class Connection:
    """One connection to a loopback port."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    streams: int = field(default=-1)

    def send(self, kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> None:
        self.writer.write(len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload)

    def request(self, headers: Mapping[str, str], *, ends: bool = True) -> int:
        """Opens a stream; its number."""
        self.streams += 2
        self.send(HEADERS, packed(headers), flags=END_HEADERS | (END_STREAM if ends else 0), stream=self.streams)
        return self.streams

    async def frame(self) -> tuple[int, int, int, bytes]:
        """The next frame: kind, flags, stream, payload. Raises IncompleteReadError and ConnectionError at the end."""
        head = await self.reader.readexactly(9)
        payload = await self.reader.readexactly(int.from_bytes(head[:3]))
        return head[3], head[4], int.from_bytes(head[5:]) & 0x7FFFFFFF, payload

    async def read_to_the_end(self) -> list[int]:
        """Kinds of all frames until the other side closes."""
        kinds = []
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kinds.append((await self.frame())[0])
        return kinds


@asynccontextmanager
async def connected(port: int, *, window: int = 65_535) -> AsyncIterator[Connection]:
    """A connection whose streams may be sent `window` bytes each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = Connection(reader, writer)
    writer.write(PREFACE)
    connection.send(SETTINGS, INITIAL_WINDOW_SIZE.to_bytes(2) + window.to_bytes(4))
    try:
        yield connection
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def packed(headers: Mapping[str, str]) -> bytes:
    """A header block of literals without index (RFC 7541, 6.2.2)."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in headers.items())


def _text(value: str) -> bytes:
    raw = value.encode()
    if len(raw) < 127:
        return bytes((len(raw),)) + raw
    rest, octets = len(raw) - 127, [127]
    while rest >= 128:
        octets.append(rest % 128 + 128)
        rest //= 128
    return bytes((*octets, rest)) + raw
