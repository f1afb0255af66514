"""grpc-gateway takes the later of two paths that match: a literal comes behind the variable that would swallow it."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet, ServiceDescriptorProto

ROOT = Path(__file__).parents[2]
SERVICES = [
    (file.package, service)
    for file in FileDescriptorSet.FromString((ROOT / "generated/descriptors/tidings.binpb").read_bytes()).file
    for service in file.service
]
VERBS = ("get", "put", "post", "delete", "patch")


def paths(service: ServiceDescriptorProto) -> Iterator[tuple[str, list[str]]]:
    """Verb and segments of each path of a service, in the contract's order."""
    for method in service.method:
        rule = method.options.Extensions[annotations_pb2.http]
        if method.options.HasExtension(annotations_pb2.http):
            for binding in (rule, *rule.additional_bindings):
                yield _path(binding)


def _path(rule: http_pb2.HttpRule) -> tuple[str, list[str]]:
    [verb] = [verb for verb in VERBS if getattr(rule, verb)]
    segments = getattr(rule, verb).strip("/").split("/")
    return verb, [re.sub(r"{\w+=([\w-]+)}", r"\1", segment) for segment in segments]


def swallows(wide: list[str], literal: list[str]) -> bool:
    """Whether every path that the second matches is matched by the first too."""
    pairs = list(zip(wide, literal, strict=False))
    return len(wide) == len(literal) and wide != literal and all(one == other or one[0] == "{" for one, other in pairs)


def test_a_literal_path_comes_behind_the_variable_that_would_swallow_it() -> None:
    wrong = [
        (service.name, "/".join(literal[1]), "/".join(wide[1]))
        for _, service in SERVICES
        for literal, wide in combinations(paths(service), 2)
        if literal[0] == wide[0] and swallows(wide[1], literal[1])
    ]
    assert wrong == []
