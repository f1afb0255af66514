"""The REST paths of the contract as OpenAPI 3.1, for clients that are made without protoc and for tools that try them.

Everything follows from the descriptors: paths and bodies from `google.api.http`, schemas from proto3's JSON mapping,
texts from the comments, required scopes, body limits and statuses from the RPC's options; a status that its comment
names beside that (a repeat's 200) is another that it answers.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edge_routes import DIALECTS, TWINS, Binding, bindings, query_fields
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor
from rpc_options import PUBLIC, rpc_options

Schema = dict[str, object]

VERSION = "3.1.0"
MAX_BYTES = 1 << 20
"""Largest request where its RPC has no `max_bytes`."""

PROBLEM_TYPES = {"collector": "application/problem+json", "operator": "application/problem+json"}
"""Media type of errors, where a dialect's is not plain JSON."""

SECURITY: Mapping[str, list[Mapping[str, list[str]]]] = {
    "collector": [{"bearer": [], "tenant": []}],
    "push": [{"bearer": []}],
    "orchestration": [{"bearer": []}],
    "loyalty": [{"bearer": []}, {"tenantId": [], "apiKey": [], "apiSecret": []}],
    "scheduling": [{"store": [], "storeKey": []}, {"store": [], "userId": [], "userToken": []}],
    "operator": [{"bearer": []}],
    "tokens": [],
}
"""Security schemes of each dialect; one entry of a list is enough, all names of an entry together."""

HEADERS = {
    "tenant": "X-TWC-Tenant",
    "tenantId": "x-tenant-id",
    "apiKey": "x-api-key",
    "apiSecret": "x-api-secret",
    "store": "store",
    "storeKey": "api_key",
    "userId": "user_id",
    "userToken": "user_token",
}

_TYPES: Mapping[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.TYPE_INT64: {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
    FieldDescriptor.TYPE_UINT64: {"type": "string", "pattern": "^[0-9]{1,20}$"},
}
_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Value": {},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.ListValue": {"type": "array"},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.api.HttpBody": {},
}


