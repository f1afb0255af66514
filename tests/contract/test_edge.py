"""The edge and the contract agree: what Envoy serves, what Lua knows, what the server answers."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from tidings_server import app
from tidings_server.rpc.dialects import BY_SERVICE, DIALECTS
from tidings_server.rpc.method import rpc_of

PUBLIC_BYTES = 64 << 10
ROOT = Path(__file__).parents[2]
ENVOY = (ROOT / "envoy" / "envoy.yaml").read_text()
LUA = {path.stem: path.read_text() for path in (ROOT / "envoy" / "lua").glob("*.lua")}
ROUTES = (ROOT / "generated" / "edge" / "routes.lua").read_text()

DOCUMENTED = """
POST /api/v1/events
GET /api/v1/events/{id}
POST /api/v1/event-subscription
PUT /api/v1/event-subscription
GET /api/v1/event-subscription
GET /api/v1/event-subscription/{id}
PUT /api/v1/event-subscription/{id}/deactivate
GET /event/push/subscriptions
GET /api/event/push/subscriptions
GET /api/event/push/subscriptions/deliveryattempts
GET /api/event/push/subscriptions/{subscription_id}/deliveryattempts
GET /api/event/push/subscriptions/{subscription_id}/deliveryattempts/{process_id}
GET /api/event/pull
GET /api/event/pull/{event_id}
POST /api/v1/events/actions
POST /api/v1/events/basket
POST /api/v1/events/orders
POST /api/v1/events/transactions
POST /api/v1/events/redemptions
POST /oauth/token
POST /auth/realms/{realm}/protocol/openid-connect/token
"""
"""Paths of the documents and of their vendors that exist so far. Source: WIRE.md 000, 002 and 003."""

EXTENSIONS = """
POST /api/v1/events/batch
GET /api/v1/events
GET /api/v1/event-stream
POST /api/event/push/subscriptions
GET /api/event/push/subscriptions/{id}
PUT /api/event/push/subscriptions/{id}
DELETE /api/event/push/subscriptions/{id}
POST /api/event/push/subscriptions/{id}/confirm
POST /api/event/push/subscriptions/{id}/reactivate
POST /api/event/push/subscriptions/{id}/test
POST /api/v1/event-subscription/{id}/test
POST /api/v1/deliveries/{id}/redeliver
POST /api/v1/subscriptions/{id}/redeliver-failed
POST /api/v1/subscriptions/{id}/replay
GET /api/v1/events/{id}/deliveries
POST /api/v1/orders/{order_id}/reverse
POST /api/v1/redemptions/{event_id}/confirm
POST /api/v1/redemptions/{event_id}/void
"""
"""Source: WIRE.md, "Extensions, exactly"."""


def services() -> Iterator[ServiceDescriptor]:
    """Every service of the contract; the dialects' own list is judged by it, not the other way round."""
    for path in sorted((ROOT / "proto" / "tidings").rglob("*.proto")):
        name = str(path.relative_to(ROOT / "proto"))
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
        yield from descriptor_pool.Default().FindFileByName(name).services_by_name.values()


def methods() -> Iterator[MethodDescriptor]:
    for service in services():
        yield from service.methods


def bindings() -> Iterator[tuple[str, str]]:
    """Verb and path of every binding."""
    for method in methods():
        options = method.GetOptions()
        if annotations_pb2.http in options.Extensions:
            rule = options.Extensions[annotations_pb2.http]
            for one in (rule, *rule.additional_bindings):
                verb = one.WhichOneof("pattern")
                yield verb.upper(), re.sub(r"\{\w+=(\w+)\}", r"\1", getattr(one, verb))


SERVICES = sorted(service.full_name for service in services())
METHODS = [f"/{method.containing_service.full_name}/{method.name}" for method in methods()]


def test_envoy_serves_the_services_of_the_dialects_and_no_others() -> None:
    listed = re.findall(r"^ +- (tidings\.[\w.]+)$", ENVOY, re.MULTILINE)
    assert listed == SERVICES == sorted(BY_SERVICE)


def test_no_two_methods_have_the_same_verb_and_path() -> None:
    shapes = Counter((verb, re.sub(r"\{[^}]*\}", "{}", path)) for verb, path in bindings())
    assert [shape for shape, count in shapes.items() if count > 1] == []


@pytest.mark.parametrize("line", (DOCUMENTED + EXTENSIONS).split("\n")[1:-1])
def test_every_documented_path_is_there(line: str) -> None:
    assert not line or tuple(line.split()) in set(bindings())


def test_no_path_has_a_verb_behind_a_colon() -> None:
    """One `:watch` makes every id that ends so a 404."""
    assert [path for _, path in bindings() if ":" in path] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_rpc_is_implemented(service: str) -> None:
    descriptor = next(one for one in services() if one.full_name == service)
    module = importlib.import_module(descriptor.file.name.removesuffix(".proto").replace("/", ".") + "_pb2_grpc")
    base = getattr(module, f"{descriptor.name}Servicer")
    [servicer] = [one for one in base.__subclasses__() if one.__module__.startswith(app.__package__ or "")]
    inherited = [method.name for method in descriptor.methods if method.name not in vars(servicer)]
    assert inherited == []


@pytest.mark.parametrize("method", METHODS)
def test_every_rpc_has_a_required_scope(method: str) -> None:
    assert rpc_of(method).required_scope


def test_the_edge_knows_every_dialect() -> None:
    bodies = re.search(r"local DIALECTS = \{([^}]*)\}", LUA["problems"])
    assert bodies is not None
    assert set(re.findall(r"(\w+) =", bodies[1])) == {dialect.name for dialect in DIALECTS}
    assert set(re.findall(r'\["dialect"\] = "(\w+)"', ROUTES)) <= {dialect.name for dialect in DIALECTS}


def test_edge_and_server_allow_the_same_sizes() -> None:
    """Envoy's routes buffer, Lua refuses, and the server decodes at most so much."""
    mib = 1024 * 1024
    assert set(re.findall(r"request_body_buffer_limit: (\d+)", ENVOY)) == {str(16 * mib), str(mib)}
    assert set(re.findall(r'\["body_bytes"\] = (\d+)', ROUTES)) == {str(16 * mib), str(PUBLIC_BYTES)}
    large = {method for method in METHODS if rpc_of(method).max_bytes > mib}
    assert large == {"/tidings.collector.v1.EventService/BatchCreateEvents"}


@pytest.mark.parametrize("method", METHODS)
def test_who_needs_no_credentials_sends_little(method: str) -> None:
    """What a stranger sends is read before anything is known of him."""
    rpc = rpc_of(method)
    assert not (rpc.is_public and rpc.request.DESCRIPTOR.fields) or rpc.max_bytes <= PUBLIC_BYTES
