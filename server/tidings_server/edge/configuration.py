"""The configuration of Envoy, rendered from its template."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tidings_server.edge import console
from tidings_server.edge.policies import cors, response_headers, transport_socket
from tidings_server.platform.certificates import Certificate

RETRIES = {
    "retry_on": "connect-failure,refused-stream",
    "num_retries": 3,
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
            },
        }
    ],
    "host_selection_retry_max_attempts": 5,
}
"""Of several servers another takes what one never began, since it is being restarted."""


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """Settings of one Envoy. `http_port` 0 takes any free port; `directory` is private to this instance.

    `servers` are the sockets of the servers, if several. With a `certificate` REST is HTTPS alone. `trusted_proxies`
    stand before Envoy: the client's address is that many from the right end of `X-Forwarded-For`. `demo` are
    credentials that the console offers to who sits at this machine.
    """

    http_host: str
    http_port: int
    concurrency: int
    directory: Path
    log_level: str = "warning"
    certificate: Certificate | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    proxy_networks: str = ""
    max_connections: int = 10_000
    max_heap_bytes: int = 1 << 30
    servers: tuple[Path, ...] = ()
    demo: Mapping[str, str] | None = None

    @property
    def grpc_socket(self) -> Path:
        """Unix socket on which the server serves this Envoy; its peer is trusted as a proxy."""
        return grpc_socket(self.directory)

    @property
    def admin_socket(self) -> Path:
        return self.directory / "admin.sock"

    @property
    def refused_addresses(self) -> Path:
        """File of the addresses whose new connections Envoy closes (`connection_shares`)."""
        return refused_addresses(self.directory)


def render(config: EdgeConfig) -> str:
    """Envoy's configuration. Raises KeyError for an unknown name in the template."""
    assets = find_assets()
    names: Mapping[str, object] = {
        "http_host": config.http_host,
        "http_port": config.http_port,
        "endpoints": json.dumps([_endpoint(path) for path in config.servers or (config.grpc_socket,)]),
        "retry_policy": json.dumps(RETRIES if len(config.servers) > 1 else {}),
        "admin_socket": config.admin_socket,
        "refused_addresses": config.refused_addresses,
        "max_connections": config.max_connections,
        "max_heap_bytes": config.max_heap_bytes,
        "trusted_proxies": config.trusted_proxies,
        "transport_socket": json.dumps(transport_socket(config.certificate, config.directory)),
        "response_headers": json.dumps(response_headers(has_tls=config.certificate is not None)),
        "cors": json.dumps(cors(config.cors_origins)),
        "console": console.routes(assets / "generated" / "console", config.demo),
        "envoy": assets / "envoy",
        "lua": assets / "envoy" / "lua",
        "generated": assets / "generated",
    }
    return Template((assets / "envoy" / "envoy.yaml").read_text()).substitute(names)


def grpc_socket(directory: Path) -> Path:
    """Unix socket of a server in the directory of its Envoy."""
    return directory / "grpc.sock"


def refused_addresses(directory: Path) -> Path:
    """File in the directory of an Envoy of the addresses that it refuses."""
    return directory / "refused_addresses.json"


def _endpoint(path: Path) -> dict[str, object]:
    return {"endpoint": {"address": {"pipe": {"path": str(path)}}}}


def find_assets() -> Path:
    """The folder that holds `envoy/` and `generated/`: inside the package where it is installed, else the checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "assets"
    return packed if packed.exists() else package.parents[1]
