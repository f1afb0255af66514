"""grpc-gateway, generated from the same protos, beside Envoy: the documents' samples give the same JSON.

What differs is in docs/grpc-gateway.md, with the reasons.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.e2e.instances import Instance, instance
from tests.fuzz.conftest import token
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.toolchain

ROOT = Path(__file__).parents[2]
PROTO, MODULE = ROOT / "proto", Path(__file__).parent / "module"
PLUGINS = {
    "go": "google.golang.org/protobuf/cmd/protoc-gen-go",
    "go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    "grpc-gateway": "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway",
}
EXAMPLES = {
    name: example
    for file in (PROTO / "openapi" / "examples").glob("*.json")
    for name, example in json.loads(file.read_text()).items()
}

# A document's call that creates something, by its path: sent to both once it is there, under the same id. The ids are
# those that the samples leave open.
CREATED = {
    "/api/v1/events": ("collector.v1.EventService.CreateEvent", "id"),
    "/api/v1/event-subscription": ("collector.v1.EventSubscriptionService.CreateEventSubscription", "id"),
    "/api/v1/jobs": ("collector.v1.JobService.CreateJob", "id"),
    "/api/event/push/subscriptions": ("push.v1.SubscriptionService.CreateSubscription", "id"),
    "/api/v1/events/basket": ("loyalty.v1.EventService.AssessBasket", "eventId"),
    "/api/v4.1/event/async": ("orchestration.v1.EventService.CreateAsyncEvent", "id"),
}
PINGED = frozenset({"confirmationError", "nextPingDate", "updateDate", "nextExecutionDate", "reason"})
READ = (
    "/api/v1/events?pageSize=5",
    "/api/v1/events/{id}",
    "/api/v1/event-subscription/{id}",
    "/api/v1/jobs/{id}",
    "/api/event/push/subscriptions?pageSize=5&sortBy=createDate+desc",
    "/api/event/push/subscriptions/deliveryattempts",
    "/api/v4.1/event?count=5",
    "/api/v4.1/event/{id}",
    "/api/v4.1/entity",
    "/api/v1/customers?pageSize=5",
    "/v1/events",
)


@pytest.fixture(scope="module")
def system() -> Iterator[Instance]:
    with instance() as started:
        yield started


@pytest.fixture(scope="module")
def gateway(system: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway that was generated and built now."""
    built = build(tmp_path_factory.mktemp("gateway"))
    with subprocess.Popen([built, system.grpc], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = re.fullmatch(r"listening on (\d+)\n", process.stdout.readline())
        assert said
        yield f"http://127.0.0.1:{said[1]}"
        process.kill()


@pytest.fixture(scope="module")
def headers(system: Instance) -> Mapping[str, dict[str, str]]:
    """What callers of each path show, by how it begins."""
    demo = system.demo
    client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    user = {"username": demo["username"], "password": demo["password"], "scope": "api"}
    bearer = f"Bearer {token(system, grant_type='client_credentials', **client)}"
    of_user = f"Bearer {token(system, grant_type='password', **client, **user)}"
    return {
        "/api/v4.1/": {"authorization": of_user},
        "/v1/": {"store": demo["store"], "api_key": demo["store_api_key"]},
        "/": {"authorization": bearer, "x-twc-tenant": demo["tenant"]},
    }


def build(directory: Path) -> Path:
    """The program of tests/gateway/module with the code that the contract gives."""
    target = directory / "module"
    shutil.copytree(MODULE, target)
    plugins = []
    for name, package in PLUGINS.items():
        program = directory / f"protoc-gen-{name}"
        run("go", "build", "-o", str(program), package, directory=target)
        plugins += [f"--plugin=protoc-gen-{name}={program}", f"--{name}_out={target}"]
        plugins.append(f"--{name}_opt=module=tidings.dev/clients/go")
    includes = [f"-I{path}" for path in (PROTO, PROTO / "third_party", files("grpc_tools") / "_proto")]
    contract = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "tidings").rglob("*.proto"))
    run(sys.executable, "-m", "grpc_tools.protoc", *includes, *plugins, *contract, directory=target)
    run("go", "build", "-o", str(directory / "gateway"), "./gateway", directory=target)
    return directory / "gateway"


def run(*command: str, directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def shown(headers: Mapping[str, dict[str, str]], path: str) -> dict[str, str]:
    return next(found for begins, found in headers.items() if path.startswith(begins))


def ask(method: str, url: str, headers: dict[str, str], body: Any = None) -> requests.Response:
    return requests.request(method, url, headers=headers, json=body, timeout=PATIENCE_S)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", CREATED)
def test_what_is_created_is_answered_alike(
    system: Instance, gateway: str, headers: Mapping[str, dict[str, str]], path: str
) -> None:
    rpc, id_field = CREATED[path]
    body = {**EXAMPLES[rpc]["request"], id_field: str(uuid4())}
    if path.startswith("/api/v4.1/"):
        body["retailerId"] = "1"
    first = ask("POST", system.rest + path, shown(headers, path), body)
    assert first.status_code < 300, first.text
    one, other = (ask("POST", base + path, shown(headers, path), body) for base in (system.rest, gateway))
    assert one.status_code == other.status_code == 200, (one.text, other.text)
    assert settled(one.json()) == settled(other.json())


@pytest.mark.parametrize("path", READ)
def test_what_is_read_is_answered_alike(
    system: Instance, gateway: str, headers: Mapping[str, dict[str, str]], path: str
) -> None:
    if "{id}" in path:
        parent, made = path.removesuffix("/{id}"), str(uuid4())
        creating = f"{parent}/async" if parent.endswith("/v4.1/event") else parent
        rpc, id_field = CREATED[creating]
        body = {**EXAMPLES[rpc]["request"], id_field: made}
        if creating.endswith("/async"):
            body["retailerId"] = "1"
        assert ask("POST", system.rest + creating, shown(headers, creating), body).status_code < 300
        path = f"{parent}/{made}"
    one, other = (ask("GET", base + path, shown(headers, path)) for base in (system.rest, gateway))
    assert one.status_code == other.status_code == 200, (one.text, other.text)
    assert settled(one.json()) == settled(other.json())


def settled(body: Any) -> Any:
    """The answer without what the pings of an endpoint change meanwhile."""
    if isinstance(body, list):
        return [settled(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: settled(value) for name, value in body.items() if name not in PINGED}


def test_what_differs_is_as_the_documentation_says(
    system: Instance, gateway: str, headers: Mapping[str, dict[str, str]]
) -> None:
    client = shown(headers, "/")
    listed = "/api/v1/jobs"
    assert ask("GET", gateway + listed, client).json() == {"items": ask("GET", system.rest + listed, client).json()}
    event = {"event_type": "FAULT"}
    assert ask("POST", f"{system.rest}/api/v1/events", client, event).status_code == 201
    assert ask("POST", f"{gateway}/api/v1/events", client, event).status_code == 200
    unknown = ask("GET", f"{gateway}/api/v1/events/nosuch", client)
    assert (unknown.status_code, unknown.json()["code"]) == (404, 5)
    assert ask("GET", f"{system.rest}/api/v1/events/nosuch", client).json()["message"] == "error.not_found"
