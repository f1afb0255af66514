"""The guard of every outgoing connection: which addresses may be dialled.

It looks at the address really dialled, after the name was resolved and for each address of it, so a name that answers
something else the second time gains nothing. A connection that is reused was checked when it was made.
"""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""One item of `socket.getaddrinfo`."""

REFUSED = tuple(
    ip_network(net)
    for net in (
        # Not all of these are "not global" to every Python in support.
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's metadata service, on a public address
        # IPv6 forms that carry an IPv4 address: compatible, mapped, NAT64 (both), Teredo, 6to4.
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",  # site-local
    )
)


REFUSAL = "the endpoint's address is not allowed"
RULE = "no loopback, private or link-local address"
"""What is asked of a literal address that a client names; it says nothing of what the operator allows."""


class EgressRefused(OSError):
    """The address may not be dialled. Names no address: what a name resolves to in here is nobody's business."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, REFUSAL)


class Egress:
    """Allows public unicast addresses, and those that the operator names in `TIDINGS_EGRESS_ALLOW`."""

    def __init__(self, allow: str = "") -> None:
        """`allow` is a comma list of CIDRs. Raises ValueError for another form."""
        parts = (part.strip() for part in allow.split(","))
        self._allowed = tuple(ip_network(part, strict=False) for part in parts if part)

    def allows(self, host: str) -> bool:
        """Whether this address (a text without port; an IPv6 scope is ignored) may be dialled."""
        address = ip_address(host.partition("%")[0])
        named = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        if any(form in network for form in (address, named) for network in self._allowed):
            return True
        return _is_public(address)

    def allows_host(self, host: str) -> bool:
        """Whether this host of a URL may be named: an address that may be dialled, or a name, resolved only later."""
        try:
            return self.allows(host)
        except ValueError:
            return True

    def check(self, host: str) -> None:
        """Raises EgressRefused unless this address may be dialled."""
        if not self.allows(host):
            raise EgressRefused

    def socket(self, info: AddressInfo) -> socket.socket:
        """A socket for one resolved address; the `socket_factory` of aiohttp's connector. Raises EgressRefused."""
        family, kind, protocol, _, address = info
        self.check(address[0])
        return socket.socket(family, kind, protocol)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in REFUSED)
