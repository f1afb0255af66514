"""Calls of the server, with the credentials that each API asks for."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message

from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings_cli.failures import REFUSED, UNREACHED, USAGE, CommandFailed, of_call
from tidings_cli.profiles import Profile
from tidings_client.errors import TidingsError, from_rpc
from tidings_client.session import sendable

Stub = Callable[[grpc.aio.Channel], Any]
"""Class of a gRPC stub."""
Metadata = tuple[tuple[str, str], ...]

TIMEOUT_S = 30.0
MAX_MESSAGE_BYTES = 17 << 20
EARLY_S = 60
"""A token is renewed so long before it ends."""

PEM = b"-----BEGIN CERTIFICATE-----"

CLIENT, USER = "client", "user"


@dataclass(slots=True)
class Connection:
    """The server's address and the credentials for it.

    `keep` is called when a token was renewed. `option_of` names the option that sets a
    field. Which credentials a call shows follows from its API.
    """

    profile: Profile
    origin: str
    keep: Callable[[], None] = field(default=lambda: None)
    option_of: Callable[[str], str] = field(default=lambda _: "")

    @property
    def server(self) -> str:
        """Host and port of gRPC."""
        return self.profile.server

    def call(self, stub: Stub, method: str, request: Message, *, timeout_s: float = TIMEOUT_S) -> Any:
        """The response of a call. Raises CommandFailed."""
        return self.run(self.send(stub, method, request, timeout_s=timeout_s))

    async def send(self, stub: Stub, method: str, request: Message, *, timeout_s: float = TIMEOUT_S) -> Any:
        """The same within a loop. Raises TidingsError."""
        async with self._channel() as channel:
            metadata = await self._metadata(channel, request)
            return await _answered(getattr(stub(channel), method)(request, metadata=metadata, timeout=timeout_s))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of work that makes calls. Raises CommandFailed."""
        try:
            return asyncio.run(work)
        except TidingsError as error:
            raise of_call(error, self.option_of) from None

    def stream(
        self,
        stub: Stub,
        method: str,
        request: Message,
        *,
        tick_s: float | None = None,
        silence_s: float | None = None,
    ) -> Iterator[Any]:
        """The responses of a streaming call, and None after every `tick_s` without one. Raises CommandFailed.

        A connection on which nothing comes for `silence_s` counts as lost.
        """
        with asyncio.Runner() as runner:
            channel = runner.run(self._open())
            try:
                responses = runner.run(self._begun(channel, stub, method, request))
                yield from _read(runner, responses, tick_s, silence_s)
            except grpc.aio.AioRpcError as error:
                raise of_call(from_rpc(error), self.option_of) from None
            except TidingsError as error:
                raise of_call(error, self.option_of) from None
            finally:
                runner.run(channel.close())

    def forget_tokens(self) -> None:
        """Ask for new tokens from now on, where the server took the kept ones no more."""
        self.profile.tokens.clear()

    @asynccontextmanager
    async def authenticated(self) -> AsyncIterator["StreamSession"]:
        """A connection for a stream of events, within a loop."""
        async with self._channel() as channel:
            yield StreamSession(self, channel)

    async def token(self, channel: grpc.aio.Channel) -> str:
        """The client's access token."""
        return await self._token(channel, CLIENT)

    def tenant(self) -> str:
        """The tenant's name. Raises CommandFailed where there is none."""
        return self.profile.tenant or self._missing("a tenant")

    async def _open(self) -> grpc.aio.Channel:
        return self._channel()  # within the loop, which it keeps

    async def _begun(self, channel: grpc.aio.Channel, stub: Stub, method: str, request: Message) -> Any:
        return getattr(stub(channel), method)(request, metadata=await self._metadata(channel, request))

    def _channel(self) -> grpc.aio.Channel:
        options = (("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),)
        if not self.profile.ca:
            return grpc.aio.insecure_channel(self.server, options=options)
        return grpc.aio.secure_channel(self.server, _trusting(Path(self.profile.ca)), options=options)

    async def _metadata(self, channel: grpc.aio.Channel, request: Message) -> Metadata:
        return sendable(await self._credentials(channel, request))

    async def _credentials(self, channel: grpc.aio.Channel, request: Message) -> Metadata:
        profile = self.profile
        api = str(request.DESCRIPTOR.file.package).split(".")[1]
        if api == "identity":
            return ()
        if api == "admin":
            return (("authorization", f"Bearer {profile.operator_token or self._missing('an operator token')}"),)
        if api == "scheduling":
            store = profile.store or self._missing("a store and its key")
            return (("store", store), ("api_key", profile.store_key))
        if api == "orchestration":
            return (("authorization", f"Bearer {await self._token(channel, USER)}"),)
        return StreamSession(self, channel).metadata(await self.token(channel))

    async def _token(self, channel: grpc.aio.Channel, kind: str) -> str:
        """The access token of the client, or of its user: the kept one while it is good."""
        token, expires_at = self.profile.tokens.get(kind, ("", 0))
        if token and time.time() < expires_at - EARLY_S:
            return str(token)
        profile = self.profile
        if not profile.client_id:
            self._missing("an OAuth client")
        if kind == USER and not profile.username:
            self._missing("a user with a password")
        request = IssueTokenRequest(
            grant_type="password" if kind == USER else "client_credentials",
            client_id=profile.client_id,
            client_secret=profile.client_secret,
            username=profile.username if kind == USER else "",
            password=profile.password if kind == USER else "",
            scope="api" if kind == USER else "",
        )
        issued = await _answered(TokenServiceStub(channel).IssueToken(request, timeout=TIMEOUT_S))
        profile.tokens[kind] = [issued.access_token, int(time.time()) + issued.expires_in]
        self.keep()
        return str(issued.access_token)

    def _missing(self, what: str) -> str:
        raise CommandFailed(
            f"{what} is needed for this, and {self.origin} has none: see `tidings login --help`",
            code=REFUSED,
            reason="NO_CREDENTIALS",
        )


@dataclass(frozen=True, slots=True)
class StreamSession:
    """Credentials of a connection as `tidings_client.Producer` asks for them."""

    connection: Connection
    channel: grpc.aio.Channel

    async def token(self) -> str:
        """The access token, a kept one while it is good."""
        return await self.connection.token(self.channel)

    async def renewed(self, _stale: str) -> str:
        """A new one."""
        self.connection.forget_tokens()
        return await self.token()

    def metadata(self, token: str) -> Metadata:
        """Headers of a call."""
        return (("authorization", f"Bearer {token}"), ("x-twc-tenant", self.connection.tenant()))


def _read(runner: asyncio.Runner, responses: Any, tick_s: float | None, silence_s: float | None) -> Iterator[Any]:
    reading, silent_s = None, 0.0
    waits_s = [each for each in (tick_s, silence_s) if each is not None]
    while True:
        reading = reading or runner.get_loop().create_task(responses.read())
        began = time.monotonic()
        if not runner.run(_is_done(reading, min(waits_s, default=None))):
            silent_s += time.monotonic() - began
            if silence_s is not None and silent_s >= silence_s:
                raise CommandFailed(f"nothing came for {silent_s:.0f} s", code=UNREACHED, reason="SILENT")
            yield None
            continue
        response, reading, silent_s = reading.result(), None, 0.0
        if response is grpc.aio.EOF:
            return
        yield response


async def _is_done(task: asyncio.Task[Any], within_s: float | None) -> bool:
    done, _ = await asyncio.wait({task}, timeout=within_s)
    return bool(done)


def _trusting(ca: Path) -> grpc.ChannelCredentials:
    """Trust in the certificates of a file. Raises CommandFailed where it has none."""
    try:
        pem = ca.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{ca} can't be read: {(error.strerror or '').lower()}", code=USAGE) from None
    if PEM not in pem:
        raise CommandFailed(f"{ca} holds no PEM certificate", code=USAGE)
    return grpc.ssl_channel_credentials(pem)


async def _answered(call: Any) -> Any:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from None
