"""Reference of the contract for gRPC clients, as one Markdown page, from the descriptors and their comments."""

from collections.abc import Iterator

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor
from openapi.operations import API_TITLES
from openapi.promises import Comments, comments
from rpc_options import rpc_options

HEAD = """\
# gRPC reference

All services and messages of the contract, made from `proto/tidings`. Errors are `google.rpc.Status` with `ErrorInfo`
(`reason`, domain `tidings`), `BadRequest` for bad fields, `RetryInfo` and `RequestInfo`. The REST paths of the same
calls are in the [REST reference](rest.md).
"""

_SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
}


def reference(descriptors: descriptor_pb2.FileDescriptorSet) -> str:
    """The page; `descriptors` are with their comments and everything they import."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    said = comments(descriptors)
    ours = [file for file in descriptors.file if file.package.startswith("tidings.") and "options" not in file.package]
    lines = [HEAD]
    for api, title in API_TITLES.items():
        package = f"tidings.{api}.v1"
        files = [file for file in ours if file.package == package]
        lines.append(f"## {title}\n\nPackage `{package}`.\n")
        for file in files:
            for service in file.service:
                lines += _service(pool.FindServiceByName(f"{package}.{service.name}"), said)
        for file in files:
            for message in file.message_type:
                lines += _message(pool.FindMessageTypeByName(f"{package}.{message.name}"), said)
            for enum in file.enum_type:
                lines += _enum(pool.FindEnumTypeByName(f"{package}.{enum.name}"), said)
    return "\n".join(lines).rstrip() + "\n"


def _service(service: ServiceDescriptor, said: Comments) -> Iterator[str]:
    yield f"### {service.name} {{: #{_anchor(service.full_name)} }}\n\n{said.of(service.full_name)}\n"
    yield "| call | request | response | scope | what |\n|---|---|---|---|---|"
    for method in service.methods:
        yield _method(method, said)
    yield ""


def _method(method: MethodDescriptor, said: Comments) -> str:
    sent, stream = ("stream of " if flag else "" for flag in (method.client_streaming, method.server_streaming))
    scope = rpc_options(method).required_scope
    text = _cell(said.of(method.full_name))
    taken, given = _link(method.input_type), _link(method.output_type)
    return f"| `{method.name}` | {sent}{taken} | {stream}{given} | `{scope}` | {text} |"


def _message(message: Descriptor, said: Comments) -> Iterator[str]:
    if message.GetOptions().map_entry:
        return
    name = message.full_name.removeprefix(f"{message.file.package}.")
    yield f"### {name} {{: #{_anchor(message.full_name)} }}\n\n{said.of(message.full_name)}\n"
    if message.fields:
        yield "| field | type | number | what |\n|---|---|---|---|"
        for field in message.fields:
            yield f"| `{field.name}` | {_type(field)} | {field.number} | {_cell(said.of(field.full_name))} |"
        yield ""
    for enum in message.enum_types:
        yield from _enum(enum, said)
    for inner in message.nested_types:
        yield from _message(inner, said)


def _enum(enum: EnumDescriptor, said: Comments) -> Iterator[str]:
    name = enum.full_name.removeprefix(f"{enum.file.package}.")
    yield f"### {name} {{: #{_anchor(enum.full_name)} }}\n\n{said.of(enum.full_name)}\n"
    yield "| value | number | what |\n|---|---|---|"
    for value in enum.values:
        yield f"| `{value.name}` | {value.number} | {_cell(said.of(f'{enum.full_name}.{value.name}'))} |"
    yield ""


def _type(field: FieldDescriptor) -> str:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        key, value = inner.fields_by_name["key"], inner.fields_by_name["value"]
        return f"map of {_one(key)} to {_one(value)}"
    prefix = "list of " if field.is_repeated else ""
    optional = "optional " if field.has_presence and inner is None and field.containing_oneof is not None else ""
    return f"{prefix}{optional}{_one(field)}"


def _one(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return _link(field.message_type)
    if field.enum_type is not None:
        enum = field.enum_type
        return f"[{enum.name}](#{_anchor(enum.full_name)})"
    return _SCALARS[field.type]


def _link(message: Descriptor) -> str:
    if not message.full_name.startswith("tidings."):
        return f"`{message.full_name}`"
    return f"[{message.name}](#{_anchor(message.full_name)})"


def _anchor(name: str) -> str:
    return name.removeprefix("tidings.").replace(".", "-").lower()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
