"""Reflection of the services, by both versions of its protocol, for clients that have no files of the contract."""

from collections.abc import Iterable
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, EnumDescriptor, ServiceDescriptor
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha._async import ReflectionServicer

ALPHA: Final = reflection.SERVICE_NAME
V1: Final = "grpc.reflection.v1.ServerReflection"
_ALPHA_PACKAGE: Final = "grpc.reflection.v1alpha"
_V1_PACKAGE: Final = "grpc.reflection.v1"
_V1_FILE: Final = "grpc/reflection/v1/reflection.proto"


class ServiceReflection(ReflectionServicer):
    """Answers for services, messages and enums, and for what is in them: methods, fields, values.

    protobuf's pool finds the first three alone.
    """

    def _file_containing_symbol(self, request: Any, fully_qualified_name: str) -> Any:
        around, _, name = fully_qualified_name.rpartition(".")
        symbol = around if name and name in _names_in(around) else fully_qualified_name
        return super()._file_containing_symbol(request, symbol)  # type: ignore[misc]  # the stubs leave it out


def register(server: grpc.aio.Server, services: Iterable[str]) -> None:
    """Offer reflection of these services, and of itself. Both versions have the same messages by number and type."""
    _describe_v1()
    servicer = ServiceReflection((*services, ALPHA, V1))
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]  # generated
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(V1, {"ServerReflectionInfo": handler}),))


def _names_in(symbol: str) -> set[str]:
    """Names of what stands directly in a service, message or enum; none for anything else."""
    pool = descriptor_pool.Default()
    for find in (pool.FindServiceByName, pool.FindMessageTypeByName, pool.FindEnumTypeByName):
        try:
            return _members(find(symbol))
        except KeyError:
            continue
    return set()


def _members(found: ServiceDescriptor | Descriptor | EnumDescriptor) -> set[str]:
    if isinstance(found, ServiceDescriptor):
        return set(found.methods_by_name)
    if isinstance(found, EnumDescriptor):
        return set(found.values_by_name)
    return set(found.fields_by_name) | set(found.oneofs_by_name)


def _describe_v1() -> None:
    """Put the file of version 1 into the pool: that of v1alpha under its other name."""
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(_V1_FILE)
    except KeyError:
        alpha = descriptor_pb2.FileDescriptorProto()
        reflection_pb2.DESCRIPTOR.CopyToProto(alpha)
        file = descriptor_pb2.FileDescriptorProto.FromString(alpha.SerializeToString())
        file.name, file.package = _V1_FILE, _V1_PACKAGE
        for field in (field for message in file.message_type for field in message.field if field.type_name):
            field.type_name = field.type_name.replace(f".{_ALPHA_PACKAGE}.", f".{_V1_PACKAGE}.")
        for method in file.service[0].method:
            method.input_type = method.input_type.replace(f".{_ALPHA_PACKAGE}.", f".{_V1_PACKAGE}.")
            method.output_type = method.output_type.replace(f".{_ALPHA_PACKAGE}.", f".{_V1_PACKAGE}.")
        pool.AddSerializedFile(file.SerializeToString())
