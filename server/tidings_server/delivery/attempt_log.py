"""One log line an attempt to deliver: thousands a second, so many are written at once and past structlog."""

import logging
import sys
from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TextIO

from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.platform.clock import rfc3339_ms

_LINES = {
    "json": (
        '{"at":"%s","level":"%s","event":"attempt","tenant":%d,"subscription":%s,"delivery":%d,"seq":%d,"number":%d,'
        '"outcome":"%s","status":%s,"error":"%s","ms":%.3f}\n'
    ),
    "console": "%s [%s] attempt tenant=%d subscription=%s delivery=%d seq=%d number=%d %s status=%s %s %.3f ms\n",
}


class AttemptLog:
    """Writes lines at once. `level` above INFO leaves out attempts that delivered."""

    def __init__(self, *, level: str = "INFO", form: str = "json", stream: TextIO | None = None) -> None:
        self._failures_only = logging.getLevelNamesMapping()[level] > logging.INFO
        self._template = _LINES[form]
        self._stream = stream

    def write(self, attempts: Iterable[tuple[AttemptResult, str]]) -> None:
        """Writes the lines of decided attempts, each with its subscription's id."""
        stream = self._stream or sys.stderr
        stream.write("".join(self._text(*each) for each in attempts if not (self._failures_only and _is_fine(*each))))
        stream.flush()

    def _text(self, attempt: AttemptResult, subscription_id: str) -> str:
        lease, outcome = attempt.lease, attempt.outcome
        return self._template % (
            _instant(attempt.at // 1_000),
            "warning" if outcome.error_type else "info",
            lease.tenant_id,
            quoted(subscription_id),
            lease.id,
            lease.seq,
            lease.attempts + 1,
            attempt.recorded_outcome,
            "null" if outcome.status is None else outcome.status,
            outcome.error_type.value,
            outcome.duration_s * 1_000,
        )


def _is_fine(attempt: AttemptResult, _subscription_id: str) -> bool:
    return not attempt.outcome.error_type


@lru_cache(maxsize=64)
def _instant(millis: int) -> str:
    """The time of a millisecond, in which many attempts start."""
    return rfc3339_ms(millis * 1_000)
