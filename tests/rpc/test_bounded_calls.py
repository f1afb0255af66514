"""Messages that are none to gRPC's own services, which need no credentials."""

import gzip
import logging
from collections.abc import Iterable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from tests.rpc.test_silent_calls import channel_to
from tests.support.installation import Installation
from tidings_server.rpc.bounded_calls import MAX_BYTES

PATHS = (
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
)
INVALID, EXHAUSTED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED
BAD: dict[str, tuple[bytes, grpc.StatusCode]] = {
    "no protobuf": (b"\xff" * 20, INVALID),
    "half a message": (b"\x0a\x05ab", INVALID),
    "no UTF-8": (b"\x0a\x02\xff\xfe", INVALID),
    "a broken archive": (b"\x1f\x8b\x08" + b"\xff" * 20, INVALID),
    "a packed message that is none": (gzip.compress(b"\xff" * 20), INVALID),
    "a bomb": (gzip.compress(bytes(10 << 20)), EXHAUSTED),
    "a long message": (health_pb2.HealthCheckRequest(service="x" * MAX_BYTES).SerializeToString(), EXHAUSTED),
}


async def refusal(channel: Any, path: str, sent: Iterable[bytes]) -> grpc.aio.AioRpcError:
    call: Any = channel.stream_stream(path)(iter(sent))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await anext(aiter(call))
    return refused.value


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("bad", BAD)
async def test_a_bad_message_is_refused_with_a_text_of_ours(
    installation: Installation, caplog: pytest.LogCaptureFixture, path: str, bad: str
) -> None:
    sent, code = BAD[bad]
    async with channel_to(installation) as channel:
        refused = await refusal(channel, path, [sent])
    assert refused.code() is code
    assert "<class" not in str(refused.details())
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_reflection_answers_what_came_before_a_bad_message(installation: Installation) -> None:
    good = reflection_pb2.ServerReflectionRequest(list_services="*").SerializeToString()
    async with channel_to(installation) as channel:
        call: Any = channel.stream_stream(PATHS[3])(iter([good, b"\xff"]))
        answers = aiter(call)
        assert b"grpc.health.v1.Health" in await anext(answers)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await anext(answers)
    assert refused.value.code() is INVALID
