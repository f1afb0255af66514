"""A connection with credentials: every call gets an access token, a deadline, and typed errors."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

import grpc
import grpc.aio

from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings_client.errors import InvalidInput, Unauthenticated, Violation, from_rpc
from tidings_client.ids import uuid7
from tidings_client.retries import SERVICE_CONFIG
from tidings_client.tokens import Credentials, Headers, Tokens

Request = TypeVar("Request")
Response = TypeVar("Response")

# Calls that change nothing: a repeat needs no key.
READS = ("Get", "List", "Search", "Preview")

# A batch and an answer may have 16 MiB; what is above is the frame around them.
MAX_MESSAGE_BYTES = 17 * 1024 * 1024
OPTIONS = (
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.per_rpc_retry_buffer_size", MAX_MESSAGE_BYTES),  # else a large batch is never retried
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.keepalive_time_ms", 60_000),
)


class Session:
    """Makes calls of any service of Tidings: `await session.call(stub.GetEvent, request)`.

    `channel_credentials`: TLS; absent: plain text, for a server on this machine. `timeout_s`: the default deadline
    of a call, its retries included.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials,
        *,
        tenant: str,
        timeout_s: float,
        channel_credentials: grpc.ChannelCredentials | None,
    ) -> None:
        self.channel = (
            grpc.aio.secure_channel(target, channel_credentials, options=OPTIONS)
            if channel_credentials
            else grpc.aio.insecure_channel(target, options=OPTIONS)
        )
        self._tokens = Tokens(credentials, self._issue)
        self._headers = credentials.headers() + ((("x-twc-tenant", tenant),) if tenant else ())
        self._timeout_s = timeout_s

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        timeout_s: float | None = None,
    ) -> Response:
        """The response of an idempotent call: a read, or a write with its own id."""
        return await self._authenticated(method, request, timeout_s or self._timeout_s, ())

    async def call_once(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        timeout_s: float | None = None,
        idempotency_key: str = "",
    ) -> Response:
        """The response of any other call, sent with an idempotency key so that retries have no second effect.

        `idempotency_key`: for the caller's own retries; empty: a new one for this call.
        """
        key = ("idempotency-key", idempotency_key or uuid7())
        return await self._authenticated(method, request, timeout_s or self._timeout_s, (key,))

    async def send(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        name: str,
        timeout_s: float | None = None,
        idempotency_key: str = "",
    ) -> Response:
        """The response of a call of which only the name is known: `GetEvent` is a read, `CreateJob` needs a key."""
        if name.startswith(READS) and not idempotency_key:
            return await self.call(method, request, timeout_s=timeout_s)
        return await self.call_once(method, request, timeout_s=timeout_s, idempotency_key=idempotency_key)

    async def stream(
        self, method: grpc.aio.UnaryStreamMultiCallable[Request, Response], request: Request
    ) -> AsyncGenerator[Response, None]:
        """The responses of a stream, without a deadline, until the server or the network ends it."""
        token = await self._tokens.current()
        has_received = False
        try:
            async with aclosing(_streamed(method, request, self._metadata(token))) as answers:
                async for answer in answers:
                    has_received = True
                    yield answer
        except Unauthenticated:
            if has_received or not self._tokens.is_renewable:
                raise
        else:
            return
        token = await self._tokens.renewed(token)
        async with aclosing(_streamed(method, request, self._metadata(token))) as answers:
            async for answer in answers:
                yield answer

    async def token(self) -> str:
        """The access token for a call of the caller's own; empty for credentials that have none."""
        return await self._tokens.current()

    async def renewed(self, stale: str) -> str:
        """A new token in place of one that was refused."""
        return await self._tokens.renewed(stale)

    def metadata(self, token: str) -> Headers:
        """Headers of a call of the caller's own."""
        return self._metadata(token)

    async def close(self) -> None:
        """Close the connection; calls in progress are cancelled."""
        await self.channel.close(grace=None)

    async def _authenticated(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout_s: float,
        extra: Headers,
    ) -> Response:
        token = await self._tokens.current()
        try:
            return await _sent(method, request, timeout_s, self._metadata(token) + extra)
        except Unauthenticated:
            if not self._tokens.is_renewable:
                raise
            # Keys may be rotated and clients revoked before a token expires; a new token shows which of the two it is.
            token = await self._tokens.renewed(token)
            return await _sent(method, request, timeout_s, self._metadata(token) + extra)

    async def _issue(self, request: IssueTokenRequest) -> Token:
        return await _sent(TokenServiceStub(self.channel).IssueToken, request, self._timeout_s, ())

    def _metadata(self, token: str) -> Headers:
        return ((("authorization", f"Bearer {token}"),) if token else ()) + self._headers


def sendable(headers: Headers) -> Headers:
    """The headers, which are credentials and names. Raises InvalidInput for a value that no header can have."""
    for name, value in headers:
        if not (value.isascii() and value.isprintable()):
            violation = Violation(name, "must be of visible ASCII characters")
            raise InvalidInput(f"{name}: {violation.rule}", reason="INVALID_INPUT", violations=(violation,))
    return headers


async def _sent(
    method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request, timeout_s: float, metadata: Headers
) -> Response:
    try:
        return await method(request, timeout=timeout_s, metadata=sendable(metadata))
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from error


async def _streamed(
    method: grpc.aio.UnaryStreamMultiCallable[Request, Response], request: Request, metadata: Headers
) -> AsyncGenerator[Response, None]:
    call = method(request, metadata=sendable(metadata))
    try:
        async for answer in call:
            yield answer
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from error
    finally:
        call.cancel()
