"""One Envoy for all tests of this folder, with a scripted server behind it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
import pytest_asyncio
from yarl import URL

from tests.edge.scripted import MAX_BYTES, ScriptedServer
from tidings_server.edge.configuration import EdgeConfig
from tidings_server.edge.process import Edge
from tidings_server.platform.clock import SystemClock

OPTIONS = (
    ("grpc.max_receive_message_length", MAX_BYTES),
    ("grpc.max_send_message_length", MAX_BYTES),
    ("grpc.max_metadata_size", 65_536),
    ("grpc.absolute_max_metadata_size", 131_072),
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass
class Rest:
    """Asks the edge; a path is sent as it is written."""

    session: aiohttp.ClientSession
    port: int

    async def __call__(self, method: str, target: str, **how: Any) -> Answer:
        url = URL(f"http://127.0.0.1:{self.port}{target}", encoded=True)
        async with self.session.request(method, url, **how) as answer:
            body = await answer.read()
            is_json = answer.content_type.endswith("json") and body
            return Answer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=body,
                json=await answer.json(content_type=None) if is_json else None,
            )


@dataclass
class Fronted:
    """A scripted server with an Envoy of its own."""

    edge: Edge
    server: ScriptedServer
    config: EdgeConfig
    grpc_server: grpc.aio.Server

    async def stop_server(self) -> None:
        await self.grpc_server.stop(None)


@asynccontextmanager
async def fronting(**policies: Any) -> AsyncIterator[Fronted]:
    directory = Path(tempfile.mkdtemp(prefix="tidings-"))
    config = EdgeConfig("127.0.0.1", 0, concurrency=1, directory=directory, **policies)
    script = ScriptedServer()
    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers((script,))
    server.add_insecure_port(f"unix:{config.grpc_socket}")
    await server.start()
    edge = Edge(config, SystemClock())
    try:
        await edge.start()
        yield Fronted(edge, script, config, server)
    finally:
        await edge.stop()
        await server.stop(None)
        shutil.rmtree(directory)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def fronted() -> AsyncIterator[Fronted]:
    async with fronting() as fronted:
        yield fronted


@pytest.fixture
def server(fronted: Fronted) -> ScriptedServer:
    fronted.server.forget()
    return fronted.server


@pytest_asyncio.fixture(loop_scope="session")
async def rest(fronted: Fronted) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield Rest(session, fronted.edge.port)
