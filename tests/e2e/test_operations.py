"""Operation of a running system: metrics, log lines, traces, and the reasons for a refusal to start."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import aiohttp
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.instances import Instance
from tests.e2e.producers import EVENTS, as_json, demo_client, order
from tests.e2e.rest import Answer, Rest, demo_rest
from tests.support.processes import environment
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings_client import Unavailable
from tidings_server import __version__
from tidings_server.storage import schema

Make = Callable[..., Instance]
CREATE = "/tidings.collector.v1.EventService/CreateEvent"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"


async def subscribe(instance: Instance, receiver: Receiver) -> None:
    async with demo_client(instance) as tidings:
        made = await tidings.push_subscriptions.create(Subscription(endpoint=receiver.url(), topics=["order.*"]))
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed


async def metrics_of(session: aiohttp.ClientSession, instance: Instance) -> dict[tuple[str, ...], float]:
    """Samples by their name and the values of their labels."""
    async with session.get(instance.metrics) as answer:
        families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


async def test_traffic_is_counted_and_logged(
    make_instance: Make, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    own = make_instance()
    await subscribe(own, receiver)
    before = await metrics_of(session, own)
    assert before["tidings_storage_low",] == 0
    rest = await demo_rest(session, own)
    for event_id in ("one", "two"):
        assert (await rest("POST", EVENTS, json=as_json(order(event_id)))).status == 201
    assert (await rest("GET", f"{EVENTS}/three", headers={"x-request-id": "asked-for-three"})).status == 404
    attempts = await asyncio.to_thread(own.logged, '"event":"attempt"', 2)
    counted = {
        ("tidings_rpc_total", "OK", CREATE): 2,
        ("tidings_rpc_seconds_count", CREATE): 2,
        ("tidings_rpc_total", "NOT_FOUND", "/tidings.collector.v1.EventService/GetEvent"): 1,
        ("tidings_log_head",): before["tidings_log_head",] + 2,
        ("tidings_consumer_lag", "router"): 0,
        ("tidings_deliveries_total", "WEBHOOK", "DELIVERED"): 2,
    }
    after = await until(lambda: metrics_of(session, own), lambda told: told.items() >= counted.items())
    assert 0 < after["tidings_rpc_seconds_sum", CREATE] < 2 * PATIENCE_S
    assert 0 <= after["tidings_delivery_oldest_due_seconds",] < PATIENCE_S
    assert {(line["outcome"], line["status"], line["number"]) for line in attempts} == {("DELIVERED", 200, 1)}
    [line] = await asyncio.to_thread(own.logged, "asked-for-three")
    assert (line["event"], line["code"], line["tenant"], line["path"]) == (
        "rpc",
        "NOT_FOUND",
        "demo",
        f"{EVENTS}/three",
    )


async def test_health_reflection_and_version_need_no_credentials(
    system: Instance, session: aiohttp.ClientSession
) -> None:
    with grpc.insecure_channel(system.grpc) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs have no methods
        told = [health.Check(health_pb2.HealthCheckRequest(service=name)).status for name in ("", CREATE.split("/")[1])]
        assert told == [health_pb2.HealthCheckResponse.SERVING] * 2
        assert CREATE.split("/")[1] in ProtoReflectionDescriptorDatabase(channel).get_services()
    async with session.get(f"{system.rest}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "SERVING"})
    async with session.get(f"{system.rest}/version") as answer:
        version, port = await answer.json(), int(system.grpc.rpartition(":")[2])
        of_server = {"version": __version__, "schema": schema.head(), "grpcPort": port, "grpcTls": False}
        assert (answer.status, version) == (200, of_server)


async def test_the_operator_reads_the_doctors_findings_and_nobody_else(
    system: Instance, session: aiohttp.ClientSession, rest: Rest
) -> None:
    headers = {"authorization": f"Bearer {system.demo['operator_token']}"}
    async with session.get(f"{system.rest}/admin/v1/doctor", headers=headers) as answer:
        assert answer.status == 200
        found = await answer.json()
    printed = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-m", "tidings_server", "doctor", "-o", "json"),
        env=environment() | {"TIDINGS_DATA_DIR": str(system.data_dir)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    listed = {each["number"] for each in json.loads(printed.stdout)["findings"]}
    assert {each["number"] for each in found["findings"]} == listed | {"T406"}, "its own workers, too"
    assert found["worst"] in {each["severity"] for each in found["findings"]}
    assert (await rest("GET", "/admin/v1/doctor")).status == 401


def test_a_newer_schema_is_not_changed(make_instance: Make) -> None:
    own = make_instance(command="serve")
    own.stop()
    with sqlite3.connect(own.data_dir / "tidings.db") as connection:
        connection.execute("INSERT INTO schema_migration VALUES ('9999', 'EXPAND', '99.0', '99.0', 0)")
    connection.close()
    with pytest.raises(RuntimeError, match=r"schema 9999, which needs Tidings 99\.0 or later"):
        own.start()
    assert own.wait_for_death() == 1


def test_a_second_server_on_the_same_data_names_the_first(make_instance: Make, system: Instance) -> None:
    assert system.process is not None
    holder = rf"tidings-server: .* in use by another Tidings server \(process {system.process.pid}\)"
    with pytest.raises(RuntimeError, match=holder):
        make_instance(data_dir=str(system.data_dir))


async def test_a_full_disk_refuses_writes_alone(make_instance: Make, session: aiohttp.ClientSession) -> None:
    own = make_instance(min_free_mib=str(1 << 40))
    rest = await demo_rest(session, own)
    refused = await rest("POST", EVENTS, json=as_json(order("one")))
    assert (refused.status, refused.headers["content-type"]) == (503, "application/problem+json")
    assert refused.json["requestId"] == refused.headers["x-request-id"]
    assert (await rest("GET", EVENTS)).json["events"] == []
    assert (await rest("GET", "/healthz")).status == 503
    assert (await metrics_of(session, own))["tidings_storage_low",] == 1
    async with demo_client(own) as tidings:
        with pytest.raises(Unavailable) as caught:
            await tidings.events.create(order("two"))
    assert caught.value.reason == "STORAGE_FULL"


class Collector(TraceServiceServicer):
    """An OpenTelemetry collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def Export(self, request: ExportTraceServiceRequest, _context: object) -> ExportTraceServiceResponse:
        self.spans += [
            span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
        ]
        return ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    server, collector = grpc.server(ThreadPoolExecutor(1)), Collector()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # generated
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


