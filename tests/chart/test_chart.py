"""The chart against a real Kubernetes API server: what helm sends is taken, kept, changed and taken away again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.api_server import ApiServer, Refused, running
from tests.e2e.instances import ROOT

pytestmark = pytest.mark.toolchain

CHART = ROOT / "deploy/helm/tidings"
VALUES = sorted((ROOT / "deploy/helm/values").glob("*.yaml"))
HELM = ROOT / ".venv/tools/helm"
BY_FILE = pytest.mark.parametrize("values", VALUES, ids=lambda path: str(path.stem))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running(tmp_path_factory.mktemp("api-server")) as started:
        yield started


def helm(server: ApiServer, *arguments: str) -> str:
    own = os.environ | {"KUBECONFIG": str(server.kubeconfig)}
    done = subprocess.run(
        (HELM, *arguments, "--namespace", "shop"), env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(server: ApiServer, values: Path) -> list[dict[str, Any]]:
    """Everything that the chart makes, the migration's Job among them."""
    rendered = helm(server, "template", "shop", str(CHART), "-f", str(values), "--kube-version", "1.34.0")
    return [one for one in yaml.safe_load_all(rendered) if one]


@BY_FILE
def test_the_server_takes_every_object_to_the_last_field(server: ApiServer, values: Path) -> None:
    found = objects(server, values)
    assert found
    for shown in found:
        server.try_to_create(shown, "shop")


def test_the_server_refuses_a_field_that_there_is_not(server: ApiServer) -> None:
    """The check is strict: what helm's own check and a schema that is open would pass over is refused."""
    [deployment, *_] = [one for one in objects(server, VALUES[0]) if one["kind"] == "Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePullpolicy"] = "Always"
    with pytest.raises(Refused, match="imagePullpolicy"):
        server.try_to_create(deployment, "shop")


@BY_FILE
def test_a_release_is_installed_upgraded_and_removed(server: ApiServer, values: Path) -> None:
    """No hooks: a Job needs a node to run on. The rest is kept as it would be in a cluster."""
    name, chart = f"of-{values.stem}", (str(CHART), "-f", str(values))
    assert "STATUS: pending-install" in helm(server, "install", name, *chart, "--dry-run=server")
    helm(server, "install", name, *chart, "--no-hooks")
    first = deployments(server, name)
    assert first
    helm(server, "upgrade", name, *chart, "--no-hooks", "--set", "settings.RETENTION_DAYS=30")
    second = deployments(server, name)
    assert set(second) == set(first)
    assert all("30" in str(second[one]) and second[one] != first[one] for one in first)
    helm(server, "uninstall", name, "--no-hooks")
    assert not deployments(server, name)


def deployments(server: ApiServer, release: str) -> dict[str, Any]:
    """Templates of a release's pods by the name of their Deployment."""
    found = server.ask(f"/apis/apps/v1/namespaces/shop/deployments?labelSelector=app.kubernetes.io/instance={release}")
    return {one["metadata"]["name"]: one["spec"]["template"] for one in found["items"]}
