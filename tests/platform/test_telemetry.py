"""Telemetry of the server: parseable, complete, and free of secrets."""

import io
import json
import logging
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from tidings_server.platform.clock import ManualClock
from tidings_server.platform.telemetry import logs, metrics
from tidings_server.platform.telemetry.traces import BadTraceSettings, OtlpTracer, SpanKind, Untraced, tracer


@pytest.fixture
def configured() -> Iterator[None]:
    """Leaves logging as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


async def _line(stream: io.StringIO, *, form: str = "json", level: str = "INFO", code: str = "OK", **more: str) -> str:
    log = logs.AccessLog(ManualClock(), level=level, form=form, stream=stream)
    fields = {"request_id": "r", "tenant": "demo", "actor": "a", "path": "/api/v1/events", **more}
    log.rpc("/s/M", code=code, seconds=0.0015, **fields)
    log.flush()
    return stream.getvalue()


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization hunter2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "hunter2"),
        ("OTEL_TRACES_SAMPLER", "hunter2"),
    ],
)
def test_a_bad_variable_of_opentelemetry_is_reported_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    stream = io.StringIO()
    logs.configure(ManualClock(), level="INFO", form="json", stream=stream)
    monkeypatch.setenv(name, value)
    tracer("http://127.0.0.1:1").close()
    assert "…" in json.loads(stream.getvalue().splitlines()[0])["event"]
    assert "hunter2" not in stream.getvalue()


async def test_an_rpc_is_one_line_with_every_fact() -> None:
    assert json.loads(await _line(io.StringIO())) == {
        "at": "2026-01-01T00:00:00.000Z",
        "level": "info",
        "event": "rpc",
        "method": "/s/M",
        "code": "OK",
        "ms": 1.5,
        "request_id": "r",
        "tenant": "demo",
        "actor": "a",
        "path": "/api/v1/events",
    }


@given(actor=st.text(), path=st.text())
async def test_nothing_that_a_caller_chooses_breaks_a_line(actor: str, path: str) -> None:
    line = await _line(io.StringIO(), actor=actor, path=path)
    assert line.count("\n") == 1
    assert (json.loads(line)["actor"], json.loads(line)["path"]) == (actor, path)


async def test_a_line_for_people_has_the_same_facts() -> None:
    line = await _line(io.StringIO(), form="console")
    assert line == '2026-01-01T00:00:00.000Z [info] /s/M OK 1.500 ms r tenant="demo" actor="a" path="/api/v1/events"\n'


@pytest.mark.parametrize(("code", "lines"), [("OK", 0), ("NOT_FOUND", 0), ("INTERNAL", 1)])
async def test_a_high_level_leaves_our_own_faults(code: str, lines: int) -> None:
    assert (await _line(io.StringIO(), level="WARNING", code=code)).count("\n") == lines


async def test_a_fault_is_written_at_once() -> None:
    stream = io.StringIO()
    log = logs.AccessLog(ManualClock(), stream=stream)
    log.rpc("/s/M", code="INTERNAL", seconds=0, request_id="r", tenant="", actor="", path="")
    assert json.loads(stream.getvalue())["level"] == "error"


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.usefixtures("configured")
def test_a_traceback_shows_no_local_variables(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ManualClock(), level="INFO", form=form)
    secret = f"s{3}cret"  # put together here, since tracebacks do show lines of source
    try:
        _fail(secret)
    except ValueError:
        structlog.get_logger().exception("unexpected_error", method="/s/M")
    written = capsys.readouterr().err
    assert "ValueError: 6" in written
    assert secret not in written


def _fail(token: str) -> None:
    raise ValueError(len(token))


@pytest.mark.usefixtures("configured")
def test_a_field_that_is_named_like_a_secret_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(ManualClock(), level="INFO", form="json")
    reset = logs.request_id.set("r-7")
    structlog.get_logger().info("made", client_secret="s3cret", Authorization="s3cret", api_key="s3cret", tenant="demo")
    logging.getLogger("library").warning("from a library")
    logs.request_id.reset(reset)
    made, library = map(json.loads, capsys.readouterr().err.splitlines())
    masked = {"client_secret": logs.MASK, "Authorization": logs.MASK, "api_key": logs.MASK}
    common = {"at": "2026-01-01T00:00:00.000Z", "request_id": "r-7"}
    assert made == {"event": "made", "level": "info", "tenant": "demo", **common, **masked}
    assert library == {"event": "from a library", "level": "warning", **common}


def test_metrics_are_served_on_loopback_under_their_names() -> None:
    metrics.RPC.labels("/s/M", "OK").inc()
    with (
        metrics.served("127.0.0.1", 0, may_move=False) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = answer.read().decode()
    for name in (
        'tidings_rpc_total{code="OK",method="/s/M"}',
        "tidings_rpc_seconds",
        "tidings_log_head",
        "tidings_consumer_lag",
        "tidings_deliveries_total",
        "tidings_delivery_oldest_due_seconds",
        "tidings_storage_low",
        "process_resident_memory_bytes",
    ):
        assert name in text


def test_tenants_are_counted_apart_up_to_a_bound() -> None:
    stored = {1: 7}
    meter = metrics.TenantMeter(lambda tenant: stored.get(tenant, 0))
    for number in range(1, metrics.MOST_TENANTS + 3):
        meter.note(number, f"metered-{number}", "OK")
    meter.note(1, "metered-1", "NOT_FOUND")
    read = metrics.REGISTRY.get_sample_value
    assert read("tidings_tenant_rpc_total", {"tenant": "metered-1", "code": "OK"}) == 1
    assert read("tidings_tenant_rpc_total", {"tenant": "metered-1", "code": "NOT_FOUND"}) == 1
    assert read("tidings_tenant_rpc_total", {"tenant": metrics.OTHERS, "code": "OK"}) == 2
    stored[1] = 9
    assert read("tidings_tenant_stored_bytes", {"tenant": "metered-1"}) == 9
    assert read("tidings_tenant_stored_bytes", {"tenant": f"metered-{metrics.MOST_TENANTS + 1}"}) is None


def test_a_taken_metrics_port_is_no_reason_not_to_start() -> None:
    with (
        metrics.served("127.0.0.1", 0, may_move=False) as port,
        metrics.served("127.0.0.1", port, may_move=True) as other,
    ):
        assert other != port


def test_without_a_collector_the_callers_trace_goes_on() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert isinstance(tracer(""), Untraced)
    with tracer("").span("x", parent=parent, kind=SpanKind.SERVER) as span:
        assert span.traceparent == parent


class Collector(TraceServiceServicer):
    """An OpenTelemetry collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def Export(self, request: ExportTraceServiceRequest, _context: object) -> ExportTraceServiceResponse:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    server, collector = grpc.server(ThreadPoolExecutor(1)), Collector()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # generated
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def test_with_a_collector_each_span_is_the_parent_of_what_it_causes(collector: tuple[Collector, str]) -> None:
    kept, endpoint = collector
    traced = tracer(endpoint)
    assert isinstance(traced, OtlpTracer)
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with traced.span("x", parent=f"00-{trace_id}-b7ad6b7169203331-01", kind=SpanKind.SERVER) as first:
        child = first.traceparent
        assert child is not None
        with traced.span("y", parent=child, kind=SpanKind.CLIENT):
            pass
    traced.close()
    y, x = kept.spans
    assert (x.name, x.trace_id.hex(), x.parent_span_id.hex()) == ("x", trace_id, "b7ad6b7169203331")
    assert (y.name, y.trace_id, y.parent_span_id) == ("y", x.trace_id, x.span_id)
    assert child.split("-")[1:3] == [trace_id, x.span_id.hex()]


