"""Spans by OpenTelemetry when a collector is set. The W3C trace context travels on events either way.

Names and attributes are those of OpenTelemetry's semantic conventions. A call that the caller got wrong is no error of
the server's span.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

EXPORT_S = 3.0
"""How long sending a batch may take, with all its tries; also what a collector that is gone delays a stop by."""
GRPC, HTTP = "grpc", "http/protobuf"
TRACES_PATH = "/v1/traces"
ENVIRONMENT: Mapping[str, str] = os.environ  # noqa: TID251 - the SDK's own variables, which it reads there, too
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
NAME = "tidings"

REFUSED = "OpenTelemetry does not take this value."
OF_BATCHES = {
    "max_queue_size": "OTEL_BSP_MAX_QUEUE_SIZE",
    "max_export_batch_size": "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "schedule_delay_millis": "OTEL_BSP_SCHEDULE_DELAY",
    "export_timeout_millis": "OTEL_BSP_EXPORT_TIMEOUT",
}
"""Variables by the arguments that the SDK names where it refuses their values."""
_ARGUMENT = re.compile("|".join(OF_BATCHES))
_VARIABLE = re.compile(r"\bOTEL_[A-Z_]+")

Attributes = Mapping[str, str | int]


class BadTraceSettings(Exception):
    """A variable of OpenTelemetry has a value that its SDK does not take."""


class SpanKind(StrEnum):
    """Role of a span: it answers a call, makes one, or sends a message."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"


class Span(Protocol):
    """A span that is under way. `traceparent` is the W3C header of what it causes."""

    @property
    def traceparent(self) -> str | None: ...

    def note(self, attributes: Attributes) -> None: ...

    def fail(self, reason: str) -> None: ...


class Tracer(Protocol):
    """Makes spans. `parent` and `links` are W3C `traceparent` headers; `links` tell of what a span is about too."""

    def span(
        self,
        name: str,
        *,
        parent: str | None,
        kind: SpanKind,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> AbstractContextManager[Span]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class NoSpan:
    """A span that is not recorded: the caller's trace context goes on as it came."""

    traceparent: str | None

    def note(self, attributes: Attributes) -> None:
        """Record nothing."""

    def fail(self, reason: str) -> None:
        """Record nothing."""


class Untraced:
    """No spans."""

    def span(
        self,
        name: str,  # noqa: ARG002 - the port's
        *,
        parent: str | None,
        kind: SpanKind,  # noqa: ARG002
        attributes: Attributes | None = None,  # noqa: ARG002
        links: Sequence[str] = (),  # noqa: ARG002
    ) -> AbstractContextManager[Span]:
        return nullcontext(NoSpan(parent))

    def close(self) -> None:
        """Nothing to send."""


class OtlpTracer:
    """Spans for an OpenTelemetry collector, sent in batches from a thread of its own.

    The SDK is imported only here: it costs 20 MB that an untraced server does not need. It reads the variables that
    OpenTelemetry has for resources, samplers, batches, headers and certificates by itself.
    """

    def __init__(self, endpoint: str, *, protocol: str = GRPC, service_name: str = NAME) -> None:
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._trace = trace
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service_name}))
        self._provider.add_span_processor(BatchSpanProcessor(_exporter(endpoint, protocol)))
        self._tracer = self._provider.get_tracer(NAME)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self,
        name: str,
        *,
        parent: str | None,
        kind: SpanKind,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> Iterator[Span]:
        """A span below `parent`. What leaves it as an exception is no error by itself: `Span.fail` says so."""
        linked = [self._trace.Link(self._context(one)) for one in links]
        with self._tracer.start_as_current_span(
            name,
            context=self._extracted(parent),
            kind=self._trace.SpanKind[kind.value],
            attributes=dict(attributes or {}),
            links=[link for link in linked if link.context.is_valid],
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            carrier: dict[str, str] = {}
            self._propagator.inject(carrier)
            yield _OtlpSpan(span, carrier.get("traceparent"), self._trace.StatusCode.ERROR)

    def close(self) -> None:
        """Send what is still to be sent."""
        self._provider.shutdown()

    def _extracted(self, traceparent: str | None) -> Any:
        return self._propagator.extract({"traceparent": traceparent} if traceparent else {})

    def _context(self, traceparent: str) -> Any:
        return self._trace.get_current_span(self._extracted(traceparent)).get_span_context()


@dataclass(frozen=True, slots=True)
class _OtlpSpan:
    span: Any
    traceparent: str | None
    error: Any

    def note(self, attributes: Attributes) -> None:
        self.span.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        self.span.set_status(self.error, reason)
        self.span.set_attribute("error.type", reason)


def tracer(otlp_endpoint: str, *, protocol: str = GRPC, service_name: str = "") -> Tracer:
    """The tracer that the settings ask for; an empty endpoint and OpenTelemetry's own switches ask for none.

    Raises BadTraceSettings for a variable of OpenTelemetry with a value that its SDK does not take.
    """
    if not otlp_endpoint or _is_off():
        return Untraced()
    for name in OF_BATCHES.values():  # the SDK would log a traceback, and go on with its default
        if not re.fullmatch(r"(\s*-?[0-9]{1,18})?\s*", ENVIRONMENT.get(name, "0")):
            raise BadTraceSettings(f"{name}: {REFUSED}")
    from opentelemetry.exporter.otlp.proto.grpc.exporter import InvalidCompressionValueException  # noqa: PLC0415

    try:
        return OtlpTracer(otlp_endpoint, protocol=protocol, service_name=service_name or NAME)
    except (ValueError, InvalidCompressionValueException) as error:
        arguments = [OF_BATCHES[name] for name in _ARGUMENT.findall(str(error))]
        suspects = _VARIABLE.findall(str(error)) or [name for name in arguments or TIMEOUTS if name in ENVIRONMENT]
        raise BadTraceSettings(f"{suspects[0] if suspects else 'OTEL_…'}: {REFUSED}") from None


def _is_off() -> bool:
    disabled, exporter = ENVIRONMENT.get("OTEL_SDK_DISABLED", ""), ENVIRONMENT.get("OTEL_TRACES_EXPORTER", "")
    return disabled.strip().lower() == "true" or exporter.strip().lower() == "none"


def _exporter(endpoint: str, protocol: str) -> Any:
    """The exporter of a protocol. Over HTTP the path of traces is added to the endpoint where it is not there."""
    timeout_s = None if any(name in ENVIRONMENT for name in TIMEOUTS) else EXPORT_S  # None: the exporter reads them
    if protocol == HTTP:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http  # noqa: PLC0415

        url = endpoint if endpoint.endswith(TRACES_PATH) else endpoint.rstrip("/") + TRACES_PATH
        return Http(endpoint=url, timeout=timeout_s)
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https://"), timeout=timeout_s)
