"""Calls of the server as its operator, with one-line error messages."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import typer
from google.protobuf.message import Message

from tidings_client.errors import TidingsError, from_rpc

Stub = Callable[[grpc.aio.Channel], Any]
"""Class of a gRPC stub."""

TIMEOUT_S = 30.0
TOKEN_FILE = "operator-token"  # noqa: S105 - the name of a file
DEMO_FILE = "demo-credentials.json"


@dataclass(frozen=True, slots=True)
class Connection:
    """The server's address and the operator's token. `ca` is a PEM file, for TLS.

    Without `token` and `token_file` the token is read from the server's data directory.
    """

    server: str
    data_dir: Path
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    ca: Path | None = None

    def call(self, stub: Stub, method: str, request: Message, *, is_public: bool = False) -> Any:
        """The response of a call. An error ends the command with a line on stderr and status 1."""
        metadata = () if is_public else (("authorization", f"Bearer {self._token()}"),)

        async def send() -> Any:
            async with self._channel() as channel:
                try:
                    return await getattr(stub(channel), method)(request, metadata=metadata, timeout=TIMEOUT_S)
                except grpc.aio.AioRpcError as error:
                    raise from_rpc(error) from None

        try:
            return asyncio.run(send())
        except TidingsError as error:
            raise fail(error_line(error)) from None

    def stream(self, stub: Stub, method: str, request: Message) -> Iterator[Any]:
        """The responses of a streaming call. Errors end the command as in `call`."""
        metadata = (("authorization", f"Bearer {self._token()}"),)
        with asyncio.Runner() as runner:

            async def begin() -> tuple[grpc.aio.Channel, Any]:
                channel = self._channel()
                return channel, getattr(stub(channel), method)(request, metadata=metadata)

            channel, responses = runner.run(begin())
            try:
                while (response := runner.run(responses.read())) is not grpc.aio.EOF:
                    yield response
            except grpc.aio.AioRpcError as error:
                raise fail(error_line(from_rpc(error))) from None
            finally:
                runner.run(channel.close())

    def _channel(self) -> grpc.aio.Channel:
        if self.ca is None:
            return grpc.aio.insecure_channel(self.server)
        return grpc.aio.secure_channel(self.server, grpc.ssl_channel_credentials(self.ca.read_bytes()))

    def _token(self) -> str:
        """The operator's token: the option, else the file's, else that of a server on this machine."""
        if self.token:
            return self.token
        if self.token_file is not None:
            return self.token_file.read_text().strip()
        return _operators(self.data_dir) or _demos(self.data_dir) or _missing(self.data_dir)


def error_line(error: TidingsError) -> str:
    """An error as one line, with the request id to search the server's log for."""
    request = f" (request {error.request_id})" if error.request_id else ""
    return f"{error}{request}"


def fail(message: str) -> typer.Exit:
    """Print an error message; returns the exception that ends the command."""
    typer.echo(f"tidings: {message}", err=True)
    return typer.Exit(1)


def _operators(data_dir: Path) -> str:
    file = data_dir / TOKEN_FILE
    return file.read_text().strip() if file.exists() else ""


def _demos(data_dir: Path) -> str:
    file = data_dir / DEMO_FILE
    return str(json.loads(file.read_text())["operator_token"]) if file.exists() else ""


def _missing(data_dir: Path) -> str:
    raise fail(
        f"no operator token: set TIDINGS_OPERATOR_TOKEN, name a file with --token-file, or set TIDINGS_DATA_DIR to "
        f"where the server has {TOKEN_FILE} (looked in {data_dir})"
    )
