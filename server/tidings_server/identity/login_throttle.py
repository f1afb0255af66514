"""Login throttle: bad credentials are counted by client address, and an address with too many is refused.

Credentials that were good before do not come here (see authentication.py): a throttled address is refused with new
credentials, not the clients that already work behind it. An IPv6 client owns its whole /64, so that counts as one
address.
"""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tidings_server.platform.client_address import current_client, network_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LimitExceeded

MINUTE_S = 60.0
MAX_REFUSED = 10_000
"""Addresses that are kept out at once; beyond that the oldest may try again."""


class LoginThrottle:
    """Allows an address `per_minute` bad credentials in any minute, and refuses it for a minute after that."""

    def __init__(self, clock: Clock, *, per_minute: int) -> None:
        self._clock = clock
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._refused_until: dict[str, float] = {}

    def check(self) -> None:
        """Raises LimitExceeded while the present caller's address is refused."""
        if not self._refused_until:
            return
        client = _present_client()
        left_s = self._refused_until.get(client, 0.0) - self._clock.monotonic()
        if left_s > 0:
            raise LimitExceeded("Too many bad credentials have come from this address.", retry_after_s=left_s)
        self._refused_until.pop(client, None)

    def failed(self) -> None:
        """Note that the present caller's credentials were bad."""
        client = _present_client()
        if client and not self._limiter.hit(self._limit, client):
            if len(self._refused_until) >= MAX_REFUSED:
                del self._refused_until[next(iter(self._refused_until))]
            self._refused_until[client] = self._clock.monotonic() + MINUTE_S


def _present_client() -> str:
    client = current_client.get()
    return network_of(client.address) if client else ""