async def test_a_trace_goes_from_the_caller_over_the_event_to_its_subscriber(
    make_instance: Make,
    session: aiohttp.ClientSession,
    receiver: Receiver,
    collector: tuple[Collector, str],
) -> None:
    kept, endpoint = collector
    own = make_instance(otel=endpoint)
    await subscribe(own, receiver)
    pinged = len(receiver.requests)
    rest = await demo_rest(session, own)
    headers: dict[str, str | None] = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}
    assert (await rest("POST", EVENTS, json=as_json(order(uuid4().hex)), headers=headers)).status == 201
    notified = (await receiver.wait_for(pinged + 1))[-1]
    assert "traceparent" not in json.loads(notified.body)
    assert await asyncio.to_thread(own.stop) == 0
    spans = [span for span in kept.spans if span.trace_id.hex() == TRACE_ID]
    [call] = [span for span in spans if span.parent_span_id.hex() == PARENT_ID]
    assert call.name == CREATE.strip("/")
    assert notified.headers["traceparent"] in {f"00-{TRACE_ID}-{span.span_id.hex()}-01" for span in spans}


async def test_a_worker_that_hangs_fails_readiness_and_recovers(
    make_instance: Make, session: aiohttp.ClientSession
) -> None:
    """Another process holds the database, so that the write queue waits in the middle of a commit."""
    own = make_instance()
    rest = await demo_rest(session, own)

    async def health() -> Answer:
        return await rest("GET", "/healthz")

    assert (await health()).status == 200
    holder = sqlite3.connect(own.data_dir / "tidings.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    posted = asyncio.create_task(rest("POST", EVENTS, json=as_json(order("one"))))
    unready = await until(health, lambda answer: answer.status == 503)
    assert time.monotonic() - began < 15  # 10 on a machine that does nothing else
    assert re.fullmatch(r"The worker [a-z_.]+ is stuck\.", unready.json["detail"])
    assert max(value for name, value in (await metrics_of(session, own)).items() if "worker_stuck" in name[0]) > 5
    holder.execute("ROLLBACK")
    holder.close()
    assert (await posted).status in {201, 503}
    await until(health, lambda answer: answer.status == 200)
