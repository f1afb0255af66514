"""Check the Helm chart: lint it, render it with each file of values, and hold the result to Kubernetes' own schemas.

Usage: `check_chart.py HELM`. The schemas are those of the oldest and of the newest Kubernetes that kubernetes-validate
brings. What schemas do not see is compared here: selectors and labels, ports, Secrets, and what the chart refuses.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from tidings_server import __version__
from tidings_server.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "deploy" / "helm" / "tidings"
VALUES = sorted((ROOT / "deploy" / "helm" / "values").glob("*.yaml"))
VERSIONS = ("1.25", "1.37")
KINDS = {
    "embedded": {"Deployment", "PersistentVolumeClaim", "Service", "ServiceAccount", "Ingress"},
    "equal": {"Deployment", "Job", "PodDisruptionBudget", "Service", "ServiceAccount", "ServiceMonitor"},
    "split": {
        "Deployment",
        "HorizontalPodAutoscaler",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
    },
}
FOREIGN = {"ServiceMonitor"}
"""Kinds that the Prometheus operator brings, without a schema here."""
DATABASE = "secrets.DATABASE_URL.name=d,secrets.DATABASE_URL.key=url"
SHARED = f"{DATABASE},secrets.MASTER_KEY.name=m,secrets.MASTER_KEY.key=key"
SCALED = "roles.all.autoscaling.enabled=true,roles.all.autoscaling.targetCPU=70"
REFUSED = {
    "roles.all.replicas=2": "SQLite has one process",
    f"{DATABASE},roles.all.replicas=2": "secrets.MASTER_KEY",
    f"{SHARED},roles.all.replicas=0,roles.api.replicas=2": "one must work",
    f"{SHARED},roles.all.replicas=0,roles.worker.replicas=2": "a process must serve",
    f"{SHARED},roles.all.autoscaling.enabled=true": "targetLag or targetCPU",
    f"{SHARED},{SCALED},roles.all.autoscaling.minReplicas=9": "minReplicas is above maxReplicas",
    "settings.MASTER_KEY=abc": "settings.MASTER_KEY: is secret",
    "settings.HTTP_PORT=80": "settings.HTTP_PORT: the chart sets this",
    "settings.retention_days=9": "settings.retention_days: write the name in capitals",
    "secrets.MASTER_KEY.name=m": "key",
    "replicas=2": "replicas",
    "image.pullPolicy=Sometimes": "pullPolicy",
    "ingress.enabled=true": "ingress.host",
}


def main(helm: str) -> None:
    """Raise RuntimeError or CalledProcessError if the chart is not good."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    if {chart["version"], chart["appVersion"]} != {__version__}:
        raise RuntimeError(f"Chart.yaml is not of version {__version__}")
    for values in VALUES:
        for version in VERSIONS:
            flags = ("-f", str(values), "--kube-version", f"{version}.0", "--namespace", "shop")
            run(helm, "lint", "--strict", "--quiet", str(CHART), *flags)
            objects = list(yaml.safe_load_all(run(helm, "template", "release", str(CHART), *flags)))
            check(values.stem, objects, version)
        print(f"chart with {values.name}: {len(objects)} objects fit Kubernetes {' and '.join(VERSIONS)}.")
    for given, expected in REFUSED.items():
        rendered = template(helm, given)
        if rendered.returncode == 0 or expected not in rendered.stderr:
            raise RuntimeError(f"helm template --set {given} gives: {rendered.stderr or 'no error'}")
    print(f"chart: {len(REFUSED)} wrong values are refused with their names.")


def run(*command: str) -> str:
    """The output of a command that ends well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def template(helm: str, given: str) -> subprocess.CompletedProcess[str]:
    """Render the chart with values of the command line, which may fail."""
    command = (helm, "template", "release", str(CHART), "--kube-version", f"{VERSIONS[-1]}.0", "--set", given)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check(name: str, objects: list[dict[str, Any]], version: str) -> None:
    """Raise RuntimeError if what was rendered is not what these values ask for, or would not run."""
    kinds = {each["kind"] for each in objects}
    if kinds != KINDS[name]:
        raise RuntimeError(f"{name}: kinds differ: {sorted(kinds ^ KINDS[name])}")
    for each in objects:
        if each["kind"] not in FOREIGN:
            kubernetes_validate.validate(each, version, strict=True)
    faults = [*unmatched(objects), *unsafe(objects)]
    if faults:
        raise RuntimeError(f"{name}: {'; '.join(faults)}")


def unmatched(objects: list[dict[str, Any]]) -> Iterator[str]:
    """Selectors that select nothing, and targets that are not there."""
    pods = [each["spec"]["template"]["metadata"]["labels"] for each in objects if each["kind"] == "Deployment"]
    services = [each["metadata"]["labels"] for each in objects if each["kind"] == "Service"]
    names = {each["metadata"]["name"] for each in objects if each["kind"] == "Deployment"}
    for each in objects:
        spec, kind = each.get("spec", {}), each["kind"]
        selector = spec.get("podSelector") or spec.get("selector") or {}
        wanted = selector.get("matchLabels", selector)
        where = services if kind == "ServiceMonitor" else pods
        if selector and not any(has(labels, wanted) for labels in where):
            yield f"{kind} {each['metadata']['name']} selects nothing"
        if kind == "HorizontalPodAutoscaler" and spec["scaleTargetRef"]["name"] not in names:
            yield "an autoscaler has no Deployment"


def has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether all of these labels are there."""
    return wanted.items() <= labels.items()


def unsafe(objects: list[dict[str, Any]]) -> Iterator[str]:
    """Containers that run as root or write into their image, secrets that are no reference, mounts without a volume."""
    for each in objects:
        if each["kind"] not in {"Deployment", "Job"}:
            continue
        pod = each["spec"]["template"]["spec"]
        [container] = pod["containers"]
        name = each["metadata"]["name"]
        if not pod["securityContext"]["runAsNonRoot"] or pod["automountServiceAccountToken"]:
            yield f"{name} runs as root, or with a token of the cluster"
        if not container["securityContext"]["readOnlyRootFilesystem"]:
            yield f"{name} writes into its image"
        if {each["name"] for each in container["volumeMounts"]} != {each["name"] for each in pod["volumes"]}:
            yield f"{name}: mounts and volumes differ"
        for variable in container["env"]:
            if variable["name"].removeprefix("TIDINGS_").removesuffix("_FILE").lower() not in Settings.model_fields:
                yield f"{name}: {variable['name']} is no setting"
            if re.search(r"KEY$|URL$|PASSWORD", variable["name"]) and not variable["value"].startswith(("/", "http")):
                yield f"{name}: {variable['name']} is no reference"
            if re.fullmatch(r"[\d.]+e\+?\d+", variable["value"]):
                yield f"{name}: {variable['name']} is {variable['value']}"


if __name__ == "__main__":
    main(sys.argv[1])
