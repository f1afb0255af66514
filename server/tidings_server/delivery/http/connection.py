"""One HTTP/1.1 connection to a webhook's host: one request at a time, its answer bounded.

aiohttp's parser reads the answers, so that the framing of HTTP is not written here. aiohttp's client session is not
used: measured, 250 of the 360 µs of processor time that a delivery took were its cookies, redirects, proxies, tracing
and header maps; over this connection a delivery takes 140 µs instead of 350. What is used of aiohttp beyond its public
client (`BaseProtocol`, `HttpResponseParser`, `StreamReader`) and of aiohappyeyeballs is checked by the tests of this
module, against the versions that the lock file pins (tests/delivery/test_connections.py).
"""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader

MAX_READ_BYTES = 64 * 1024
"""Bytes of an answer that are read so that its connection can be used again; a longer one closes the connection."""

MAX_HEAD_BYTES = 64 * 1024
"""Bytes of a head, interim answers among it, and those kept of an answer whose head cannot be parsed."""

MAX_INTERIM = 16
"""Interim answers (1xx) before the answer."""
MAX_FRAMING_BYTES = 8 * 1024
"""Bytes of a body's framing as chunks that are read, beside its content: the parser takes some µs for each chunk."""
PIECE_BYTES = 16 * 1024
"""Most bytes of one call of the parser: a read gives up to 256 KiB, perhaps thousands of interim answers or chunks."""

KEPT_BYTES = 4 * 1024
BUFFER_BYTES = 1 << 20
"""More than one read of a socket gives."""

REST_S = 1.0
"""Time for the rest of an answer once its head is complete: its status has decided, and no more than this is waited."""

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: [^\n]*)?\r?\n")
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_RETRY_AFTER = re.compile(rb"\nRetry-After:[ \t]*([ -~]*)", re.IGNORECASE)
_CONTENT_ENCODING = re.compile(rb"\nContent-Encoding:[ \t]*([ -~]*)", re.IGNORECASE)


class BadAnswer(ConnectionError):
    """The answer is not HTTP, or the connection ended before it began."""


class NotHttp(BadAnswer):
    """The answer is no HTTP."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status, the first `KEPT_BYTES` of the body as they came, and the headers `Retry-After` and `Content-Encoding`."""

    status: int
    body: bytes
    retry_after: str | None
    encoding: str | None


