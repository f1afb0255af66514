"""XmlService: the calls of document 004 with a request or response body in XML.

The edge routes such requests here, since its transcoder supports JSON alone, and has negotiated the response's content
type. A call is looked up by its path in the contract, executed by the servicer that serves it in JSON, and its response
is encoded as REST would encode it, or as XML.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from google.api import annotations_pb2
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from tidings.scheduling.v1 import accounts_pb2, events_pb2, xml_pb2, xml_pb2_grpc
from tidings_server.platform.errors import NotFound
from tidings_server.platform.worker_threads import off_loop
from tidings_server.rpc import xml_bodies
from tidings_server.rpc.dialects import PREFERRED
from tidings_server.rpc.json_values import printed
from tidings_server.rpc.metadata import Context, call_of, serve_as
from tidings_server.rpc.method import Rpc, rpc_of
from tidings_server.scheduling.api.request_bodies import fill
from tidings_server.scheduling.api.service import AccountService, ScheduledEventService

JSON: Final = "application/json"

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
            root = ROOTS[body.DESCRIPTOR.name]
            await off_loop(lambda: fill(body, sent, root=root), tenant=tenant, size=len(sent.data))
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
