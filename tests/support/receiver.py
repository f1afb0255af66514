"""A real HTTP receiver on a loopback port: records every request and answers as it is told."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from multidict import CIMultiDict

from tests.support.waiting import PATIENCE_S


@dataclass(frozen=True)
class Answer:
    """One answer; with `hold`, not before that event is set; with `resets` the connection is cut in its place."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: asyncio.Event | None = None
    resets: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes


Script = Callable[[Received], Answer | Awaitable[Answer]]


class Receiver:
    """An async context manager. `answers` are used up first, then what `paths` says for the path, then `default`."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.answers: deque[Answer] = deque()
        self.paths: dict[str, Answer | Script] = {}
        self.default = Answer()
        self._arrived = asyncio.Event()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def bodies(self, path: str | None = None) -> list[bytes]:
        """Bodies of all requests so far, of one path if named."""
        return [request.body for request in self.requests if path in (None, request.path)]

    async def wait_for(self, count: int) -> list[Received]:
        """All requests, once there are at least `count`. Raises TimeoutError."""
        return await self.wait_until(lambda requests: len(requests) >= count)

    async def wait_until(self, holds: Callable[[list[Received]], bool]) -> list[Received]:
        """All requests, once it holds of them. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.requests):
                self._arrived.clear()
                await self._arrived.wait()
        return self.requests

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        received = Received(request.method, request.path, CIMultiDict(request.headers), await request.read())
        self.requests.append(received)
        self._arrived.set()
        answer: Any = self.answers.popleft() if self.answers else self.paths.get(received.path, self.default)
        if callable(answer):
            answer = answer(received)
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer.hold:
            await answer.hold.wait()
        if answer.resets and request.transport:
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
