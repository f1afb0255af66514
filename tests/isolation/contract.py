"""Every RPC and every REST path, as the descriptors have them: a dialect that is added later is walked too."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.method import Rpc, rpc_of
from tidings_server.rpc.required_scopes import ADMIN, PUBLIC

PROTO = Path(__file__).parents[2] / "proto"


@dataclass(frozen=True)
class Binding:
    """One way to an RPC over REST. `body` is what the body fills: a field, `*`, or nothing."""

    rpc: Rpc
    verb: str
    path: str
    body: str

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"


def methods() -> Iterator[MethodDescriptor]:
    """Every method of the contract."""
    for path in sorted((PROTO / "tidings").rglob("*.proto")):
        name = str(path.relative_to(PROTO))
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
        for service in descriptor_pool.Default().FindFileByName(name).services_by_name.values():
            yield from service.methods


def bindings(method: MethodDescriptor) -> Iterator[Binding]:
    """Its paths."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    rpc = rpc_of(path_of(method))
    for one in (rule, *rule.additional_bindings):
        if verb := one.WhichOneof("pattern"):
            path = re.sub(r"\{\w+=(\w+)\}", r"\1", getattr(one, verb))
            yield Binding(rpc, verb.upper(), path, one.body)


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def dialect_of(path: str) -> str:
    return BY_SERVICE[path.strip("/").rpartition("/")[0]].name


TWINS = ("/fields/", "/xml/")
"""Paths that the edge alone asks for; from outside they are unknown."""

METHODS = list(methods())
TENANTS = [path for path in map(path_of, METHODS) if rpc_of(path).required_scope not in {PUBLIC, ADMIN}]
"""RPCs that a tenant's callers use."""
OPERATORS = [path for path in map(path_of, METHODS) if rpc_of(path).required_scope == ADMIN]
BINDINGS = [each for method in METHODS for each in bindings(method) if not each.path.startswith(TWINS)]
