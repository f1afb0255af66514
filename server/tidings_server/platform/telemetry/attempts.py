"""One line an attempt to deliver: written thousands of times a second, so many at once and past structlog."""

import logging
import sys
from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple, TextIO

from tidings_server.platform.clock import rfc3339_ms

_LINES = {
    "json": (
        '{"at":"%s","level":"%s","event":"attempt","tenant":%d,"subscription":%s,"delivery":%d,"seq":%d,"number":%d,'
        '"outcome":"%s","status":%s,"error":"%s","ms":%.3f}\n'
    ),
    "console": "%s [%s] attempt tenant=%d subscription=%s delivery=%d seq=%d number=%d %s status=%s %s %.3f ms\n",
}


class AttemptLine(NamedTuple):
    """What a line tells. `at` in microseconds; `outcome` and `error` are words of ours, never a caller's."""

    at: int
    tenant: int
    subscription: str
    delivery: int
    seq: int
    number: int
    outcome: str
    status: int | None
    error: str
    ms: float


class AttemptLog:
    """Writes lines as they are handed over. `level` above INFO leaves out what was delivered."""

    def __init__(self, *, level: str = "INFO", form: str = "json", stream: TextIO | None = None) -> None:
        self._failures_only = logging.getLevelNamesMapping()[level] > logging.INFO
        self._template = _LINES[form]
        self._stream = stream

    def write(self, lines: Iterable[AttemptLine]) -> None:
        stream = self._stream or sys.stderr
        stream.write("".join(self._text(line) for line in lines if line.error or not self._failures_only))
        stream.flush()

    def _text(self, line: AttemptLine) -> str:
        at, tenant, subscription, *rest, status, error, ms = line
        level = "warning" if error else "info"
        shown = "null" if status is None else status
        return self._template % (_instant(at // 1_000), level, tenant, quoted(subscription), *rest, shown, error, ms)


@lru_cache(maxsize=64)
def _instant(millis: int) -> str:
    """Many attempts start in the same millisecond."""
    return rfc3339_ms(millis * 1_000)
