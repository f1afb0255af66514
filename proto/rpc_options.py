"""Options of an RPC (`tidings.options.v1`), read without generated code, which is only about to be written."""

from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

PUBLIC = "public"
"""Required scope of RPCs that look at no credentials."""


def rpc_options(method: MethodDescriptor) -> Any:
    """The method's RpcOptions. Its pool must have options.proto and descriptor.proto."""
    pool = method.containing_service.file.pool
    options: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.MethodOptions"))
    extension = pool.FindExtensionByName("tidings.options.v1.rpc")
    return options.FromString(method.GetOptions().SerializeToString()).Extensions[extension]
