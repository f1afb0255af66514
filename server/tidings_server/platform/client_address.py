"""Network address of the client whose call the present task serves, and of those whom proxies forward for."""

from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Protocol

MAX_FORWARDED: Final = 16
"""Addresses of a header that are looked at, from its end."""
HOST_BITS: Final = 64
"""Bits of an IPv6 address that its owner chooses at will."""


class Client(Protocol):
    """Source of the address; worked out only when it is read."""

    @property
    def address(self) -> str:
        """IP address without a port; empty where there is none."""
        ...

    @property
    def is_caller_check(self) -> bool:
        """True for Envoy's caller check, which precedes the call itself."""
        ...


current_client: ContextVar[Client | None] = ContextVar("current_client", default=None)


class TrustedProxies:
    """Proxies whose word for their client's address counts, by their networks (a comma list of CIDRs)."""

    def __init__(self, networks: str = "") -> None:
        parts = filter(None, map(str.strip, networks.split(",")))
        self._networks = tuple(ip_network(part, strict=False) for part in parts)
        self._has = lru_cache(maxsize=4_096)(self._is_within)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def has(self, network: str) -> bool:
        """Whether an address, or a part of the network that counts as one, is a proxy's."""
        return bool(self._networks) and self._has(network)

    def client_of(self, peer: str, forwarded: str) -> str:
        """The nearest address that is no proxy's, from the peer back along its `X-Forwarded-For`.

        Whatever stands further left there was written by that client, and may be anything.
        """
        if not self.has(peer):
            return peer
        for text in reversed(forwarded.rsplit(",", MAX_FORWARDED)):
            address = text.strip()
            if not network_of(address):
                return peer
            peer = address
            if not self.has(peer):
                return peer
        return peer

    def _is_within(self, network: str) -> bool:
        try:
            found = ip_network(network.partition("%")[0], strict=False)
        except ValueError:
            return False
        return any(found.version == each.version and found.overlaps(each) for each in self._networks)


NO_PROXIES: Final = TrustedProxies()


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """The address that counts as one client: in IPv6 the network that it owns; empty for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, HOST_BITS), strict=False))
    return str(found)
