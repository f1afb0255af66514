"""One RPC as the contract describes it: its messages, its REST binding and its options (proto/tidings/options/v1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from tidings.options.v1 import options_pb2
from tidings_server.rpc.required_scopes import PUBLIC

MAX_BYTES: Final = 1 << 20
"""Largest request where its RPC has no `max_bytes`."""

_VARIABLE: Final = re.compile(r"\{(\w+)")


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC. `path` is `/package.Service/Method`, `options` are its options in the contract.

    `is_stream`: it answers with a stream of messages. `reads_stream`: its client sends one.

    `verb` is REST's method, empty where only gRPC reaches it. `body` is the request's field that REST sends as its body
    (empty: the whole request), `resource` what a REST caller calls it. `is_post` is true where REST posts to it, and
    where only gRPC reaches it; `acts` where the path names an existing resource by its id, so that the call creates
    nothing under that id. `is_read` is true where REST gets it; `named_by` are the request's fields that are in the
    path, `has_secret_path` whether one of them is secret; `routes` are the templates of its paths. `max_bytes` bounds
    the request. `rest_response` is metadata that REST answers with unless the handler sets another.
    """

    path: str
    service: str
    request: type[Message]
    response: type[Message]
    is_stream: bool
    reads_stream: bool
    verb: str
    body: str
    resource: str
    is_post: bool
    acts: bool
    is_read: bool
    named_by: tuple[str, ...]
    has_secret_path: bool
    routes: tuple[str, ...]
    options: options_pb2.RpcOptions
    max_bytes: int
    rest_response: Mapping[str, str]

    @property
    def required_scope(self) -> str:
        """Scope that the caller must have, or one of `required_scopes.PUBLIC` and `ANY`."""
        return self.options.required_scope

    @property
    def is_public(self) -> bool:
        """Whether it looks at no credentials."""
        return self.required_scope == PUBLIC

    def route_of(self, path: str) -> str:
        """The template of a REST path of this RPC; empty where none has it."""
        return next((each for each in self.routes if _matcher(each).fullmatch(path)), "")

    def logged_path(self, path: str) -> str:
        """A path as logs and traces may have it: its template where a secret stands in it, as in an opt-out link."""
        return self.route_of(path) or self.path if self.has_secret_path else path

    def sent(self, request: Message) -> Message:
        """Message that REST sends as the body: one field of the request, or the request itself."""
        sent: Message = getattr(request, self.body) if self.body else request
        return sent

    def client_id(self, request: Message) -> str:
        """Id that the caller chose for what it creates; empty where it chose none."""
        sent = self.sent(request)
        chosen = getattr(sent, "id", "") or getattr(sent, "event_id", "")
        creates = self.is_post and not self.acts
        return chosen if creates and isinstance(chosen, str) else ""  # numbers are the server's to give


@cache
def rpc_of(path: str) -> Rpc:
    """The RPC at `/package.Service/Method`; its module must have been imported. KeyError for an unknown one."""
    service, _, method = path.strip("/").rpartition("/")
    descriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]
    rule = descriptor.GetOptions().Extensions[annotations_pb2.http]
    options = descriptor.GetOptions().Extensions[options_pb2.rpc]
    body = "" if rule.body == "*" else rule.body
    named_by = tuple(_VARIABLE.findall(_template(rule)))
    fields = descriptor.input_type.fields_by_name
    return Rpc(
        path=path,
        service=service,
        request=message_factory.GetMessageClass(descriptor.input_type),
        response=message_factory.GetMessageClass(descriptor.output_type),
        is_stream=descriptor.server_streaming,
        reads_stream=descriptor.client_streaming,
        verb=(rule.WhichOneof("pattern") or "").upper(),
        body=body,
        resource=body or descriptor.input_type.name,
        is_post=rule.WhichOneof("pattern") in {"post", None},
        acts="{" in rule.post,
        is_read=rule.WhichOneof("pattern") == "get",
        named_by=named_by,
        has_secret_path=any(fields[name].GetOptions().Extensions[options_pb2.sensitive] for name in named_by),
        routes=tuple(_template(each) for each in (rule, *rule.additional_bindings)),
        options=options,
        max_bytes=options.max_bytes or MAX_BYTES,
        rest_response=_rest_response(options),
    )


def _template(rule: http_pb2.HttpRule) -> str:
    return str(getattr(rule, rule.WhichOneof("pattern") or "get"))


@lru_cache(maxsize=1_024)
def _matcher(template: str) -> re.Pattern[str]:
    """Paths of a template whose variables are segments; a slash may end them."""
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)) + "/?")


def _rest_response(options: options_pb2.RpcOptions) -> dict[str, str]:
    values = {
        "x-http-code": str(options.success_code) if options.success_code else "",
        "x-http-unwrap": options.bare_list,
        "x-http-empty": "1" if options.is_bodiless else "",
    }
    return {name: value for name, value in values.items() if value}
