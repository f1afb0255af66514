"""XmlService: the calls of document 004 with a request or response body in XML.

The edge routes such requests here, since its transcoder supports JSON alone, and has negotiated the response's content
type. A call is looked up by its path in the contract, executed by the servicer that serves it in JSON, and its response
is encoded as REST would encode it, or as XML.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, cast
from urllib.parse import unquote

from google.api import annotations_pb2
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tidings.scheduling.v1 import accounts_pb2, events_pb2, xml_pb2, xml_pb2_grpc
from tidings_server.platform.errors import MAX_VIOLATIONS, InvalidInput, NotFound
from tidings_server.platform.turns import off_loop
from tidings_server.rpc import xml_bodies
from tidings_server.rpc.dialects import PREFERRED
from tidings_server.rpc.json_values import printed
from tidings_server.rpc.message_checks import violations_in
from tidings_server.rpc.metadata import Context, call_of, serve_as
from tidings_server.rpc.method import Rpc, rpc_of
from tidings_server.scheduling.api.service import AccountService, ScheduledEventService

JSON: Final = "application/json"
XML_TYPES: Final = frozenset({xml_bodies.XML, "text/xml"})

ROOTS: Final[Mapping[str, str]] = {
    "ScheduledEvent": "scheduledEvent",
    "ScheduledEventsResponse": "events",
    "PreviewScheduledEventResponse": "preview",
    "ScheduledEventRun": "run",
    "ListScheduledEventRunsResponse": "runs",
    "UserCredentials": "credentials",
    "LogInResponse": "login",
}
"""Root element of each message."""
ITEMS: Final[Mapping[str, str]] = {"events": "event", "runs": "run", "fireTimes": "fireTime", "mails": "mail"}
"""Element name of a list's items, by the list's name in JSON."""

RpcHandler = Callable[[Any, Context], Awaitable[Message]]
_VARIABLE: Final = re.compile(r"\\\{(\w+)\\\}")
_FIELD_OF_ERROR: Final = re.compile(r"Failed to parse (\w+) field")


@dataclass(frozen=True, slots=True)
class XmlCall:
    """A call at its REST path. Groups of `pattern` are request fields; `body` is the field that the body fills."""

    verb: str
    pattern: re.Pattern[str]
    rpc: Rpc
    request: type[Message]
    body: str
    handler: RpcHandler


class XmlService(xml_pb2_grpc.XmlServiceServicer):
    """Serves the calls of two servicers at their REST paths."""

    def __init__(self, events: ScheduledEventService, accounts: AccountService) -> None:
        self._calls = [
            *_calls_of(events_pb2.DESCRIPTOR.services_by_name["ScheduledEventService"].methods, events),
            *_calls_of(accounts_pb2.DESCRIPTOR.services_by_name["AccountService"].methods, accounts),
        ]
        self._calls.sort(key=lambda call: call.pattern.groups)  # literal segments before variables

    async def GetXml(self, request: xml_pb2.GetXmlRequest, context: Context) -> HttpBody:
        query: dict[str, Any] = {"before": request.before} if request.before else {}
        if request.HasField("limit"):
            query |= {"limit": request.limit}
        return await self._serve("GET", request.path, context, query=query)

    async def PostXml(self, request: xml_pb2.PostXmlRequest, context: Context) -> HttpBody:
        return await self._serve("POST", request.path, context, sent=request.body)

    async def DeleteXml(self, request: xml_pb2.DeleteXmlRequest, context: Context) -> HttpBody:
        return await self._serve("DELETE", request.path, context)

    async def LogInXml(self, request: xml_pb2.LogInXmlRequest, context: Context) -> HttpBody:
        return await self._serve("POST", "v1/account/login", context, sent=request.body)

    async def _serve(
        self,
        verb: str,
        path: str,
        context: Context,
        *,
        sent: HttpBody | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> HttpBody:
        call, variables = self._call(verb, "/" + path.strip("/"))
        caller = call_of(context).scope
        tenant = caller.tenant if caller else 0
        serve_as(context, call.rpc)
        known = call.request.DESCRIPTOR.fields_by_name
        request = call.request(**variables, **{name: value for name, value in (query or {}).items() if name in known})
        if call.body and sent is not None:
            body = getattr(request, call.body)
            await off_loop(lambda: _fill(body, sent), tenant=tenant, size=len(sent.data))
        wants_xml = call_of(context).metadata.get(PREFERRED) == "xml"
        response = await call.handler(request, context)
        return await off_loop(lambda: _encoded(response, wants_xml=wants_xml), tenant=tenant, size=response.ByteSize())

    def _call(self, verb: str, path: str) -> tuple[XmlCall, dict[str, str]]:
        for call in self._calls:
            if call.verb == verb and (found := call.pattern.fullmatch(path)):
                return call, {name: unquote(text) for name, text in found.groupdict().items()}
        raise NotFound("There is no such path.")


def _calls_of(methods: Sequence[MethodDescriptor], servicer: object) -> Iterator[XmlCall]:
    for method in methods:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        verb = rule.WhichOneof("pattern") or ""
        yield XmlCall(
            verb=verb.upper(),
            pattern=re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(getattr(rule, verb)))),
            rpc=rpc_of(f"/{method.containing_service.full_name}/{method.name}"),
            request=message_factory.GetMessageClass(method.input_type),
            body=rule.body,
            handler=getattr(servicer, method.name),
        )


def _fill(message: Message, sent: HttpBody) -> None:
    """Decode a body into its message, ignoring unknown fields. Raises InvalidInput on what does not fit."""
    kind = sent.content_type.partition(";")[0].strip().lower()
    root = ROOTS[message.DESCRIPTOR.name]
    values = xml_bodies.read(sent.data, root) if kind in XML_TYPES else _json_object(sent.data)
    for field in cast("Descriptor", message.DESCRIPTOR).fields:
        if values.get(field.json_name) is not None:
            values[field.json_name] = _converted(field, values[field.json_name])
    try:
        json_format.ParseDict(values, message, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        found = _FIELD_OF_ERROR.search(str(error))
        raise InvalidInput.of(found[1] if found else root, "is not a valid value") from None
    if violations := tuple(islice(violations_in(message), MAX_VIOLATIONS)):
        raise InvalidInput(violations=violations)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.") from None
    if not isinstance(values, dict):
        raise InvalidInput("The body must be a JSON object.")
    return values


def _converted(field: FieldDescriptor, value: Any) -> Any:
    """The value in the form that the field takes: the name of an enum value, an object for a map."""
    if field.enum_type is not None:
        names = [each.name for each in field.enum_type.values if not each.name.endswith("_UNSPECIFIED")]
        named = value.strip() if isinstance(value, str) else value
        if named not in names:
            raise InvalidInput.of(field.json_name, f"must be one of {', '.join(names)}")
        return named
    if field.message_type is not None and not isinstance(value, dict):
        if value != "":
            raise InvalidInput.of(field.json_name, "must be an object")
        return {}
    return value


def _encoded(message: Message, *, wants_xml: bool) -> HttpBody:
    """The response body in JSON as REST encodes it, or in XML."""
    values = printed(message)
    if not wants_xml:
        body = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return HttpBody(content_type=JSON, data=body.encode())
    if not message.DESCRIPTOR.fields:
        return HttpBody(content_type=xml_bodies.XML)
    named = {ITEMS.get(name, name): values[name] for name in sorted(values)}
    return HttpBody(
        content_type=xml_bodies.XML, data=xml_bodies.printed(ROOTS[message.DESCRIPTOR.name], named).encode()
    )