class HttpConnection(BaseProtocol):
    """An open connection. One exchange at a time; once `is_open` is false it is of no more use."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.made_at = self.idle_since = 0.0
        self._reader = HttpResponseParser(
            self,
            loop,
            BUFFER_BYTES,
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            response_with_body=True,
            read_until_eof=True,
            auto_decompress=False,
        )
        self._answered: asyncio.Future[HttpAnswer] | None = None
        self._head: RawResponseMessage | None = None
        self._content: StreamReader | None = None
        self._body, self._raw = b"", b""
        self._read = self._framing = self._interim = 0
        self._rest: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    @property
    def answer(self) -> HttpAnswer | None:
        """The answer as far as it has arrived; None before its first line is complete.

        A status stands, whatever stands beside it and whatever the body becomes.
        """
        if self._head is None:
            return _salvaged(self._raw)
        headers = self._head.headers
        return HttpAnswer(self._head.code, self._body, headers.get("Retry-After"), headers.get("Content-Encoding"))

    @property
    def has_begun(self) -> bool:
        """Whether anything of the present answer has arrived."""
        return bool(self._raw)

    async def post(self, request: bytes) -> HttpAnswer:
        """Sends a whole request; its answer, once as much of it as is read has arrived, or `REST_S` after its head.

        Raises OSError.

        Cancelled, as by a deadline, it ends the connection; `answer` then still has what arrived in time.
        """
        if self.transport is None:
            raise BadAnswer("the connection has ended")
        self._head = self._content = None
        self._body, self._raw = b"", b""
        self._read = self._framing = self._interim = 0
        self._answered = self._loop.create_future()
        self.transport.write(request)
        try:
            return await self._answered
        except asyncio.CancelledError:
            self.cut()
            raise
        finally:
            self._answered = None
            if self._rest is not None:
                self._rest.cancel()
                self._rest = None

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def cut(self) -> None:
        """Ends the connection without waiting for what is still to be written."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            for begins in range(0, len(data), PIECE_BYTES):
                self._take_in(data[begins : begins + PIECE_BYTES])
                if self._answered is not None and self._answered.done():
                    if begins + PIECE_BYTES < len(data):
                        self.cut()
                    return
            if self._head is not None and self._rest is None:
                self._rest = self._loop.call_later(REST_S, partial(self._finish, reusable=False))
        except Exception as error:  # noqa: BLE001  # the parser raises many types, all of them about the answer
            self._end(NotHttp(f"{type(error).__name__}: {error}"))

    def pause_reading(self) -> None:
        """Does nothing: what arrives is taken from the parser at once, so that it never holds too much."""

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's signature
        """Does nothing, as there is no pause."""

    def connection_lost(self, exc: BaseException | None) -> None:
        if exc is not None and self.answer is None:
            self._take_what_is_left()
        super().connection_lost(exc)
        self._end(BadAnswer(str(exc) if exc else "the connection was closed without an answer"))

    def _take_what_is_left(self) -> None:
        """Reads what the receiver answered before it broke the connection off while it was still being sent to."""
        sock = self.transport.get_extra_info("socket") if self.transport is not None else None
        if sock is None or self._answered is None:
            return
        with suppress(OSError):
            self.data_received(os.read(sock.fileno(), MAX_HEAD_BYTES))

    def _take_in(self, data: bytes) -> None:
        """Raises for anything that is no answer, and for an answer to no request."""
        if self._answered is None:
            raise BadAnswer("an answer to no request")
        if self._head is None:
            self._raw += data[: MAX_HEAD_BYTES - len(self._raw)]
        messages, is_upgraded, rest = self._reader.feed_data(data)
        for message, content in messages:
            if self._head is not None:
                raise BadAnswer("a second answer")
            if message.code >= HTTPStatus.OK or message.code == HTTPStatus.SWITCHING_PROTOCOLS:
                self._head, self._content = message, content
            self._interim += self._head is None
        if self._interim > MAX_INTERIM or (self._head is None and len(self._raw) == MAX_HEAD_BYTES):
            raise BadAnswer("a head without end")
        if self._head is not None and self._content is not None:
            arrived = self._content.read_nowait(-1)
            self._read += len(arrived)
            self._framing += 0 if messages else len(data) - len(arrived)
            self._body += arrived[: KEPT_BYTES - len(self._body)]
            is_whole = self._content.at_eof()
            is_enough = self._read >= MAX_READ_BYTES or self._framing > MAX_FRAMING_BYTES
            if is_whole or is_upgraded or is_enough:
                self._finish(reusable=is_whole and not (is_upgraded or rest or self._head.should_close))

    def _finish(self, *, reusable: bool) -> None:
        if not reusable:
            self.cut()
        if self._answered is not None and not self._answered.done() and self.answer is not None:
            self._answered.set_result(self.answer)

    def _end(self, reason: BadAnswer) -> None:
        """Ends the exchange: what has arrived of an answer is the answer."""
        self._finish(reusable=False)
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(reason)


def _salvaged(raw: bytes) -> HttpAnswer | None:
    """The answer that the parser could not read, by the first status line that is none of an interim answer."""
    begins = 0
    while line := _STATUS_LINE.match(raw, begins):
        head_ends = _HEAD_ENDS.search(raw, line.end() - 2)
        if int(line[1]) >= HTTPStatus.OK:
            return _of_head(int(line[1]), raw[begins:], head_ends.end() - begins if head_ends else len(raw) - begins)
        if head_ends is None:
            return None
        begins = head_ends.end()
    return None


def _of_head(status: int, raw: bytes, size: int) -> HttpAnswer:
    retry_after, encoding = (
        found[1].decode() if (found := header.search(raw, 0, size)) else None
        for header in (_RETRY_AFTER, _CONTENT_ENCODING)
    )
    return HttpAnswer(status, raw[size : size + KEPT_BYTES], retry_after, encoding)
