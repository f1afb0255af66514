"""Shares of the REST connections: who has too many of them gets no more, so that others find room.

Envoy has no bound of connections by address. So they are counted here, from the kernel's own list, and Envoy is given
the addresses that it refuses, as a rule of its RBAC filter. In the time until then (`LOOK_EVERY_S`) an address gets
more than its share. Where there is no such list (other systems than Linux) nobody is refused.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Gauge

from tidings_server.platform import heartbeats
from tidings_server.platform.client_address import network_of
from tidings_server.platform.clock import Clock
from tidings_server.platform.telemetry.metrics import REGISTRY

LOOK_EVERY_S: Final = 0.25
SHARE: Final = 4
"""An address (IPv6: its /64) may have the `SHARE`-th part of all connections, and at least `UNSHARED`."""
UNSHARED: Final = 50
PROC: Final = Path("/proc/net")
NAME: Final = "connection_shares"
HELD: Final = frozenset(("01", "08"))
"""States of connections that Envoy holds: ESTABLISHED and CLOSE_WAIT."""
WORD_BYTES: Final = 4
_RBAC: Final = "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC"

REFUSED: Final = Gauge(
    "tidings_refused_addresses", "Addresses that have their share of the REST connections.", registry=REGISTRY
)

log = structlog.get_logger(__name__)


class ConnectionShares:
    """Keeps the file of the refused addresses; `most` are the connections of one."""

    def __init__(self, file: Path, *, port: int, most: int, clock: Clock, proc: Path = PROC) -> None:
        self._file = file
        self._port = port
        self._most = most
        self._clock = clock
        self._proc = proc
        self._refused: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look every `LOOK_EVERY_S`, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            with heartbeat.round():
                await self.run_once()
            await self._clock.sleep(LOOK_EVERY_S)

    async def run_once(self) -> frozenset[str]:
        """Look once; gives the networks that are refused from now on."""
        refused = await asyncio.to_thread(self._over) if self._may_be_over() else frozenset()
        if refused != self._refused:
            write_refused(self._file, refused)
            self._refused = refused
            REFUSED.set(len(refused))
            log.warning("connections_refused", addresses=len(refused), connections_of_one=self._most)
        return refused

    def _may_be_over(self) -> bool:
        """Whether the whole machine has so many connections; the kernel's own count costs next to nothing."""
        return sum(_in_use(self._proc)) > self._most

    def _over(self) -> frozenset[str]:
        open_of = Counter(network_of(peer) for peer in peers(self._proc, port=self._port))
        return frozenset(network for network, count in open_of.items() if count > self._most)


def share_of(max_connections: int) -> int:
    """Connections of one address."""
    return max(UNSHARED, max_connections // SHARE)


def write_refused(file: Path, networks: Iterable[str]) -> None:
    """Write Envoy's rule by one rename, which it watches for: new connections of these networks are closed."""
    sources = [
        {"remote_ip": {"address_prefix": str(network.network_address), "prefix_len": network.prefixlen}}
        for network in map(ip_network, sorted(networks))
    ]
    policy = {"permissions": [{"any": True}], "principals": sources}
    rules = {"action": "DENY", "policies": {"refused": policy} if sources else {}}
    filter_config = {"@type": _RBAC, "stat_prefix": NAME, "rules": rules}
    resource = {
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        "name": NAME,
        "typed_config": filter_config,
    }
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"resources": [resource]}))
    fresh.replace(file)


def peers(proc: Path, *, port: int) -> Iterator[str]:
    """Addresses of the peers of all connections to a port of this machine, from `tcp` and `tcp6` of /proc/net."""
    wanted = f":{port:04X}"
    for name in ("tcp", "tcp6"):
        try:
            lines = (proc / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, remote, state, *_ = line.split(maxsplit=4)
            if local.endswith(wanted) and state in HELD:
                yield _address(remote.partition(":")[0])


def _address(printed: str) -> str:
    """An address as the kernel prints it: in hexadecimal, words of four bytes in the machine's own order."""
    words = (printed[at : at + 2 * WORD_BYTES] for at in range(0, len(printed), 2 * WORD_BYTES))
    raw = b"".join(int(word, 16).to_bytes(WORD_BYTES, sys.byteorder) for word in words)
    return str(IPv4Address(raw) if len(raw) == WORD_BYTES else IPv6Address(raw))


def _in_use(proc: Path) -> Iterator[int]:
    """Sockets of TCP that are in use, by the lines `TCP: inuse 2 …` of sockstat and `TCP6: inuse 9` of sockstat6."""
    for name in ("sockstat", "sockstat6"):
        try:
            lines = (proc / name).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith("TCP"):
                yield int(line.split()[2])
