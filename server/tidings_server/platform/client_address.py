"""Network address of the client whose call the present task serves."""

from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Protocol

HOST_BITS: Final = 64
"""Bits of an IPv6 address that its owner chooses at will."""


class Client(Protocol):
    """Source of the address; worked out only when it is read."""

    @property
    def address(self) -> str:
        """IP address without a port; empty where there is none."""
        ...


current_client: ContextVar[Client | None] = ContextVar("current_client", default=None)


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