def test_a_call_without_a_trace_starts_one(collector: tuple[Collector, str]) -> None:
    traced = tracer(collector[1])
    with traced.span("x", parent=None, kind=SpanKind.SERVER) as first:
        assert first.traceparent is not None
    traced.close()
    assert [span.parent_span_id for span in collector[0].spans] == [b""]


@pytest.mark.parametrize(("variable", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")])
def test_the_switches_of_opentelemetry_turn_spans_off(
    collector: tuple[Collector, str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    traced = tracer(collector[1])
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with traced.span("x", parent=parent, kind=SpanKind.SERVER) as span:
        assert span.traceparent == parent
    traced.close()
    assert not collector[0].spans


@pytest.mark.parametrize(
    ("variables", "kept"),
    [
        ({"OTEL_TRACES_SAMPLER": "always_off"}, 0),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1"}, 1),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1"}, 1),
        ({"OTEL_EXPORTER_OTLP_TIMEOUT": "5"}, 1),
    ],
)
def test_variables_of_the_sdk_are_read(
    collector: tuple[Collector, str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], kept: int
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    traced = tracer(collector[1])
    with traced.span("x", parent=None, kind=SpanKind.SERVER, attributes={"a": 1, "b": 2}):
        pass
    traced.close()
    limited = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT" in variables
    assert [len(span.attributes) for span in collector[0].spans] == [1 if limited else 2] * kept


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-4"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-77"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "77777"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-77"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "7 s"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "77"),
    ],
)
def test_a_value_that_opentelemetry_does_not_take_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadTraceSettings, match=f"^{variable}: OpenTelemetry does not take this value") as refused:
        tracer("http://127.0.0.1:9")
    assert value not in str(refused.value)
