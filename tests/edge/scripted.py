"""A gRPC server that answers what a test says, for tests of the edge alone: a real Envoy stands in front of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

Context = grpc.aio.ServicerContext[Any, Any]
Unary = Callable[[Message, Context], Awaitable[Message]]
Stream = Callable[[Message, Context], AsyncIterator[Message]]

MAX_BYTES = 32 * 1024 * 1024
DESCRIPTORS = Path(__file__).parents[2] / "generated" / "descriptors" / "tidings.binpb"


def contract() -> descriptor_pool.DescriptorPool:
    """Every message and service of the contract."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file:
        pool.Add(file)
    return pool


@dataclass
class Call:
    """One call that arrived."""

    method: str
    request: Any
    metadata: dict[str, str]


@dataclass
class ScriptedServer(grpc.GenericRpcHandler):
    """Answers the default message of every method, or what `on` was given for it; remembers every call.

    Where Envoy `asked` whether a caller is known, before it reads a large body, he is if `knows` says so.
    """

    calls: list[Call] = field(default_factory=list)
    asked: list[Call] = field(default_factory=list)
    knows: bool = True
    unary: dict[str, Unary] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    pool: descriptor_pool.DescriptorPool = field(default_factory=contract)

    @property
    def last(self) -> Call:
        return self.calls[-1]

    def forget(self) -> None:
        self.calls.clear()
        self.asked.clear()
        self.knows = True
        self.unary.clear()
        self.streams.clear()

    def message(self, name: str, **fields: object) -> Any:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))(**fields)

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
        service, name = details.method.strip("/").split("/")
        method = self.pool.FindServiceByName(service).methods_by_name[name]
        metadata = {key: str(value) for key, value in details.invocation_metadata}
        is_question = metadata.get("x-tidings-caller") == "asked"

        message_type = message_factory.GetMessageClass(method.input_type)
        codec: dict[str, Any] = {
            "request_deserializer": (lambda _raw: message_type()) if is_question else message_type.FromString,
            "response_serializer": lambda message: message.SerializeToString(),
        }

        def remember(request: Message) -> None:
            calls = self.asked if is_question else self.calls
            calls.append(Call(f"{service.rpartition('.')[2]}/{name}", request, metadata))

        async def unary(request: Message, context: Context) -> Message:
            remember(request)
            default = message_factory.GetMessageClass(method.output_type)()
            if is_question:
                await context.send_initial_metadata((("x-tidings-caller", "known"),) * self.knows)
                return default
            return await self.unary[name](request, context) if name in self.unary else default

        async def stream(request: Message, context: Context) -> AsyncIterator[Message]:
            remember(request)
            async for message in self.streams[name](request, context):
                yield message

        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(stream, **codec)
        return grpc.unary_unary_rpc_method_handler(unary, **codec)


def answering(
    message: Message,
    *,
    initial: Iterable[tuple[str, str]] = (),
    trailing: Iterable[tuple[str, str]] = (),
    code: grpc.StatusCode = grpc.StatusCode.OK,
    details: str = "",
) -> Unary:
    """A handler that sends this metadata and then the message, or fails with `code`."""

    async def handle(_request: Message, context: Context) -> Message:
        if initial:
            await context.send_initial_metadata(tuple(initial))
        if code is not grpc.StatusCode.OK:
            await context.abort(code, details, tuple(trailing))
        return message

    return handle