def document(descriptors: descriptor_pb2.FileDescriptorSet) -> str:
    """The OpenAPI document as JSON; `descriptors` are with their comments and everything they import."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    said = dict(_comments(descriptors))
    paths: dict[str, dict[str, object]] = {}
    seen: dict[str, Descriptor] = {}
    services = ((file.package, service.name) for file in descriptors.file for service in file.service)
    for package, service in services:
        for method in pool.FindServiceByName(f"{package}.{service}").methods:
            for number, binding in enumerate(bindings(method)):
                if not binding.path.startswith(TWINS):
                    operation = _operation(method, binding, said, number)
                    _note_messages(seen, (method.input_type, method.output_type))
                    paths.setdefault(_template(binding.path), {})[binding.verb.lower()] = operation
    found = {
        "openapi": VERSION,
        "info": {
            "title": "Tidings",
            "version": "1",
            "description": "One commerce event hub behind five documented APIs.",
        },
        "paths": paths,
        "components": {
            "schemas": {name: _message_schema(message, said) for name, message in sorted(seen.items())},
            "securitySchemes": _security_schemes(),
        },
    }
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _operation(method: MethodDescriptor, binding: Binding, said: Mapping[str, str], number: int) -> Schema:
    """One way to call a method. `number` tells the ways apart."""
    dialect = DIALECTS[method.containing_service.file.package]
    comment = said.get(method.full_name, "")
    options = rpc_options(method)
    operation: Schema = {
        "operationId": f"{method.full_name.removeprefix('tidings.')}{number or ''}",
        "tags": [dialect],
        "description": " ".join(filter(None, (comment, *_requirements(options)))),
        "security": [] if options.required_scope == PUBLIC else SECURITY[dialect],
        "x-required-scope": options.required_scope,
        "parameters": [*_path_parameters(binding), *_query_parameters(method, binding, said)],
        "responses": _responses(method, dialect, comment),
    }
    if binding.body:
        operation["x-max-bytes"] = options.max_bytes or MAX_BYTES
        operation["requestBody"] = _request_body(method.input_type, binding)
    return operation


def _requirements(options: Any) -> Iterator[str]:
    """Required scope and body limit as sentences."""
    if ":" in options.required_scope or options.required_scope == "admin":
        yield f"Requires the scope `{options.required_scope}`."
    if options.max_bytes:
        yield f"The request may have up to {options.max_bytes:,} bytes."


def _path_parameters(binding: Binding) -> Iterator[Schema]:
    for name in binding.variables:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _query_parameters(method: MethodDescriptor, binding: Binding, said: Mapping[str, str]) -> Iterator[Schema]:
    if binding.body == "*":
        return
    for path in query_fields(method.input_type, without={binding.body, *binding.variables, *binding.constants}):
        schema = _field_schema(path[-1])
        is_repeated = any(one.is_repeated for one in path) and schema.get("type") != "array"
        yield {
            "name": ".".join(one.json_name for one in path),
            "in": "query",
            "description": said.get(path[-1].full_name, ""),
            "schema": {"type": "array", "items": schema} if is_repeated else schema,
        }


def _request_body(request: Descriptor, binding: Binding) -> Schema:
    if binding.body == "*":
        left_out = set(binding.variables)
        schema: Schema = _reference(request)
        if left_out:
            properties = {one.json_name: _field_schema(one) for one in request.fields if one.name not in left_out}
            schema = {"type": "object", "properties": properties}
        return {"required": True, "content": {"application/json": {"schema": schema}}}
    field = request.fields_by_name[binding.body]
    if field.message_type is not None and field.message_type.full_name == "google.api.HttpBody":
        return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
    return {"required": True, "content": {"application/json": {"schema": _field_schema(field)}}}


def _responses(method: MethodDescriptor, dialect: str, comment: str) -> Schema:
    error = {"content": {PROBLEM_TYPES.get(dialect, "application/json"): {"schema": {"type": "object"}}}}
    answers: Schema = {
        status: {"description": "Done.", **({} if status == "204" else {"content": _answer(method)})}
        for status in sorted({str(rpc_options(method).success_code or 200), *re.findall(r"\b20[0-4]\b", comment)})
    }
    answers["4XX"] = {"description": "Refused, in the error body of this API.", **error}
    answers["5XX"] = {"description": "The server's fault, in the error body of this API.", **error}
    return answers


def _answer(method: MethodDescriptor) -> Schema:
    answer = method.output_type
    if method.server_streaming:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    if answer.full_name == "google.api.HttpBody":
        return {"application/json": {"schema": {}}}
    if bare_list := rpc_options(method).bare_list:
        return {"application/json": {"schema": _field_schema(answer.fields_by_name[bare_list])}}
    return {"application/json": {"schema": _reference(answer)}}


def _note_messages(seen: dict[str, Descriptor], messages: Iterable[Descriptor]) -> None:
    for message in messages:
        if message.full_name in seen or message.full_name in _WELL_KNOWN or message.GetOptions().map_entry:
            continue
        seen[message.full_name] = message
        _note_messages(seen, _below(message))


def _below(message: Descriptor) -> Iterator[Descriptor]:
    for field in message.fields:
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            yield from _below(inner)
        elif inner is not None:
            yield inner


def _message_schema(message: Descriptor, said: Mapping[str, str]) -> Schema:
    properties = {
        field.json_name: {"description": said.get(field.full_name, ""), **_field_schema(field)}
        for field in message.fields
    }
    return {"type": "object", "description": said.get(message.full_name, ""), "properties": properties}


def _field_schema(field: FieldDescriptor) -> Schema:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _one_schema(inner.fields_by_name["value"])}
    one = _one_schema(field)
    return {"type": "array", "items": one} if field.is_repeated else one


def _one_schema(field: FieldDescriptor) -> Schema:
    if field.enum_type is not None:
        return {"type": "string", "enum": _values(field.enum_type)}
    if field.message_type is not None:
        return _reference(field.message_type)
    return dict(_TYPES[field.type])


def _values(enum: EnumDescriptor) -> list[str]:
    return [value.name for value in enum.values if not value.name.endswith("_UNSPECIFIED")]


def _reference(message: Descriptor) -> Schema:
    known = _WELL_KNOWN.get(message.full_name)
    return dict(known) if known is not None else {"$ref": f"#/components/schemas/{message.full_name}"}


def _security_schemes() -> Schema:
    keys = {name: {"type": "apiKey", "in": "header", "name": header} for name, header in HEADERS.items()}
    return {"bearer": {"type": "http", "scheme": "bearer"}, **keys}


def _template(path: str) -> str:
    return re.sub(r"\{(\w+)=[^}]*\}", r"{\1}", path)


def _comments(descriptors: descriptor_pb2.FileDescriptorSet) -> Iterator[tuple[str, str]]:
    """Full names of what has a comment, each with it, in one line."""
    for file in descriptors.file:
        names = dict(_names(file))
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name and location.leading_comments:
                yield name, " ".join(location.leading_comments.split())


def _names(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Source paths of everything that may have a comment; the numbers are those of descriptor.proto."""
    for index, service in enumerate(file.service):
        for number, method in enumerate(service.method):
            yield (6, index, 2, number), f"{file.package}.{service.name}.{method.name}"
    for index, message in enumerate(file.message_type):
        yield from _names_in(message, file.package, (4, index))


def _names_in(
    message: descriptor_pb2.DescriptorProto, around: str, at: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], str]]:
    name = f"{around}.{message.name}"
    yield at, name
    for number, field in enumerate(message.field):
        yield (*at, 2, number), f"{name}.{field.name}"
    for number, inner in enumerate(message.nested_type):
        yield from _names_in(inner, name, (*at, 3, number))
