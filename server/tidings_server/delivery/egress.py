"""The guard of every outgoing connection: which addresses may be dialled.

It looks at the address really dialled, after the name was resolved and for each address of it, so a name that answers
something else the second time gains nothing. A connection that is reused was checked when it was made. Spellings of
an address (decimal, octal, hexadecimal, short, of other scripts) need no rules: they are resolved before.
"""

import errno
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""One item of `socket.getaddrinfo`."""

REFUSED = tuple(
    ip_network(net)
    for net in (
        # IANA's registry of special purposes. Not all of it is "not global" to every Python in support.
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' address translators; Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; most metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "168.63.129.16/32",  # Azure's metadata service, on a public address
        # Below 2000::/3, the only IPv6 addresses that can be public.
        "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
GLOBAL_UNICAST = ip_network("2000::/3")
"""Outside of it: loopback, mapped and compatible addresses, NAT64, unique local, link-local, site-local, multicast."""

ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The first half of an interface's id whose second half is an IPv4 address, behind any prefix (RFC 5214, 6.1)."""


REFUSAL = "the endpoint's address is not allowed"
RULE = "no loopback, private or link-local address"
"""Rule for a literal address that a client names; it does not reveal what the operator allows."""


class EgressRefused(OSError):
    """The address may not be dialled. Names no address: clients must not learn what a name resolves to in here."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, REFUSAL)


class Egress:
    """Allows public unicast addresses but those that the operator refuses, and what the operator allows beside them."""

    def __init__(self, allow: str = "", refuse: str = "") -> None:
        """Both are comma lists of CIDRs; an address in `refuse` is refused even if `allow` has it.

        Raises ValueError for another form.
        """
        self._allowed = _networks(allow)
        self._refused = _networks(refuse)

    def allows(self, host: str) -> bool:
        """Whether this address (a text without port; an IPv6 scope is ignored) may be dialled."""
        address = ip_address(host.partition("%")[0])
        named = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        if any(form in network for form in (address, named) for network in self._refused):
            return False
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
        """A socket for one resolved address: a `socket_factory` for dialling. Raises EgressRefused."""
        family, kind, protocol, _, address = info
        self.check(address[0])
        return socket.socket(family, kind, protocol)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in GLOBAL_UNICAST or _is_isatap(address)):
        return False
    return address.is_global and not any(address in network for network in REFUSED)


def _is_isatap(address: IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFFFFFF in ISATAP


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part, strict=False) for part in map(str.strip, text.split(",")) if part)
