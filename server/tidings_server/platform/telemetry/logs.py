"""Log lines: structured, one object a line, on stderr.

`structlog.get_logger()` is for what happens now and then. The line of every RPC has a path of its own (`AccessLog`),
since it is written thousands of times a second.
"""

import asyncio
import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, TextIO

import structlog

from tidings_server.platform.clock import US_PER_S, Clock, rfc3339_ms

request_id: ContextVar[str] = ContextVar("tidings_request_id", default="")
"""Id of the request that this task serves: every line written meanwhile carries it."""

MASK = "********"
FLUSH_AFTER_S = 0.1

_SECRET_NAMES = re.compile(r"secret|token|password|authorization|api_?key|credential", re.IGNORECASE)

_READERS_OF_SETTINGS = (
    "opentelemetry.util.re",
    "opentelemetry.sdk.resources",
    "opentelemetry.sdk.trace.sampling",
)
"""Loggers of libraries that print a value of the environment which they cannot read, such as headers with a token."""
_PLACE_OF_VALUE = re.compile(r"%[-#0 +.\d]*[a-z]")

_FAULTS = frozenset({"INTERNAL", "UNKNOWN"})
_LINES = {
    "json": (
        '{"at":"%s","level":"%s","event":"rpc","method":"%s","code":"%s","ms":%.3f,'
        '"request_id":"%s","tenant":%s,"actor":%s,"path":%s}\n'
    ),
    "console": "%s [%s] %s %s %.3f ms %s tenant=%s actor=%s path=%s\n",
}

_RENDERERS: dict[str, list[structlog.types.Processor]] = {
    "json": [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    # Its usual tracebacks print local variables, and with them whatever secret a caller sent.
    "console": [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)],
}

Event = MutableMapping[str, Any]


def form_of(setting: str) -> str:
    """Form of log lines: `auto` is text for a person at a terminal, JSON for programs."""
    if setting != "auto":
        return setting
    return "console" if sys.stderr.isatty() else "json"


def configure(clock: Clock, *, level: str, form: str, stream: TextIO | None = None) -> None:
    """Lead all log lines, those of libraries too, to `stream`, else to stderr. `form` is `json` or `console`."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        _stamped(clock),
        _with_request_id,
        _without_secrets,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_RENDERERS[form]],
        )
    )
    others = max(logging.getLevelNamesMapping()[level], logging.INFO)  # below it they log bodies, headers and values
    logging.basicConfig(level=others, handlers=[handler], force=True)
    logging.getLogger("tidings_server").setLevel(level)
    logging.getLogger("alembic.runtime").setLevel("WARNING")  # each start is no news
    logging.getLogger("grpc._cython.cygrpc").addFilter(_shows_no_header)
    for name in _READERS_OF_SETTINGS:
        logging.getLogger(name).addFilter(_without_values)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class AccessLog:
    """One line an RPC. Lines are gathered for FLUSH_AFTER_S and written together; a failed RPC's line goes out at once.

    `level` above INFO leaves out all but our own faults. Nothing that a caller chose is written unquoted.
    """

    def __init__(self, clock: Clock, *, level: str = "INFO", form: str = "json", stream: TextIO | None = None) -> None:
        self._clock = clock
        self._faults_only = logging.getLevelNamesMapping()[level] > logging.INFO
        self._template = _LINES[form]
        self._stream = stream
        self._lines: list[str] = []
        self._second = -1
        self._prefix = ""

    def rpc(
        self, method: str, *, code: str, seconds: float, request_id: str, tenant: str, actor: str, path: str
    ) -> None:
        """Note an answered RPC. `path` is the requested path without its query, which may hold secrets."""
        is_fault = code in _FAULTS
        if self._faults_only and not is_fault:
            return
        level = "error" if is_fault else "info"
        self._lines.append(
            self._template
            % (
                self._now(),
                level,
                method,
                code,
                seconds * 1_000,
                request_id,
                quoted(tenant),
                quoted(actor),
                quoted(path),
            )
        )
        if is_fault:
            self.flush()
        elif len(self._lines) == 1:
            asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)

    def flush(self) -> None:
        """Write what was gathered; at the end of the process too."""
        lines, self._lines = self._lines, []
        if lines:
            stream = self._stream or sys.stderr
            stream.write("".join(lines))
            stream.flush()

    def _now(self) -> str:
        second, micros = divmod(self._clock.now_us(), US_PER_S)
        if second != self._second:
            self._second, self._prefix = second, rfc3339_ms(second * US_PER_S)[:-4]
        return f"{self._prefix}{micros // 1_000:03d}Z"


def _shows_no_header(record: logging.LogRecord) -> bool:
    """Whether gRPC's record shows no value of a header: one that is not UTF-8 is printed, and may be a secret."""
    return record.msg != "Invalid encoding on %s"


def _without_values(record: logging.LogRecord) -> bool:
    """Leave the values of a record out of it."""
    record.msg, record.args = _PLACE_OF_VALUE.sub("…", str(record.msg)), ()
    return True


def _stamped(clock: Clock) -> structlog.types.Processor:
    def stamp(_logger: object, _method: str, event: Event) -> Event:
        return {"at": rfc3339_ms(clock.now_us()), **event}

    return stamp


def _with_request_id(_logger: object, _method: str, event: Event) -> Event:
    if current := request_id.get():
        event["request_id"] = current
    return event


def _without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """The last net: a field that is named like a secret is masked, whoever logged it."""
    return {name: MASK if _SECRET_NAMES.search(name) else value for name, value in event.items()}
