"""Reading the answer to one HTTP/1.1 request, from whatever pieces it arrives in.

Only what a sender needs: the status, the headers, the first bytes of the body, and whether the connection may carry
another request. Source: RFC 9112.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MAX_HEAD_BYTES: Final = 32 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
"""A longer body is not read to its end: the answer is taken as it is, and its connection given up."""
KEPT_BYTES: Final = 4 * 1024

_HEAD_END: Final = b"\r\n\r\n"
_LINE_END: Final = b"\r\n"
_MAX_LINE_BYTES: Final = 1_024
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_FIRST_FINAL_STATUS: Final = 200
_BODILESS: Final = frozenset({204, 304})


class BadAnswer(ConnectionError):
    """What came back is no answer of HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer. Names of headers are in lower case; `body` has its first 4 KiB.

    `is_reusable`: it came whole, and its connection stays open.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_reusable: bool


class AnswerReader:
    """Takes in one answer to a POST; informational ones (1xx) before it are passed over."""

    def __init__(self) -> None:
        self._buffer = b""
        self._status = 0
        self._headers: dict[str, str] = {}
        self._is_persistent = False
        self._is_chunked = False
        self._is_ending = False
        self._left: int | None = None
        self._body = b""
        self._read = 0

    def feed(self, data: bytes) -> Answer | None:
        """The answer as soon as it is complete; then the reader is done. Raises BadAnswer."""
        self._buffer += data
        while not self._status:
            if not self._take_head():
                return None
        return self._chunks() if self._is_chunked else self._plain()

    def cut(self) -> Answer | None:
        """What there is when no more is to come: the status stands whatever has become of the body."""
        return Answer(self._status, self._headers, self._body, is_reusable=False) if self._status else None

    @property
    def has_begun(self) -> bool:
        """Whether anything of an answer has come."""
        return bool(self._status or self._buffer)

    def _take_head(self) -> bool:
        end = self._buffer.find(_HEAD_END, 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._buffer) >= MAX_HEAD_BYTES:
                raise BadAnswer("The head of the answer is too long.")
            return False
        status_line, *lines = self._buffer[:end].split(_LINE_END)
        self._buffer = self._buffer[end + len(_HEAD_END) :]
        matched = _STATUS.fullmatch(status_line)
        if matched is None:
            raise BadAnswer("The answer is not HTTP/1.1.")
        if int(matched[2]) >= _FIRST_FINAL_STATUS:
            self._status, self._headers = int(matched[2]), _fields(lines)
            self._frame(is_http_1_1=matched[1] == b"1")
        return True

    def _frame(self, *, is_http_1_1: bool) -> None:
        """How the end of the body will be known. Source: RFC 9112, 6.3."""
        coding, length = self._headers.get("transfer-encoding"), self._headers.get("content-length")
        is_open = is_http_1_1 and "close" not in self._headers.get("connection", "").lower()
        if self._status in _BODILESS:
            self._left = 0
        elif coding is not None:
            self._is_chunked = coding.lower() == "chunked"
        elif length is not None:
            if not _LENGTH.fullmatch(length):
                raise BadAnswer("The length of the answer is not a number.")
            self._left = int(length)
        self._is_persistent = is_open and (self._left is not None or (self._is_chunked and length is None))

    def _plain(self) -> Answer | None:
        """A body of known length, or all that comes until the connection ends."""
        if self._left is None:
            self._keep(self._buffer)
            self._buffer = b""
        else:
            data, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
            self._keep(data)
            self._left -= len(data)
        if self._left == 0:
            return self._whole()
        return self.cut() if self._read > MAX_BODY_BYTES else None

    def _chunks(self) -> Answer | None:
        """`_left` counts what remains of a chunk, the line end after it included."""
        while self._read <= MAX_BODY_BYTES:
            if self._left:
                if not self._buffer:
                    return None
                piece, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
                self._keep(piece[: max(0, self._left - len(_LINE_END))])
                self._left -= len(piece)
            elif (line := self._line()) is None:
                return None
            elif not self._is_ending:
                self._begin_chunk(line)
            elif not line:
                return self._whole()
        return self.cut()

    def _begin_chunk(self, line: bytes) -> None:
        matched = _CHUNK.fullmatch(line)
        if matched is None:
            raise BadAnswer("A chunk of the answer has no length.")
        size = int(matched[1], 16)
        self._is_ending = not size
        self._left = size + len(_LINE_END) if size else 0

    def _line(self) -> bytes | None:
        end = self._buffer.find(_LINE_END, 0, _MAX_LINE_BYTES)
        if end < 0:
            if len(self._buffer) >= _MAX_LINE_BYTES:
                raise BadAnswer("A line of the answer is too long.")
            return None
        line, self._buffer = self._buffer[:end], self._buffer[end + len(_LINE_END) :]
        self._read += end
        return line

    def _keep(self, data: bytes) -> None:
        self._read += len(data)
        if len(self._body) < KEPT_BYTES:
            self._body += data[: KEPT_BYTES - len(self._body)]

    def _whole(self) -> Answer:
        """Bytes beyond the answer belong to no request of ours."""
        return Answer(self._status, self._headers, self._body, is_reusable=self._is_persistent and not self._buffer)


def _fields(lines: Iterable[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        matched = _FIELD.fullmatch(line)
        if matched is None:
            raise BadAnswer("A header of the answer is malformed.")
        name, value = matched[1].decode("ascii").lower(), matched[2].decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
