"""Fetching the public keys of an issuer: one bounded GET behind the egress guard, no redirect followed."""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.name_resolution import Resolver
from tidings_server.platform.errors import Unavailable
from tidings_server.platform.pool_slots import SharedThreads

TIMEOUT_S = 5.0
"""Deadline of the whole request; a client's call waits for it."""
MAX_BYTES = 256 * 1024
MAX_THREADS = 16


class JwksFetcher:
    """Fetches JWK sets, each over a connection of its own, as they are rare.

    On threads that nothing else uses: issuers that hang hold up the keys of some others at most.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._threads = SharedThreads(MAX_THREADS, name="jwks")

    async def fetch(self, url: str) -> Mapping[str, Any]:
        """The JSON object at `url`. Raises Unavailable for anything else.

        On a thread with a loop of its own: what an issuer may answer within these bounds takes longer to read than any
        other caller may wait.
        """
        try:
            return await self._threads.run(lambda: asyncio.run(self._object(url)), owner=url)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise Unavailable(f"The issuer's keys cannot be fetched: {type(error).__name__}.") from None

    async def _object(self, url: str) -> Mapping[str, Any]:
        resolver = Resolver()
        connector = aiohttp.TCPConnector(limit=1, socket_factory=self._egress.socket, resolver=resolver)
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,
        )
        try:
            async with session, session.get(url, allow_redirects=False) as answer:
                return _read(await _bounded(answer), answer.status)
        finally:
            await resolver.close()


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body. Raises ValueError for one that is longer than MAX_BYTES."""
    read = b""
    while chunk := await answer.content.read(MAX_BYTES + 1 - len(read)):
        read += chunk
        if len(read) > MAX_BYTES:
            raise ValueError("the body is too long")
    return read


def _read(body: bytes, status: int) -> Mapping[str, Any]:
    document = json.loads(body)
    if status != HTTPStatus.OK or not isinstance(document, dict):
        raise ValueError("the answer is no JSON object")
    return document
