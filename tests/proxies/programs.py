"""The proxies of the guide, started with the very files that it has."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from tests.e2e.instances import ROOT, Instance
from tests.support.authority import Authority
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, blocking_until

GUIDES = ROOT / "deploy" / "proxies"
AUTHORITY = Authority()
PATHS = ":/usr/sbin:/usr/bin:/usr/local/bin"
NGINX = """
daemon off;
user {user};
pid {directory}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {paths}
    include {directory}/{file};
}}
"""
BODIES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Ports:
    """Where a proxy takes calls."""

    rest: int
    grpc: int


@dataclass(frozen=True)
class Proxy:
    """A program with its files; `replaced` says what stands in them in place of the guide's ports, names and paths."""

    package: str
    files: tuple[str, ...]
    replaced: Mapping[str, str]
    command: Callable[[Path], tuple[str, ...]]


def start_nginx(directory: Path, file: str = "nginx.conf") -> tuple[str, ...]:
    """The command for a file of `http`, in a configuration of its own."""
    paths = "\n".join(f"{name}_temp_path {directory}/{name};" for name in BODIES)
    main = directory / "main.conf"
    main.write_text(NGINX.format(directory=directory, paths=paths, user=getuser(), file=file))
    return ("nginx", "-p", str(directory), "-c", str(main))


def start_caddy(directory: Path) -> tuple[str, ...]:
    """The command for the guide's file, without what is of the whole machine."""
    file = directory / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + file.read_text())
    return ("caddy", "run", "--adapter", "caddyfile", "--config", str(file))


PROXIES = {
    "nginx": Proxy(
        "the Debian package nginx-light",
        ("nginx.conf",),
        {"listen 443 ": "listen 127.0.0.1:{rest} ", "listen 50443 ": "listen 127.0.0.1:{grpc} "},
        start_nginx,
    ),
    "haproxy": Proxy(
        "the Debian package haproxy",
        ("haproxy.cfg",),
        {"bind :443 ": "bind 127.0.0.1:{rest} ", "bind :50443 ": "bind 127.0.0.1:{grpc} "},
        lambda directory: ("haproxy", "-db", "-f", str(directory / "haproxy.cfg")),
    ),
    "caddy": Proxy(
        "the Debian package caddy",
        ("Caddyfile",),
        {
            "events.example.com:443 ": "127.0.0.1:{rest} ",
            "events.example.com:50443 ": "127.0.0.1:{grpc} ",
        },
        start_caddy,
    ),
    "traefik": Proxy(
        "Traefik with make .venv/tools/traefik",
        ("traefik.yaml", "traefik.routes.yaml"),
        {
            '":443"': '"127.0.0.1:{rest}"',
            '":50443"': '"127.0.0.1:{grpc}"',
            "/etc/traefik/routes.yaml": "{directory}/traefik.routes.yaml",
            "events.example.com": "127.0.0.1",
        },
        lambda directory: ("traefik", f"--configFile={directory / 'traefik.yaml'}"),
    ),
}


@contextmanager
def before(server: Instance, name: str, directory: Path) -> Iterator[Ports]:
    """A proxy with the guide's files and a certificate of the tests' authority, before a server."""
    proxy, ports = PROXIES[name], Ports(free_port(), free_port())
    chain, key = AUTHORITY.issue("server").write(directory, "server")
    both = directory / "tidings.pem"
    both.write_bytes(chain.read_bytes() + key.read_bytes())
    own = {
        old: new.format(rest=ports.rest, grpc=ports.grpc, directory=directory) for old, new in proxy.replaced.items()
    }
    replaced = own | {
        "127.0.0.1:8080": f"127.0.0.1:{server.ports['REST']}",
        "127.0.0.1:50051": f"127.0.0.1:{server.ports['gRPC']}",
        "/etc/tidings/chain.pem": str(chain),
        "/etc/tidings/key.pem": str(key),
        "/etc/tidings/tidings.pem": str(both),
    }
    texts = {file: (GUIDES / file).read_text() for file in proxy.files}
    assert all(old in "".join(texts.values()) for old in own)
    for file, text in texts.items():
        for old, new in replaced.items():
            text = text.replace(old, new)  # noqa: PLW2901 - one after another
        (directory / file).write_text(text)
    with running(proxy.command(directory), proxy.package, directory, (ports.rest, ports.grpc)):
        blocking_until(lambda: healthy(ports.rest), bool)  # some listen before they have read their routes
        yield ports


@contextmanager
def running(command: tuple[str, ...], package: str, directory: Path, ports: tuple[int, ...]) -> Iterator[None]:
    """A program that listens on these ports; its output is the message where it does not."""
    tools = f"{ROOT}/.venv/tools/traefik/bin"
    binary = shutil.which(command[0], path=tools + PATHS)
    if binary is None:
        raise FileNotFoundError(f"No {command[0]}: install {package}.")
    directory.chmod(0o755)
    log = directory / "log"
    environment = {"HOME": str(directory), "PATH": PATHS}
    with log.open("w") as output:
        process = subprocess.Popen((binary, *command[1:]), stdout=output, stderr=output, env=environment)
        try:
            blocking_until(lambda: all(map(connects, ports)) or process.poll() is not None, bool)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


def connects(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def healthy(port: int) -> bool:
    """Whether the server answers through the proxy."""
    trusted = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
    url = f"https://127.0.0.1:{port}/healthz"
    with suppress(OSError), urlopen(url, context=trusted, timeout=PATIENCE_S) as answer:
        return bool(answer.status == HTTPStatus.OK)
    return False
