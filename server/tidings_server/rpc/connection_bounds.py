"""Bounds of the connections of the gRPC port, which gRPC itself has not: of one address, and of all.

Whoever opens connections needs no credentials, and each takes a file descriptor, without which nothing works any more.
Surplus connections are shut down, the newest first: gRPC then closes them as if the client had.
"""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Counter as Metric

from tidings_server.platform import heartbeats
from tidings_server.platform.client_address import TrustedProxies
from tidings_server.platform.clock import Clock
from tidings_server.platform.open_connections import PROC, look_pause_s, open_connections, share_of, sockets_in_use
from tidings_server.platform.telemetry.metrics import REGISTRY

DESCRIPTORS: Final = Path("/proc/self/fd")
SOCKET: Final = "socket:["
LOG_EVERY_S: Final = 10.0

SHUT: Final = Metric(
    "tidings_grpc_connections_shut",
    "Connections of the gRPC port that were over their address's share, or over all that there may be.",
    registry=REGISTRY,
)

log = structlog.get_logger(__name__)


class ConnectionBounds:
    """Shuts down what is over `most` connections of a port, and over one address's share of them."""

    def __init__(
        self,
        *,
        port: int,
        most: int,
        clock: Clock,
        most_of_one: int = 0,
        proc: Path = PROC,
        proxies: str = "",
    ) -> None:
        """Connections of `proxies`, a comma list of CIDRs, are those of many: they count among all alone."""
        self._proxies = TrustedProxies(proxies)
        self._port = port
        self._most = most
        self._most_of_one = most_of_one or share_of(most)
        self._bound = min(most, self._most_of_one)
        self._in_use = 0
        self._clock = clock
        self._proc = proc
        self._logged_at = -LOG_EVERY_S
        self._looks = 0
        self._first_seen: dict[int, int] = {}

    async def run(self) -> None:
        """Look four times a second, or once while there are few connections, until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            with heartbeat.round():
                await self.run_once()
            await self._clock.sleep(look_pause_s(self._in_use, self._bound))

    async def run_once(self) -> int:
        """Look once; gives the number of connections that were shut down."""
        self._in_use = sockets_in_use(self._proc)
        if self._in_use <= self._bound // 2:
            self._first_seen.clear()
            return 0
        shut = await asyncio.to_thread(self._shut)
        if shut:
            SHUT.inc(shut)
            if self._clock.monotonic() - self._logged_at >= LOG_EVERY_S:
                self._logged_at = self._clock.monotonic()
                log.warning("grpc_connections_shut", count=shut, most=self._most, of_one_address=self._most_of_one)
        return shut

    def _shut(self) -> int:
        surplus = self._surplus()
        return sum(map(_shut_down, _descriptors(surplus))) if surplus else 0

    def _surplus(self) -> set[int]:
        """Numbers of the sockets that are too many: of those that were seen last.

        The numbers themselves tell little of age, since each processor gives its own.
        """
        found, seen = list(open_connections(self._port, self._proc)), self._first_seen
        self._looks += 1
        self._first_seen = seen = {each.inode: seen.get(each.inode, self._looks) for each in found}
        open_of, kept = Counter[str](), 0
        surplus = set()
        for each in sorted(found, key=lambda found: (seen[found.inode], found.inode)):
            has_room = open_of[each.network] < self._most_of_one or self._proxies.has(each.network)
            if kept < self._most and has_room:
                open_of[each.network] += 1
                kept += 1
            else:
                surplus.add(each.inode)
        return surplus


def _descriptors(inodes: Collection[int]) -> list[tuple[int, int]]:
    """Descriptors of this process that are these sockets, each with the socket's number."""
    found = []
    for entry in DESCRIPTORS.iterdir():
        with suppress(OSError):  # closed meanwhile
            target = str(entry.readlink())
            if target.startswith(SOCKET) and (inode := int(target[len(SOCKET) : -1])) in inodes:
                found.append((int(entry.name), inode))
    return found


def _shut_down(found: tuple[int, int]) -> bool:
    """Shut a socket down, whose descriptor may be another's by now: of what is duplicated the number must be right."""
    descriptor, inode = found
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as duplicate:
        if os.fstat(duplicate.fileno()).st_ino == inode:
            duplicate.shutdown(socket.SHUT_RDWR)
            return True
    return False
