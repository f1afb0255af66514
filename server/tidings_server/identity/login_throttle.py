"""Login throttle: how many bad credentials a client address may show in a minute, over all APIs together.

Only failures count, and no caller is refused for a neighbour's. A random secret or a signed token cannot be guessed, so
it is verified whatever came before, and only a bad one is refused with the limit's error. A password can be guessed: it
is verified while the address has guesses left, each taken when it begins and given back when it was right, or when the
same password was right before. An IPv6 client owns its whole /64, which counts as one address.

The minute slides over the injected clock, which the windows of the library `limits` cannot be given.
"""

import hmac
import secrets
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from typing import Final

from tidings_server.identity.shared_counts import SharedCounts
from tidings_server.platform.client_address import current_client, network_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import InvalidGrant, LimitExceeded, Unauthenticated

KIND: Final = "login"
MINUTE_S: Final = 60.0
MAX_ADDRESSES: Final = 10_000
"""Addresses whose failures are counted, the one that has failed longest ago going first."""
MAX_KNOWN: Final = 10_000
"""Passwords that are remembered as right, the least recently used going first."""


class LoginThrottle:
    """Allows an address `per_minute` bad credentials in any minute."""

    def __init__(self, clock: Clock, *, per_minute: int, shared: SharedCounts | None = None) -> None:
        """`shared`: the counts of other processes, which hear of this one's failures and tell of theirs."""
        self._shared = shared
        if shared:
            shared.subscribe(KIND, self._fail_elsewhere)
        self._clock = clock
        self._per_minute = per_minute
        self._failed_at: OrderedDict[str, deque[float]] = OrderedDict()
        """By the hash of an address."""
        self._begun: Counter[str] = Counter()
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._key = secrets.token_bytes(32)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Verify a random secret or a signed token in here: a bad one counts, when the call itself comes.

        Raises LimitExceeded in place of Unauthenticated once the present caller's address has none left.
        """
        try:
            yield
        except Unauthenticated:
            client = current_client.get()
            if client is None or not client.is_caller_check:
                self._fail(_present_address())
            raise

    @asynccontextmanager
    async def guess(self, name: str, password: str) -> AsyncIterator[None]:
        """Verify a password in here. Raises LimitExceeded where the address has no guess left for one that is new."""
        pair = hmac.digest(self._key, f"{name}\0{password}".encode(), sha256)
        address = _present_address()
        if pair not in self._known and address and self._left(address) <= self._begun[address]:
            raise self._exceeded(address)
        self._begun[address] += 1
        try:
            yield
        except (Unauthenticated, InvalidGrant):
            self._known.pop(pair, None)
            self._fail(address)
            raise
        else:
            self._remember(pair)
        finally:
            self._begun[address] -= 1
            if not self._begun[address]:
                del self._begun[address]

    def _left(self, address: str) -> int:
        """Failures that the address may still have."""
        failed_at = self._failed_at.get(address)
        while failed_at and failed_at[0] <= self._clock.monotonic() - MINUTE_S:
            failed_at.popleft()
        return self._per_minute - len(failed_at or ())

    def _fail(self, address: str) -> None:
        if not address:
            return
        if self._left(address) <= 0:
            raise self._exceeded(address)
        self._note(address, 1)
        if self._shared:
            self._shared.count(KIND, address)

    def _fail_elsewhere(self, address: str, failures: int) -> None:
        self._note(address, max(0, min(failures, self._left(address))))

    def _note(self, address: str, failures: int) -> None:
        self._failed_at.setdefault(address, deque()).extend([self._clock.monotonic()] * failures)
        self._failed_at.move_to_end(address)
        if len(self._failed_at) > MAX_ADDRESSES:
            self._failed_at.popitem(last=False)

    def _exceeded(self, address: str) -> LimitExceeded:
        """The error, with the time until the oldest failure no longer counts."""
        failed_at = self._failed_at.get(address)
        left_s = failed_at[0] + MINUTE_S - self._clock.monotonic() if failed_at else 1.0
        return LimitExceeded("Too many bad credentials have come from this address.", retry_after_s=max(left_s, 1.0))

    def _remember(self, pair: bytes) -> None:
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)


def _present_address() -> str:
    """The hash of the caller's address: what is told to other processes is no address."""
    client = current_client.get()
    network = network_of(client.address) if client else ""
    return sha256(network.encode()).hexdigest()[:32] if network else ""
