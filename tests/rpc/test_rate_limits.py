"""Rate limit of a credential's requests, and of an address's failed authentications."""

import pytest
from limits.errors import ConfigurationError, StorageError

from tidings_server.platform.clock import SystemClock
from tidings_server.platform.errors import LimitExceeded
from tidings_server.platform.scope import Scope
from tidings_server.rpc.middleware.rate_limit import LocalRateWindows, RateLimits, rate_windows


def scope(actor: str = "1", *, store: int = 1, tenant: int = 1) -> Scope:
    return Scope(tenant, "t", "demo", actor, actor, store_id=store)


async def test_each_credential_has_its_own_minute() -> None:
    limits = RateLimits(LocalRateWindows(), SystemClock(), per_minute=3)
    for _ in range(3):
        await limits.count(scope())
    with pytest.raises(LimitExceeded) as exceeded:
        await limits.count(scope())
    assert exceeded.value.retry_after_s is not None
    assert 1 <= exceeded.value.retry_after_s <= 60
    for other in (scope("1/1"), scope(store=2), scope(tenant=2)):
        await limits.count(other)


async def test_a_refused_request_does_not_count() -> None:
    windows = LocalRateWindows()
    limits = RateLimits(windows, SystemClock(), per_minute=2)
    for _ in range(2):
        await limits.count(scope())
    for _ in range(5):
        with pytest.raises(LimitExceeded):
            await limits.count(scope())
    stats = await windows.get_window_stats(limits._requests, "1", "1", "1")
    assert stats.remaining == 0


class Broken(LocalRateWindows):
    """A store that cannot be reached."""

    async def hit(self, *_args: object, **_more: object) -> bool:
        raise StorageError(OSError())

    test = hit


async def test_no_request_is_refused_while_the_store_fails() -> None:
    limits = RateLimits(Broken(), SystemClock(), per_minute=1)
    for _ in range(3):
        await limits.count(scope())


async def test_no_request_is_refused_while_the_store_is_unreachable() -> None:
    limits = RateLimits(rate_windows("redis://127.0.0.1:1"), SystemClock(), per_minute=1)
    for _ in range(3):
        await limits.count(scope())


def test_a_store_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        rate_windows("nonsense://host")
    assert isinstance(rate_windows(""), LocalRateWindows)
