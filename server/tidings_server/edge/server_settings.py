"""Envoy's configuration as the server's settings ask for it, and Envoy's own opinion of it."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tidings_server.edge.configuration import EdgeConfig, render
from tidings_server.edge.connection_shares import write_refused
from tidings_server.edge.process import envoy_binary, write_secrets
from tidings_server.platform.certificates import Certificates
from tidings_server.settings import Settings

VALIDATION_S: Final = 20.0


def edge_config(
    settings: Settings, directory: Path, certificates: Certificates | None, *, servers: tuple[Path, ...] = ()
) -> EdgeConfig:
    """The configuration of the Envoy before this server, or before these sockets, whoever runs it."""
    return EdgeConfig(
        settings.http_host,
        settings.http_port,
        settings.envoy_concurrency,
        directory,
        certificate=certificates.current if certificates else None,
        cors_origins=settings.origins,
        trusted_proxies=settings.trusted_proxies,
        proxy_networks=settings.proxy_networks,
        max_connections=settings.max_connections,
        max_heap_bytes=settings.envoy_heap_mib << 20,
        servers=servers,
    )


def objection(settings: Settings, certificates: Certificates | None) -> str:
    """Objection of Envoy to the configuration, in its words; empty where it would start with it.

    Nothing is listened on. Raises OSError and subprocess.SubprocessError where Envoy cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="tidings-doctor-") as name:
        config = edge_config(settings, Path(name), certificates)
        rendered = config.directory / "envoy.yaml"
        rendered.write_text(render(config))
        write_refused(config.refused_addresses, ())
        if config.certificate:
            write_secrets(config.directory, config.certificate)
        command = [str(envoy_binary()), "--mode", "validate", "--config-path", str(rendered), "--log-level", "critical"]
        done = subprocess.run(  # noqa: S603 - the binary that the package brings, without a shell
            command, capture_output=True, text=True, timeout=VALIDATION_S, check=False, env={}
        )
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip() or f"status {done.returncode}"
