"""Envoy's route table as Lua: the contract's paths with their methods, parameters and bodies.

Envoy's transcoder matches paths by itself but does not pass on how. It cannot answer 405, lets a query or a body
overwrite a path variable, and reads numbers for enums. `envoy/lua/edge.lua` refuses such requests before the transcoder
sees them, and needs this table for that: a tree of path segments, in each node of which `segments` come before
`variable`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from rpc_options import rpc_options

DIALECTS: Mapping[str, str] = {
    "tidings.collector.v1": "collector",
    "tidings.push.v1": "push",
    "tidings.orchestration.v1": "orchestration",
    "tidings.loyalty.v1": "loyalty",
    "tidings.scheduling.v1": "scheduling",
    "tidings.identity.v1": "tokens",
    "tidings.admin.v1": "operator",
}
"""The dialect of each package: whose error body its paths answer."""

FALLBACK = "operator"
"""The dialect of unknown paths below which no single dialect has everything."""

ANY_CASE = frozenset({"push", "orchestration"})
"""Dialects that take the names of query parameters in any case."""

LENIENT = frozenset({"orchestration", "tokens"})
"""Dialects that ignore names of query parameters that they do not know. Source: WIRE 001 (c); a token endpoint may be
given parameters that it does not know (RFC 6749, 3.2), and 001's vendor sends credentials in the query."""

STRICT = re.compile(
    r"tidings\.(admin\.v1|loyalty\.v1\.(Rule|Economy|Backtest|Ledger|Failure|Customer)Service"
    r"|orchestration\.v1\.WorkflowService|push\.v1\.SubscriptionService"
    r"|collector\.v1\.((Delivery|Recovery|Condition)Service|EventSubscriptionService\.RotateEventSubscriptionKeys))\b"
)
"""Services and calls whose bodies may have known names alone: extensions, in which a slip would change what happens.
The calls of the documents ignore what they do not know, as their clients expect. Source: WIRE 003 (c), "Required"."""

CLOSED = tuple(f"/api/v1/events/{kind}" for kind in ("actions", "basket", "orders", "transactions", "redemptions"))
"""Paths below which there is nothing, although a variable beside them would match. Source: WIRE 003 owns these five."""

TWINS = ("/fields/", "/xml/")
"""Paths that only the edge requests: a read with `responseFields`, whose request is SELECTION, and XML."""
SELECTION = "tidings.push.v1.SelectFieldsRequest"

IN_XML = frozenset({"scheduling"})
"""Dialects whose calls take and answer XML too."""

ERROR_CODES: Mapping[str, Mapping[str, int]] = {
    "tidings.scheduling.v1.ScheduledEventService": {"GET": 907001, "POST": 907002, "DELETE": 907004}
}
"""Codes of request errors, by service and verb. Source: document 004; `_lagerkoll` of rpc/error_bodies.py agrees."""

KINDS: Mapping[int, str] = {
    FieldDescriptor.TYPE_STRING: "must be a text",
    FieldDescriptor.TYPE_BYTES: "must be a text in base64",
    FieldDescriptor.TYPE_BOOL: "must be true or false",
    FieldDescriptor.TYPE_DOUBLE: "must be a number",
    FieldDescriptor.TYPE_FLOAT: "must be a number",
    FieldDescriptor.TYPE_INT32: "must be a whole number of 32 bits",
    FieldDescriptor.TYPE_UINT32: "must be a whole number of 32 bits",
    FieldDescriptor.TYPE_INT64: "must be a whole number",
    FieldDescriptor.TYPE_UINT64: "must be a whole number",
}
"""What a field of each type takes; `KINDS` of envoy/lua/problems.lua agrees."""

GOOGLE: Mapping[str, tuple[str, str]] = {
    "google.protobuf.Value": ("any", ""),
    "google.protobuf.Struct": ("object", "must be an object"),
    "google.protobuf.ListValue": ("list", "must be a list"),
    "google.protobuf.Duration": ("text", "must be seconds as a text, such as 30s"),
    "google.protobuf.Timestamp": ("text", "must be an instant as a text, such as 2026-01-31T12:00:00Z"),
}
"""Kind of value and rule of the messages that JSON writes in a form of their own."""

_CONSTANT = re.compile(r"\{(\w+)=(\w+)\}")

MAX_DEPTH = 8
"""Messages inside messages in a request; a contract that nests deeper, or for ever, needs another way to find enums."""


