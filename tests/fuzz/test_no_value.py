"""No error and no log line repeats what a caller has sent: a marker in every text of every RPC comes back nowhere.

Paths are left out: errors of document 000 name the path, and so does the access log, as SECURITY.md says.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import grpc
import pytest
import requests
from google.api import annotations_pb2
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.fuzz.conftest import Target
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1.publishing_pb2 import PublishEventsResponse
from tidings_server import app
from tidings_server.rpc.dialects import BY_SERVICE

assert app.__name__  # imports every generated module

MARKER = "Zmark~77!x y"
MAX_DEPTH = 5
STREAM_S = 0.5
"""Time for what a stream says of its request; then it may go on for ever."""
FREE = {"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"}
DOCUMENTED = {
    "tidings.orchestration.v1.EventService.GetEvent",
    "tidings.orchestration.v1.EventService.TraceEvent",
    "tidings.orchestration.v1.WorkflowService",
}
"""Whose 404 names the id, as document 001 has it."""
HEADERS = {"tidings.admin.v1": "admin", "tidings.identity.v1": "identity"}
"""Keys of `Target.headers` by package, where that is not its middle word."""


def every_method() -> list[MethodDescriptor]:
    """Every RPC whose request is a message of the contract."""
    services = map(descriptor_pool.Default().FindServiceByName, sorted(BY_SERVICE))
    of_bodies = {"XmlService", "SelectionService"}
    return [method for service in services if service.name not in of_bodies for method in service.methods]


def methods() -> list[MethodDescriptor]:
    """Those with one answer."""
    return [method for method in every_method() if not method.server_streaming]


def streams() -> list[MethodDescriptor]:
    """Those that answer with a stream."""
    return [method for method in every_method() if method.server_streaming]


def headers_of(target: Target, method: MethodDescriptor) -> dict[str, str]:
    package = method.containing_service.file.package
    return target.headers[HEADERS.get(package, package.split(".")[1])]


def is_documented(method: MethodDescriptor) -> bool:
    return method.full_name in DOCUMENTED or method.containing_service.full_name in DOCUMENTED


def name_of(method: MethodDescriptor) -> str:
    return str(method.full_name)


def of_value(field: FieldDescriptor, depth: int) -> Iterator[Any]:
    """Values of one field of a message, each with the marker in one of its texts."""
    below = field.message_type
    if field.type == FieldDescriptor.TYPE_STRING:
        yield MARKER
    elif below is not None and below.full_name in FREE:
        yield {MARKER: 1} if below.full_name.endswith("Struct") else [MARKER]
        yield {"a": {"b": MARKER}} if below.full_name.endswith("Struct") else MARKER
    elif below is not None and below.file.package != "google.protobuf":
        yield from of_message(below, depth + 1)


def of_message(message: Descriptor, depth: int = 0) -> Iterator[dict[str, Any]]:
    """JSON of messages, each with the marker in one of its texts; then one with it in all."""
    whole: dict[str, Any] = {}
    for field in message.fields if depth < MAX_DEPTH else ():
        entry = field.message_type
        is_map = entry is not None and entry.GetOptions().map_entry
        values = (
            of_value(entry.fields_by_name["value"], depth) if entry is not None and is_map else of_value(field, depth)
        )
        for value in values:
            placed = {MARKER: value} if is_map else [value] if field.is_repeated else value
            rivals = field.containing_oneof.fields if field.containing_oneof is not None else ()
            if not any(rival.json_name in whole for rival in rivals if rival is not field):
                whole[field.json_name] = placed
            yield {field.json_name: placed}
    if len(whole) > 1:
        yield whole


@pytest.fixture(scope="module", autouse=True)
def log_has_no_value(target: Target) -> Iterator[None]:
    yield
    assert MARKER not in target.instance.log
    assert json.dumps(MARKER)[1:-1] not in target.instance.log


@pytest.fixture(scope="module")
def channel(target: Target) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(target.instance.grpc) as opened:
        yield opened


@pytest.mark.parametrize("method", [each for each in methods() if not is_documented(each)], ids=name_of)
def test_no_grpc_error_has_a_text_of_the_request(
    target: Target, channel: grpc.Channel, method: MethodDescriptor
) -> None:
    request, answer = (message_factory.GetMessageClass(each) for each in (method.input_type, method.output_type))
    service = method.containing_service.full_name
    call = channel.unary_unary(f"/{service}/{method.name}", request.SerializeToString, answer.FromString)
    for values in of_message(method.input_type):
        metadata = tuple(headers_of(target, method).items())
        answered = call.future(_message(request, values), metadata=metadata, timeout=PATIENCE_S)
        if answered.code() is not grpc.StatusCode.OK:
            trailers = b"".join(_bytes(value) for _, value in answered.trailing_metadata() or ())
            assert MARKER.encode() not in answered.details().encode() + trailers, (values, answered.details())


@pytest.mark.parametrize("method", streams(), ids=name_of)
def test_no_error_of_a_stream_has_a_text_of_the_request(target: Target, channel: Any, method: MethodDescriptor) -> None:
    """Where the client sends a stream too, an error of one of its items is in a message."""
    request = message_factory.GetMessageClass(method.input_type)
    path, metadata = f"/{method.containing_service.full_name}/{method.name}", tuple(headers_of(target, method).items())
    for values in of_message(method.input_type):
        sent = _message(request, values).SerializeToString()
        if method.client_streaming:
            call: Any = channel.stream_stream(path)(iter([sent]), metadata=metadata, timeout=PATIENCE_S)
        else:
            call = channel.unary_stream(path)(sent, metadata=metadata, timeout=STREAM_S)
        came: list[bytes] = []
        with suppress(grpc.RpcError):
            came.extend(call)
        refused = [*_errors(came, method), *(_bytes(value) for _, value in call.trailing_metadata() or ())]
        assert not [each for each in refused if MARKER.encode() in each], values
        assert MARKER not in (call.details() or "")


def _errors(came: Sequence[bytes], method: MethodDescriptor) -> list[bytes]:
    """Errors of items in the messages of a stream; the id beside each is the item's own."""
    if not method.client_streaming:
        return list(came)
    answers = [PublishEventsResponse.FromString(each) for each in came]
    return [each.error.SerializeToString() for answer in answers for each in answer.acknowledgements]


