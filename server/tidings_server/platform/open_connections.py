"""Open connections to a port of this machine, from the kernel's own list, and the shares of them.

Neither Envoy nor gRPC has a bound of connections by address. Where there is no such list (other systems than Linux)
nobody is counted.
"""

import re
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final, NamedTuple

from tidings_server.platform.client_address import network_of

LOOK_EVERY_S: Final = 0.25
"""Interval at which connections are counted: until the next time an address may have more than its share."""
CALM_S: Final = 1.0
"""The same where the machine has too few connections for anything to be counted."""
SHARE: Final = 4
"""An address (IPv6: its /64) may have the `SHARE`-th part of all connections, and at least `UNSHARED`."""
UNSHARED: Final = 50
PROC: Final = Path("/proc/net")
IN_USE: Final = re.compile(rb"^TCP6?: inuse (\d+)", re.MULTILINE)
HELD: Final = frozenset(("01", "08"))
"""States of connections that are held: ESTABLISHED and CLOSE_WAIT."""
WORD_BYTES: Final = 4


class OpenConnection(NamedTuple):
    """A connection: the network that counts as its client, and the number of its socket, larger for later ones."""

    network: str
    inode: int


def share_of(connections: int) -> int:
    """Connections of one address, of so many in all."""
    return max(UNSHARED, connections // SHARE)


def sockets_in_use(proc: Path = PROC) -> int:
    """TCP sockets of the whole machine, by lines such as `TCP: inuse 2 …`; asking costs next to nothing."""
    return sum(map(_in_use, (f"{proc}/sockstat", f"{proc}/sockstat6")))


def look_pause_s(in_use: int, bound: int) -> float:
    """Seconds until the next look: LOOK_EVERY_S, or CALM_S while the machine has less than half of `bound` in use.

    Whoever opens as many at once as there may be is found a second later in any case: before that all is calm.
    """
    return CALM_S if in_use < bound // 2 else LOOK_EVERY_S


def open_connections(port: int, proc: Path = PROC) -> Iterator[OpenConnection]:
    """Connections to a port, in no order; some ten milliseconds of a thread for 10,000 of them."""
    wanted = f":{port:04X}"
    for name in ("tcp", "tcp6"):
        for line in _lines(proc / name)[1:]:
            _, local, remote, state, *others = line.split()
            if local.endswith(wanted) and state in HELD:
                yield OpenConnection(network_of(_address(remote.partition(":")[0])), int(others[5]))


def _in_use(file: str) -> int:
    """Read without Path and without a decoder, which take three times as long: twice a second on an idle server."""
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123
            found = IN_USE.search(opened.read())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _address(printed: str) -> str:
    """An address as the kernel prints it: in hexadecimal, words of four bytes in the machine's own order."""
    words = (printed[at : at + 2 * WORD_BYTES] for at in range(0, len(printed), 2 * WORD_BYTES))
    raw = b"".join(int(word, 16).to_bytes(WORD_BYTES, sys.byteorder) for word in words)
    return str(IPv4Address(raw) if len(raw) == WORD_BYTES else IPv6Address(raw))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
