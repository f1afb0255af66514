"""A Kubernetes API server without nodes: it takes, checks and keeps objects, and runs nothing."""

import base64
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.instances import ROOT
from tests.support.authority import Authority
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, blocking_until

PROGRAM = ROOT / ".venv/tools/kube-apiserver"
TOKEN = "the-token-of-the-test"
AUTHORITY = Authority()
SERVICE_MONITORS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""The operator's kind by its name alone."""


class Refused(Exception):
    """The server's refusal, with its words."""


@dataclass(frozen=True)
class ApiServer:
    """Its address, and a configuration for clients."""

    url: str
    kubeconfig: Path

    def ask(self, path: str, body: Any = None) -> Any:
        """The answer to a GET, or to a POST of a body. Raises Refused."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data=data, headers=headers)
        trusted = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
        try:
            with urlopen(request, timeout=PATIENCE_S, context=trusted) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise Refused(error.read().decode()) from None

    def is_ready(self) -> bool:
        try:
            return bool(self.ask("/readyz?verbose=false") is None)
        except json.JSONDecodeError:
            return True  # its body is "ok"
        except (Refused, URLError, OSError):
            return False

    def try_to_create(self, shown: dict[str, Any], namespace: str) -> None:
        """Have the server check an object as strictly as it can; nothing is kept. Raises Refused."""
        group = shown["apiVersion"]
        base = f"/api/{group}" if "/" not in group else f"/apis/{group}"
        [plural] = [
            one["name"]
            for one in self.ask(base)["resources"]
            if one["kind"] == shown["kind"] and "/" not in one["name"]
        ]
        self.ask(f"{base}/namespaces/{namespace}/{plural}?dryRun=All&fieldValidation=Strict", shown)


@contextmanager
def running(directory: Path) -> Iterator[ApiServer]:
    """A started server with its etcd, a namespace `shop` and the kind ServiceMonitor."""
    etcd, peers, port = free_port(), free_port(), free_port()
    chain, key = AUTHORITY.issue("server").write(directory, "server")
    (directory / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")
    accounts = directory / "accounts.key"
    accounts.write_bytes(
        rsa.generate_private_key(65_537, 2_048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    urls = (f"http://127.0.0.1:{etcd}", f"http://127.0.0.1:{peers}")
    store = (
        *("etcd", "--data-dir", str(directory / "etcd"), "--listen-client-urls", urls[0]),
        *("--advertise-client-urls", urls[0], "--listen-peer-urls", urls[1]),
    )
    serve = (
        *(str(PROGRAM), f"--etcd-servers={urls[0]}", "--bind-address=127.0.0.1", f"--secure-port={port}"),
        *(f"--tls-cert-file={chain}", f"--tls-private-key-file={key}", f"--token-auth-file={directory / 'tokens.csv'}"),
        *("--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={accounts}"),
        *(f"--service-account-signing-key-file={accounts}", "--authorization-mode=RBAC"),
        *("--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount"),
    )
    server = ApiServer(f"https://127.0.0.1:{port}", kubeconfig(directory, port))
    with ExitStack() as stack:
        for command in (store, serve):
            stack.enter_context(process(command, directory))
        blocking_until(server.is_ready, bool)
        server.ask("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        server.ask("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", SERVICE_MONITORS)
        blocking_until(lambda: "/apis/monitoring.coreos.com/v1" in server.ask("/")["paths"], bool)
        yield server


def kubeconfig(directory: Path, port: int) -> Path:
    """The file that helm takes."""
    authority = base64.b64encode(AUTHORITY.certificate).decode()
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": authority}
    path = directory / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "test", "cluster": cluster}],
                "users": [{"name": "test", "user": {"token": TOKEN}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "shop"}}],
                "current-context": "test",
            }
        )
    )
    path.chmod(0o600)
    return path


@contextmanager
def process(command: tuple[str, ...], directory: Path) -> Iterator[None]:
    """A program that runs until the end; what it writes is kept in the directory."""
    binary = shutil.which(command[0])
    if binary is None:
        raise FileNotFoundError(f"No {command[0]}: Debian's etcd-server, and make .venv/tools/kube-apiserver.")
    with (directory / f"{Path(binary).name}.log").open("w") as output:
        started = subprocess.Popen((binary, *command[1:]), stdout=output, stderr=output, cwd=directory)
        try:
            yield
        finally:
            started.terminate()
            started.wait(timeout=PATIENCE_S)
