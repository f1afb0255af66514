"""One RPC as the contract describes it: its messages and what its REST binding says."""

import re
from dataclasses import dataclass

from google.api import annotations_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

_VARIABLE = re.compile(r"\{(\w+)")

MIB = 1 << 20
_MAX_BYTES = {"/tidings.collector.v1.EventService/BatchCreateEvents": 16 * MIB}
"""Where a request may be larger than 1 MiB."""


@dataclass(frozen=True, slots=True)
class Rpc:
    """`path` is `/package.Service/Method`.

    `verb` is REST's method, empty where only gRPC reaches it. `body` is the request's field that REST sends as its body
    (empty: the whole request), `resource` what a REST caller calls it. `is_post` is true where REST posts to it, and
    where only gRPC reaches it; `acts` where the path names by its id what is there already, so that the call makes
    nothing under that id. `max_bytes` bounds the request.
    `is_read` is true where REST gets it; `named_by` are the request's fields that are in the path.
    """

    path: str
    service: str
    request: type[Message]
    response: type[Message]
    is_stream: bool
    verb: str
    body: str
    resource: str
    is_post: bool
    acts: bool
    max_bytes: int
    is_read: bool
    named_by: tuple[str, ...]

    def sent(self, request: Message) -> Message:
        """What REST sends as the body: a message of the request, or the request itself."""
        sent: Message = getattr(request, self.body) if self.body else request
        return sent

    def client_id(self, request: Message) -> str:
        """The id that the caller chose for what it makes; empty where it chose none."""
        sent = self.sent(request)
        chosen = getattr(sent, "id", "") or getattr(sent, "event_id", "")
        is_made = self.is_post and not self.acts
        return chosen if is_made and isinstance(chosen, str) else ""  # numbers are the server's to give


def rpc_of(path: str) -> Rpc:
    """The RPC at `/package.Service/Method`; its module must have been imported. KeyError for an unknown one."""
    service, _, method = path.strip("/").rpartition("/")
    descriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]
    rule = descriptor.GetOptions().Extensions[annotations_pb2.http]
    body = "" if rule.body == "*" else rule.body
    return Rpc(
        path=path,
        service=service,
        request=message_factory.GetMessageClass(descriptor.input_type),
        response=message_factory.GetMessageClass(descriptor.output_type),
        is_stream=descriptor.server_streaming,
        verb=(rule.WhichOneof("pattern") or "").upper(),
        body=body,
        resource=body or descriptor.input_type.name,
        is_post=rule.WhichOneof("pattern") in {"post", None},
        acts="{" in rule.post,
        max_bytes=_MAX_BYTES.get(path, MIB),
        is_read=rule.WhichOneof("pattern") == "get",
        named_by=tuple(_VARIABLE.findall(getattr(rule, rule.WhichOneof("pattern") or "get"))),
    )
