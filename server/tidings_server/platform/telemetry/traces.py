"""Spans by OpenTelemetry when a collector is set. The W3C trace context travels on events either way."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

EXPORT_S = 3.0
"""How long sending a batch may take, with all its tries; also what a collector that is gone delays a stop by."""


class Tracer(Protocol):
    """Makes spans. `parent` and what a span gives are W3C `traceparent` headers."""

    def span(self, name: str, *, parent: str | None) -> AbstractContextManager[str | None]: ...

    def close(self) -> None: ...


class Untraced:
    """No spans: the caller's trace context goes on as it came."""

    def span(self, name: str, *, parent: str | None) -> AbstractContextManager[str | None]:  # noqa: ARG002 - the port's
        return nullcontext(parent)

    def close(self) -> None:
        """Nothing to send."""


class OtlpTracer:
    """Spans for an OpenTelemetry collector, sent in batches from a thread of its own.

    The SDK is imported only here: it costs 20 MB that an untraced server does not need.
    """

    def __init__(self, endpoint: str) -> None:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "tidings"}))
        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https://"), timeout=EXPORT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tidings")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, *, parent: str | None) -> Iterator[str | None]:
        """A span below `parent`; an exception that leaves it is recorded on it."""
        context = self._propagator.extract({"traceparent": parent} if parent else {})
        with self._tracer.start_as_current_span(name, context=context):
            carrier: dict[str, str] = {}
            self._propagator.inject(carrier)
            yield carrier.get("traceparent")

    def close(self) -> None:
        """Send what is still to be sent."""
        self._provider.shutdown()


def tracer(otlp_endpoint: str) -> Tracer:
    """The tracer that the setting asks for; an empty endpoint asks for none."""
    return OtlpTracer(otlp_endpoint) if otlp_endpoint else Untraced()