@dataclass
class Node:
    """One segment of the tree of paths: a literal one, or any that a variable takes."""

    dialect: str = ""
    closed: bool = False
    methods: dict[str, Mapping[str, object]] = field(default_factory=dict)
    segments: dict[str, "Node"] = field(default_factory=dict)
    variable: "Node | None" = None

    def at(self, path: str) -> "Node":
        """The node of a path template below this one, made where it is missing."""
        node = self
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or Node()
                node = node.variable
            else:
                node = node.segments.setdefault(segment, Node())
        return node

    def children(self) -> list["Node"]:
        return [*self.segments.values(), *([self.variable] if self.variable else [])]

    def share(self) -> None:
        """Set the dialect of nodes without one where all below share it, so that unknown paths answer in it."""
        for child in self.children():
            child.share()
        below = {child.dialect for child in self.children()}
        self.dialect = self.dialect or (below.pop() if len(below) == 1 else "")

    def lua(self) -> Mapping[str, object]:
        shown = {
            "dialect": self.dialect,
            "closed": self.closed,
            "methods": self.methods,
            "segments": {name: node.lua() for name, node in self.segments.items()},
            "variable": self.variable.lua() if self.variable else {},
        }
        return {name: value for name, value in shown.items() if value}


@dataclass(frozen=True)
class Binding:
    """One way to call a method over HTTP. `body` is the name of the field that the body fills, `*`, or empty.

    `constants` are fields that the path fills with a literal, as in `{family=keys}`; `path` has only the literal.
    """

    verb: str
    path: str
    body: str
    constants: frozenset[str] = frozenset()

    @property
    def variables(self) -> list[str]:
        """Names of the fields that the path fills."""
        parts = self.path.split("{")[1:]
        return [part.split("}")[0].split("=")[0] for part in parts]


