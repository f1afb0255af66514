"""The vendors' own clients, unmodified, against a running server.

Documents 000, 003 and 004 have no client in a package registry: test_documented_requests.py sends what they print.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.instances import Instance, instance
from tests.support.authority import Authority
from tests.support.waiting import PATIENCE_S, blocking_until

pytestmark = pytest.mark.toolchain

HERE = Path(__file__).parent
AUTHORITY = Authority()


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """The clients as their vendors have published them, at the locked versions."""
    install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(install, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Instance]:
    """A server with TLS: document 002's vendor knows no other scheme."""
    certificate, key = AUTHORITY.issue("server").write(tmp_path, "server")
    with instance(tls_cert=str(certificate), tls_key=str(key)) as started:
        yield started


def run(program: str, directory: Path, settings: dict[str, Any], **environment: str) -> dict[str, Any]:
    """What a program prints."""
    file = directory / "settings.json"
    file.write_text(json.dumps(settings))
    own = os.environ | {"TIDINGS_VENDORS": str(file)} | environment
    done = subprocess.run(
        ("node", program), cwd=HERE, env=own, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


@pytest.mark.timeout(600)
def test_the_client_of_document_001_sends_and_finds_events(tmp_path: Path) -> None:
    with instance(orchestration_max_count="5000") as system:
        said = run("fluent.mjs", tmp_path, {"rest": system.rest, "demo": system.demo})
    assert (said["sent"]["success"], said["sent"]["statusCode"]) == (True, 200)
    assert said["waited"] == {"status": 404, "eventStatus": "NO_MATCH"}  # the document's answer without a workflow
    assert said["byId"]["id"] == said["sent"]["id"]
    assert {one["name"]: one["value"] for one in said["byId"]["attributes"]}["total"] == 12.5
    assert [one["id"] for one in said["found"]["results"]] == [said["sent"]["id"]]
    assert said["found"]["hasMore"] is False
    assert said["none"]["results"] == []
    assert said["page"]["count"] == 500
    assert said["sent"]["id"] in {one["id"] for one in said["page"]["results"]}
    assert said["refusal"] == {"status": 400, "name": "FluentAPIError"}


@pytest.mark.timeout(600)
def test_the_client_of_document_002_logs_in_refreshes_and_reads(secured: Instance, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(AUTHORITY.certificate)
    host, demo = f"127.0.0.1:{secured.ports['REST']}", secured.demo
    ask = asking(f"https://{host}", demo, ca)
    subscription = {"endpoint": "https://127.0.0.1:1/hook", "topics": ["price.deleted"]}
    made = ask("POST", "/api/event/push/subscriptions", subscription)
    event = {"event_type": "ENTITY_EVENT", "entity_name": "PRICE", "event_payload": {"operation": "DELETE"}}
    ask("POST", "/api/v1/events", {**event, "entity_id": "p-1"})
    path = f"/api/event/push/subscriptions/{made['id']}/deliveryattempts"
    [delivery] = blocking_until(lambda: ask("GET", path)["items"], bool)
    settings = {
        "host": host,
        "demo": demo,
        "subscriptionId": made["id"],
        "tenantId": delivery["eventSummary"]["tenantId"],
    }
    said = run("kibo.mjs", tmp_path, settings, NODE_EXTRA_CA_CERTS=str(ca))
    assert said["refusal"] == "The client or its secret is wrong."
    assert [one["id"] for one in said["listed"]["items"]] == [made["id"]]
    assert said["attempts"]["items"][0]["id"] == said["attempt"]["id"] == delivery["id"]
    assert said["all"]["items"] == []
    assert said["event"]["entityId"] == "p-1"
    assert said["ticket"]["token_type"] == "Bearer"
    assert said["ticket"]["refresh_token"] != said["refreshed"]["refresh_token"]
    assert said["refreshed"]["access_token"]


def asking(base: str, demo: dict[str, Any], ca: Path) -> Callable[..., Any]:
    """Calls of the demo tenant, with a token of the vendor's log-in."""
    client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    log_in = f"{base}/api/platform/applications/authtickets/oauth"

    def send(method: str, url: str, body: Any, **headers: str) -> Any:
        answer = requests.request(method, url, json=body, headers=headers, verify=str(ca), timeout=PATIENCE_S)
        assert answer.status_code < 300, answer.text
        return answer.json()

    token = send("POST", log_in, {**client, "grant_type": "client_credentials"})["access_token"]
    shown = {"authorization": f"Bearer {token}", "x-twc-tenant": demo["tenant"]}
    return lambda method, path, body=None: send(method, base + path, body, **shown)