@dataclass(frozen=True)
class Binding:
    """The first way to call a method over HTTP."""

    verb: str
    path: str
    body: str

    @property
    def variables(self) -> list[str]:
        return re.findall(r"\{(\w+)", self.path)


def bindings(method: MethodDescriptor) -> list[Binding]:
    options = method.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return []
    rule = options.Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern") or ""
    return [Binding(verb.upper(), getattr(rule, verb), rule.body)]


def bound(verbs: frozenset[str]) -> list[tuple[MethodDescriptor, Binding]]:
    found = ((method, binding) for method in methods() for binding in bindings(method))
    return [(method, binding) for method, binding in found if binding.verb in verbs]


def path_of(binding: Binding) -> str:
    return re.sub(r"\{[^}]*\}", "x", binding.path)


@pytest.mark.parametrize(
    ("method", "binding"),
    [each for each in bound(frozenset({"POST", "PUT", "PATCH"})) if each[1].body and not is_documented(each[0])],
    ids=lambda each: each.full_name if isinstance(each, MethodDescriptor) else each.verb,
)
def test_no_error_over_rest_has_a_text_of_the_body(target: Target, method: MethodDescriptor, binding: Binding) -> None:
    body = method.input_type if binding.body == "*" else method.input_type.fields_by_name[binding.body].message_type
    for values in of_message(body) if body is not None else ():
        _check(target, method, binding.verb, path_of(binding), json=values)


@pytest.mark.parametrize(
    ("method", "binding"),
    bound(frozenset({"GET"})),
    ids=lambda each: each.full_name if isinstance(each, MethodDescriptor) else each.verb,
)
def test_no_error_over_rest_has_a_text_of_the_query(target: Target, method: MethodDescriptor, binding: Binding) -> None:
    names = [field.json_name for field in method.input_type.fields if field.name not in binding.variables]
    for name in (*names, MARKER):
        _check(target, method, "GET", f"{path_of(binding)}?{quote(name)}={quote(MARKER)}")


def _check(target: Target, method: MethodDescriptor, verb: str, path: str, **how: Any) -> None:
    headers = headers_of(target, method)
    answer = requests.request(verb, target.instance.rest + path, headers=headers, timeout=PATIENCE_S, **how)
    if answer.status_code >= 400:
        assert MARKER not in answer.text, (path, how, answer.text)


def _message(request: type[Message], values: dict[str, Any]) -> Message:
    return json_format.ParseDict(values, request())


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