def route_table(descriptors: descriptor_pb2.FileDescriptorSet) -> str:
    """The table as a Lua chunk that returns it."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    root = Node()
    for method in _methods(pool, descriptors):
        dialect = DIALECTS[method.containing_service.file.package]
        for binding in bindings(method):
            if not binding.path.startswith(TWINS):
                node = root.at(binding.path)
                node.dialect = dialect
                node.methods[binding.verb] = _takes(method, binding, dialect)
    for path in CLOSED:
        root.at(path).closed = True
    root.share()
    root.dialect = root.dialect or FALLBACK
    selection = _query(pool.FindMessageTypeByName(SELECTION), without={"path"}, any_case=True)
    table = {"routes": root.lua(), "selection": selection, "messages": _messages(pool, descriptors)}
    return f"-- Generated from the contract by proto/gen.py: do not edit.\nreturn {_lua(table)}\n"


def bindings(method: MethodDescriptor) -> Iterator[Binding]:
    """Every HTTP binding of a method: none for those that only gRPC has."""
    options = method.GetOptions()
    if annotations_pb2.http not in options.Extensions:
        return
    rule = options.Extensions[annotations_pb2.http]
    for one in (rule, *rule.additional_bindings):
        yield _binding(one)


def _binding(rule: http_pb2.HttpRule) -> Binding:
    verb = rule.WhichOneof("pattern") or ""
    path = getattr(rule, verb)
    constants = frozenset(name for name, _ in _CONSTANT.findall(path))
    return Binding(verb=verb.upper(), path=_CONSTANT.sub(r"\2", path), body=rule.body, constants=constants)


def _methods(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet
) -> Iterator[MethodDescriptor]:
    for file in descriptors.file:
        for service in file.service:
            yield from pool.FindServiceByName(f"{file.package}.{service.name}").methods


def _takes(method: MethodDescriptor, binding: Binding, dialect: str) -> Mapping[str, object]:
    """Entry of one method for edge.lua; absent values mean none."""
    request, any_case = method.input_type, dialect in ANY_CASE
    in_path = {*binding.variables, *binding.constants}
    takes: dict[str, object] = {}
    if binding.body != "*":
        without = {binding.body, *in_path}
        takes["query"] = _query(request, without=without, any_case=any_case)
        many = (path[-1].json_name for path in query_fields(request, without=without) if path[-1].is_repeated)
        takes["many"] = dict.fromkeys(many, True)
        takes["rules"] = _rules_of_enums(request, without=without)
    takes["resource"] = binding.body.strip("*") or request.name
    takes["any_case"] = any_case
    takes["in_xml"] = dialect in IN_XML
    takes["error_code"] = ERROR_CODES.get(method.containing_service.full_name, {}).get(binding.verb, 0)
    takes["lenient"] = dialect in LENIENT
    takes["strict"] = bool(STRICT.match(method.full_name))
    takes["is_stream"] = method.server_streaming
    takes["selects"] = "response_fields" in request.fields_by_name
    takes["spelling"] = dict(_respelled(request))
    if binding.body:
        body = request if binding.body == "*" else _message_of(request.fields_by_name[binding.body])
        takes["body"] = "raw" if body.full_name == "google.api.HttpBody" else "json"
        takes["message"] = _spec_of_message(body) if takes["body"] == "json" else {}
        takes["rpc"] = f"/{method.containing_service.full_name}/{method.name}" if takes["body"] == "json" else ""
        takes["body_bytes"] = rpc_options(method).max_bytes  # the routes in envoy.yaml agree
    if binding.body == "*":
        given = (request.fields_by_name[name] for name in binding.variables)
        takes["claimed"] = {name: True for one in given for name in _names(one)}
    return {name: value for name, value in takes.items() if value}


def _query(request: Descriptor, *, without: set[str], any_case: bool) -> Mapping[str, str]:
    """The names a query may use, each with the one to ask Envoy with; fields of messages have dotted names.

    In lower case where case does not matter.
    """
    found: dict[str, str] = {}
    for path in query_fields(request, without=without):
        found.update(dict.fromkeys(_spellings(path), ".".join(one.json_name for one in path)))
    return {name.lower(): known for name, known in found.items()} if any_case else found


def _rules_of_enums(request: Descriptor, *, without: set[str]) -> Mapping[str, str]:
    """Values that enum parameters of a query take, in words: the transcoder only says that a value is not valid."""
    paths = (path for path in query_fields(request, without=without) if path[-1].enum_type is not None)
    return {".".join(one.json_name for one in path): str(_spec(path[-1])["rule"]) for path in paths}


def query_fields(request: Descriptor, *, without: set[str]) -> Iterator[tuple[FieldDescriptor, ...]]:
    """Every field that a query may set, behind the fields on the way to it."""
    return (path for path in _paths(request) if path[0].name not in without)


def _messages(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet
) -> Mapping[str, Mapping[str, object]]:
    """Every message that a JSON body has, by its full name: for each name of a field what it takes."""
    found: dict[str, Mapping[str, object]] = {}
    for method in _methods(pool, descriptors):
        for binding in bindings(method):
            if binding.body:
                request = method.input_type
                body = request if binding.body == "*" else _message_of(request.fields_by_name[binding.body])
                _add_message(body, found)
    return found


def _add_message(message: Descriptor, found: dict[str, Mapping[str, object]]) -> None:
    if message.full_name in found or message.file.package.startswith("google."):
        return
    found[message.full_name] = {name: _spec(one) for one in message.fields for name in _names(one)}
    for one in message.fields:
        below = one.message_type
        if below is not None and below.GetOptions().map_entry:
            below = below.fields_by_name["value"].message_type
        if below is not None:
            _add_message(below, found)


def _spec(one: FieldDescriptor) -> Mapping[str, object]:
    """Form of a field: the kind of value, the rule in words, and for objects what is in them."""
    entry = one.message_type
    if entry is not None and entry.GetOptions().map_entry:
        return {"kind": "object", "rule": "must be an object", "value": _spec(entry.fields_by_name["value"])}
    spec = _spec_of_message(entry) if entry is not None else _spec_of_scalar(one)
    return {**spec, "is_list": True} if one.is_repeated else spec


def _spec_of_scalar(one: FieldDescriptor) -> Mapping[str, object]:
    if one.enum_type is not None:
        names = [value.name for value in one.enum_type.values if not value.name.endswith("_UNSPECIFIED")]
        return {"kind": "enum", "rule": f"must be one of {', '.join(names)}"}
    rule = KINDS[one.type]
    kind = "truth" if one.type == FieldDescriptor.TYPE_BOOL else "text" if "text" in rule else "number"
    return {"kind": kind, "rule": rule}


def _spec_of_message(message: Descriptor) -> Mapping[str, object]:
    if message.full_name in GOOGLE:
        kind, rule = GOOGLE[message.full_name]
        return {"kind": kind, "rule": rule}
    return {"kind": "object", "rule": "must be an object", "message": message.full_name}


def _paths(message: Descriptor, above: tuple[FieldDescriptor, ...] = ()) -> Iterator[tuple[FieldDescriptor, ...]]:
    """Every field of a message that is no message, behind the fields on the way to it; Google's types have none."""
    if len(above) > MAX_DEPTH:
        raise ValueError(f"{message.full_name}: nests deeper than {MAX_DEPTH} messages")
    for one in message.fields:
        if one.type != FieldDescriptor.TYPE_MESSAGE:
            yield (*above, one)
        elif not (inner := _message_of(one)).GetOptions().map_entry and inner.file.package != "google.protobuf":
            yield from _paths(inner, (*above, one))


def _respelled(message: Descriptor, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Fields at and below a message that JSON names otherwise, each with that name."""
    for one in message.fields if depth <= MAX_DEPTH else ():
        if one.name != one.json_name:
            yield one.name, one.json_name
        if one.message_type is not None:
            yield from _respelled(one.message_type, depth + 1)


def _spellings(path: Iterable[FieldDescriptor]) -> Iterator[str]:
    """Spellings of a path in JSON and queries: each field by its JSON name or by its own."""
    return (".".join(names) for names in product(*(_names(one) for one in path)))


def _names(one: FieldDescriptor) -> list[str]:
    return list(dict.fromkeys((one.json_name, one.name)))


def _message_of(one: FieldDescriptor) -> Descriptor:
    if one.message_type is None:
        raise TypeError(f"{one.full_name} is no message")
    return one.message_type


def _lua(value: object, indent: str = "") -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if not isinstance(value, Mapping):
        raise TypeError(f"no Lua for {type(value).__name__}")
    inner = indent + "  "
    lines = (f'{inner}["{name}"] = {_lua(value[name], inner)},\n' for name in sorted(value))
    return "{\n" + "".join(lines) + indent + "}" if value else "{}"
