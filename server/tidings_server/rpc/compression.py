"""Messages that a client has compressed with gzip, unpacked within the bound of what they may hold.

gRPC's own decompression is off: it would unpack a message of a few kilobytes to any size before anybody looks at it,
credentials included. It leaves such a message as it came; no message of the contract begins as gzip does, since its
first byte would be a field of a wire type that does not exist.
"""

import asyncio
import zlib
from typing import Final

from tidings_server.platform.errors import InvalidInput, PayloadTooLarge

STEP_BYTES: Final = 64 << 10
"""Bytes that are unpacked at once, for a fraction of a millisecond."""

_GZIP: Final = b"\x1f\x8b\x08"
_WITH_HEADER: Final = 16 + zlib.MAX_WBITS
_BROKEN: Final = "The request is not valid gzip."


def is_packed(raw: bytes) -> bool:
    """Whether a message came compressed."""
    return raw.startswith(_GZIP)


async def unpacked(raw: bytes, *, most: int) -> bytes:
    """The message in `raw`, with turns for others. Raises PayloadTooLarge beyond `most` bytes, InvalidInput."""
    parts = []
    for part in _Unpacking(raw, most):
        parts.append(part)
        await asyncio.sleep(0)
    return b"".join(parts)


def unpacked_at_once(raw: bytes, *, most: int) -> bytes:
    """The same without turns, for messages of a few kilobytes."""
    return b"".join(_Unpacking(raw, most))


class _Unpacking:
    """Parts of a message, each of at most STEP_BYTES."""

    def __init__(self, raw: bytes, most: int) -> None:
        self._left = raw
        self._most = most
        self._engine = zlib.decompressobj(_WITH_HEADER)

    def __iter__(self) -> "_Unpacking":
        return self

    def __next__(self) -> bytes:
        if self._engine.eof:
            if self._engine.unused_data:
                raise InvalidInput(_BROKEN)
            raise StopIteration
        try:
            part = self._engine.decompress(self._left, STEP_BYTES)
        except zlib.error:
            raise InvalidInput(_BROKEN) from None
        if not part and not self._engine.eof and not self._engine.unconsumed_tail:
            raise InvalidInput(_BROKEN)
        self._left = self._engine.unconsumed_tail
        self._most -= len(part)
        if self._most < 0:
            raise PayloadTooLarge("The request is larger than allowed when it is unpacked.")
        return part
