"""Rate limit of requests a minute, for the dialects whose documents have one: sliding windows of the library `limits`.

Each process counts by itself, or all count together in a store that the operator names. Where that store fails, no
request is refused: a limit protects the service and must not end it.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats
from limits.aio.strategies import MovingWindowRateLimiter as SharedWindows
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from tidings_server.platform.clock import US_PER_S, Clock
from tidings_server.platform.errors import LimitExceeded
from tidings_server.platform.scope import Scope
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.metadata import Context, RpcCall
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Middleware, Serve

REDIS: Final = ("redis://", "rediss://")
DEADLINE_S: Final = 0.5
AWAY_S: Final = 5.0
"""Pause after a store that did not answer, in which nothing is counted."""

logger = structlog.get_logger(__name__)


class RateWindows(Protocol):
    """Windows that slide over the last minute, by name."""

    async def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count one, if there is room."""
        ...

    async def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Whether there is room."""
        ...

    async def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        """Time when there is room again, in seconds since 1970, and the room now."""
        ...


class LocalRateWindows:
    """RateWindows of this process alone."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        return self._limiter.hit(item, *identifiers, cost=cost)

    async def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        return self._limiter.test(item, *identifiers, cost=cost)

    async def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        return self._limiter.get_window_stats(item, *identifiers)


class RateLimits:
    """The limit of document 004: requests by credential. Failed authentications are the login throttle's."""

    def __init__(self, windows: RateWindows, clock: Clock, *, per_minute: int) -> None:
        self._windows = windows
        self._clock = clock
        self._requests = RateLimitItemPerMinute(per_minute, namespace="tidings-requests")
        self._retry_at = 0.0

    async def count(self, scope: Scope) -> None:
        """Count a request. Raises LimitExceeded, and does not count it, when the credential has made too many."""
        key = (str(scope.tenant), str(scope.store_id), scope.actor)
        if not await self._answer(lambda: self._windows.hit(self._requests, *key)):
            raise await self._exceeded(self._requests, *key)

    async def _answer(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        """Whether there is room; true while the store does not answer in time."""
        if self._clock.monotonic() < self._retry_at:
            return True
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await ask()
        except (StorageError, TimeoutError):
            logger.warning("requests_not_counted", seconds=AWAY_S, exc_info=True)
            self._retry_at = self._clock.monotonic() + AWAY_S
            return True

    async def _exceeded(self, item: RateLimitItem, *key: str) -> LimitExceeded:
        """The error, with whole seconds until there is room again."""
        wait_s = 1
        try:
            async with asyncio.timeout(DEADLINE_S):
                stats = await self._windows.get_window_stats(item, *key)
            wait_s = max(1, math.ceil(stats.reset_time - self._clock.now_us() / US_PER_S))
        except (StorageError, TimeoutError):
            logger.warning("requests_not_counted", exc_info=True)
        return LimitExceeded(f"At most {item.amount} a minute.", retry_after_s=wait_s)


def rate_limit(limits: RateLimits) -> Middleware:
    """Refuse a credential that has made too many requests; stands within authentication."""

    def middleware(rpc: Rpc, inner: Serve) -> Serve:
        async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
            if call.scope is not None:
                await limits.count(call.scope)
            return await inner(call, request, context)

        return serve if BY_SERVICE[rpc.service].is_rate_limited else inner

    return middleware


def rate_windows(url: str) -> RateWindows:
    """Windows in the store at a URL such as `redis://host:6379`; empty: of this process alone.

    Raises limits.errors.ConfigurationError for a store that is none, or whose library is not installed.
    """
    if not url:
        return LocalRateWindows()
    if not url.startswith(REDIS):
        raise ConfigurationError(f"must begin with one of {', '.join(REDIS)}")
    storage = storage_from_string(f"async+{url}", implementation="redispy", wrap_exceptions=True)
    return SharedWindows(storage)
