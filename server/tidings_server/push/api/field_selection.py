"""Reads with `responseFields`: the same answers, reduced to the selected fields.

The edge sends a read with that parameter to one RPC that answers raw JSON, since a transcoder always prints whole
messages. The contract lists the reads: each RPC whose request has `response_fields` and whose REST binding is a GET.
The JSON is the same as the edge's.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from google.api import annotations_pb2
from google.api.http_pb2 import HttpRule
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message

from tidings.push.v1 import deliveries_pb2, subscriptions_pb2, subscriptions_pb2_grpc
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.platform.unknown_names import rule, shown
from tidings_server.push.field_selection import Selection, parse_selection, select
from tidings_server.rpc.json_values import printed
from tidings_server.rpc.metadata import Context, serve_as
from tidings_server.rpc.method import Rpc, rpc_of

SERVICES: Final = (
    subscriptions_pb2.DESCRIPTOR.services_by_name["SubscriptionService"],
    deliveries_pb2.DESCRIPTOR.services_by_name["DeliveryAttemptService"],
    deliveries_pb2.DESCRIPTOR.services_by_name["EventPullService"],
)
QUERY: Final = ("start_index", "page_size", "sort_by", "filter", "response_groups")
"""Parameters that are passed to reads which have them."""

ReadHandler = Callable[[Any, Context], Awaitable[Message]]
_VARIABLE = re.compile(r"\\\{(\w+)\\\}")


@dataclass(frozen=True, slots=True)
class ReadBinding:
    """One REST path of one read; the groups of `pattern` are fields of its request."""

    pattern: re.Pattern[str]
    rpc: Rpc
    request: type[Message]
    answer: Descriptor
    handler: ReadHandler


class SelectionService(subscriptions_pb2_grpc.SelectionServiceServicer):
    """Calls the reads of other servicers by their REST paths."""

    def __init__(self, *servicers: object) -> None:
        """The servicers of `SERVICES`, in their order."""
        reads = [
            ReadBinding(pattern, _rpc(method), _request(method), method.output_type, handler)
            for service, servicer in zip(SERVICES, servicers, strict=True)
            for method in service.methods
            for pattern in _paths(method)
            if (handler := getattr(servicer, method.name))
        ]
        self._reads = sorted(reads, key=lambda read: read.pattern.groups)  # literal segments before variables

    async def SelectFields(self, request: subscriptions_pb2.SelectFieldsRequest, context: Context) -> HttpBody:
        selection = parse_selection(request.response_fields)
        read, path = self._read("/" + request.path.strip("/"))
        serve_as(context, read.rpc)
        check_selection(selection, read.answer)
        query = {name: getattr(request, name) for name in QUERY if name in read.request.DESCRIPTOR.fields_by_name}
        answer = printed(await read.handler(read.request(**path, **query), context))
        body = json.dumps(select(answer, selection), ensure_ascii=False, separators=(",", ":"))
        return HttpBody(content_type="application/json", data=body.encode())

    def _read(self, path: str) -> tuple[ReadBinding, dict[str, str]]:
        for read in self._reads:
            if found := read.pattern.fullmatch(path):
                return read, {name: unquote(text) for name, text in found.groupdict().items()}
        raise NotFound("There is no such resource.")


def check_selection(selection: Selection, message: Descriptor, path: str = "") -> None:
    """Raises InvalidInput for the first selected name that the answer's message does not have, with the nearest."""
    known = {field.json_name.lower(): field for field in message.fields}
    for name, inner in selection.items():
        field = known.get(name)
        if field is None:
            names = [each.json_name for each in message.fields]
            raise InvalidInput.of("responseFields", f"{path}{shown(name)} {rule(name, names)}")
        if inner and field.message_type is None:
            raise InvalidInput.of("responseFields", f"{path}{field.json_name} has no fields of its own")
        if inner and field.message_type is not None:
            check_selection(inner, field.message_type, f"{path}{field.json_name}.")


def _paths(method: MethodDescriptor) -> Iterator[re.Pattern[str]]:
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    if "response_fields" in method.input_type.fields_by_name:
        yield from (_pattern(binding) for binding in (rule, *rule.additional_bindings) if binding.get)


def _pattern(rule: HttpRule) -> re.Pattern[str]:
    return re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(rule.get)))


def _rpc(method: MethodDescriptor) -> Rpc:
    return rpc_of(f"/{method.containing_service.full_name}/{method.name}")


def _request(method: MethodDescriptor) -> type[Message]:
    return message_factory.GetMessageClass(method.input_type)
