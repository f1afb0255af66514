"""Shares of the REST connections: who has too many of them gets no more, so that others find room.

They are counted here, and Envoy is given the addresses that it refuses, as a rule of its RBAC filter.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import Gauge

from tidings_server.platform.client_address import NO_PROXIES, TrustedProxies
from tidings_server.platform.clock import Clock
from tidings_server.platform.open_connections import PROC, look_pause_s, open_connections, sockets_in_use
from tidings_server.platform.telemetry.metrics import REGISTRY

NAME: Final = "connection_shares"
_RBAC: Final = "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC"

REFUSED: Final = Gauge(
    "tidings_refused_addresses", "Addresses that have their share of the REST connections.", registry=REGISTRY
)

log = structlog.get_logger(__name__)


class ConnectionShares:
    """Keeps the file of the refused addresses; `most` are the connections of one."""

    def __init__(
        self,
        file: Path,
        *,
        port: int,
        most: int,
        clock: Clock,
        proc: Path = PROC,
        proxies: TrustedProxies = NO_PROXIES,
    ) -> None:
        """Connections of `proxies` are those of many, and have no share."""
        self._proxies = proxies
        self._file = file
        self._port = port
        self._most = most
        self._clock = clock
        self._proc = proc
        self._in_use = 0
        self._refused: frozenset[str] = frozenset()
        self._over_before: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look four times a second, or once while there are few connections, until cancelled."""
        while True:
            try:
                await self.run_once()
            except OSError:  # a disk that is full: the file stays as it is
                log.exception("connection_shares_not_written")
            await self._clock.sleep(look_pause_s(self._in_use, self._most))

    async def run_once(self) -> frozenset[str]:
        """Look once; gives the networks that are refused from now on: those over their share twice in a row."""
        over = await asyncio.to_thread(self._over) if self._may_be_over() else frozenset()
        refused, self._over_before = over & self._over_before, over
        if refused != self._refused:
            write_refused(self._file, refused)
            self._refused = refused
            REFUSED.set(len(refused))
            if refused:
                log.warning("connections_refused", addresses=len(refused), connections_of_one=self._most)
        return refused

    def _may_be_over(self) -> bool:
        """Whether the whole machine has so many connections."""
        self._in_use = sockets_in_use(self._proc)
        return self._in_use > self._most

    def _over(self) -> frozenset[str]:
        open_of = Counter(each.network for each in open_connections(self._port, self._proc))
        over = (network for network, count in open_of.items() if count > self._most)
        return frozenset(network for network in over if not self._proxies.has(network))


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
