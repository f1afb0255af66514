"""A whole run, searched for every secret that went in: logs, errors, answers, metrics, traces and the files on disk."""

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.e2e.instances import Instance, instance
from tests.isolation.contract import BINDINGS, OPERATORS, TENANTS
from tests.isolation.entries import ENTRIES, WALKED
from tests.isolation.world import OWNER, World, receiver, refilled

THEIR_OWN = {"demo-credentials.json", "master.key", "operator-token"}
"""Files whose purpose is to hold secrets; they are their owner's alone (see their own tests)."""
SEARCHED = {"answers, errors and metrics", "logs", "file tidings.db"}
SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


@dataclass
class Seeded:
    """Secrets by what they are, and all that the server ever said."""

    secrets: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def plant(self, what: str, secret: str) -> str:
        assert len(secret) >= 8
        self.secrets[what] = secret
        return secret


@contextmanager
def collector(spans: list[bytes]) -> Iterator[str]:
    """An OpenTelemetry collector that keeps what it is sent."""

    def export(request: bytes, _context: Any) -> bytes:
        spans.append(request)
        return b""

    server = grpc.server(ThreadPoolExecutor(2))
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def test_no_secret_is_found_in_anything_that_a_run_leaves() -> None:
    spans: list[bytes] = []
    with collector(spans) as otlp, receiver() as url, instance(aws_endpoint_url="http://127.0.0.1:9") as started:
        started.stop()
        seeded = Seeded()
        mailer = seeded.plant("mail password", "smtp-hush-0123456789")
        started.start(otel=otlp, log_level="DEBUG", smtp_url=f"smtp://mailer:{mailer}@127.0.0.1:9")
        run(started, url, seeded)
        with urllib.request.urlopen(started.metrics) as answer:
            seeded.said.append(answer.read().decode())
        started.stop()
        places = {
            "answers, errors and metrics": "\n".join(seeded.said).encode(),
            "logs": started.log.encode(),
            "traces": b"".join(spans),
            **{f"file {path.name}": path.read_bytes() for path in files(started.data_dir)},
        }
    assert len(seeded.secrets) > 20
    assert {where for where in places if b"demo-client" in places[where]} >= SEARCHED, "there is something to search"
    assert b"GetSubscription" in places["traces"]
    found = [
        (what, where) for what, secret in seeded.secrets.items() for where in places if secret.encode() in places[where]
    ]
    assert found == []


def files(data_dir: Path) -> Iterator[Path]:
    yield from (path for path in data_dir.rglob("*") if path.is_file() and path.name not in THEIR_OWN)


def run(started: Instance, url: str, seeded: Seeded) -> None:
    """Everything that takes a secret, done well and done badly."""
    demo = started.demo
    for name in ("client_secret", "password", "account_password", "api_secret", "store_api_key", "user_token"):
        seeded.plant(f"demo {name}", demo[name])
    seeded.plant("demo operator", demo["operator_token"].partition(".")[2])
    world = World(started.grpc, started.rest.removeprefix("http://"), demo)
    for caller, headers in world.callers.items():
        for dialect, shown in headers.items():
            for name in ("authorization", "x-api-secret", "api_key"):
                if name in shown:
                    seeded.plant(f"{caller} {dialect} {name}", shown[name].removeprefix("Bearer "))
    subscriptions(world, url, seeded)
    credentials(world, seeded)
    read_everything(world, url, seeded)
    mistakes(world, seeded)
    world.channel.close()


def subscriptions(world: World, url: str, seeded: Seeded) -> None:
    """Secrets of destinations, and of those that take their place."""
    for turn in ("first", "second"):
        aws = seeded.plant(f"{turn} aws secret", f"aws-hush-{turn}-0123456789")
        sqs = {"access_key": "AKIAEXAMPLE", "access_secret": aws, "region": "eu-west-1"}
        queue = {"queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"}
        wanted = {"id": "s-1", "entity_type": "ORDER", "subscribe_create": True}
        method = "CreateEventSubscription" if turn == "first" else "UpdateEventSubscription"
        request = {"subscription": {**wanted, "destination": {"type": "SQS", "sqs": {**sqs, **queue}}}}
        seeded.said.append(world.call(OWNER, f"/tidings.collector.v1.EventSubscriptionService/{method}", request).text)
        hook = seeded.plant(f"{turn} webhook secret", f"whsec-hush-{turn}-0123456789")
        push = {"id": "0" * 31 + "1", "endpoint": f"{url}/hook", "topics": ["order.*"], "shared_secret": hook}
        verb = "CreateSubscription" if turn == "first" else "UpdateSubscription"
        asked: dict[str, Any] = {"subscription": push} if turn == "first" else {"id": push["id"], "subscription": push}
        seeded.said.append(world.call(OWNER, f"/tidings.push.v1.SubscriptionService/{verb}", asked).text)
    made = world.own(
        "/tidings.push.v1.SubscriptionService/CreateSubscription",
        {"subscription": {"endpoint": f"{url}/b", "topics": ["x.*"]}},
    )
    seeded.plant("made webhook secret", made["sharedSecret"])


def credentials(world: World, seeded: Seeded) -> None:
    """Issued, rotated, and chosen secrets; one of them under a key that keeps the answer."""

    def admin(method: str, request: dict[str, Any]) -> Any:
        return world._good("operator", f"/tidings.admin.v1.{method}", request)

    password = seeded.plant("chosen password", "correct-horse-battery")
    user = admin("CredentialService/CreateUser", {"tenant_id": "demo", "username": "ada", "password": password})
    rotated = admin("CredentialService/RotateCredential", {"id": user["id"]})
    seeded.plant("rotated password", rotated["secret"])
    for name, request in (("CreateKey", {"tenant_id": "demo"}), ("CreateOperator", {"name": "grace"})):
        made = admin(f"CredentialService/{name}", request)
        again = admin("CredentialService/RotateCredential", {"id": made["id"]})
        seeded.plant(f"{name} secret", made["secret"].rpartition(".")[2])
        seeded.plant(f"{name} rotated", again["secret"].rpartition(".")[2])
    headers = {**world.callers["operator"]["operator"], "idempotency-key": "k-1"}
    path = "/tidings.admin.v1.TenantService/CreateClient"
    kept = json.loads(world.call("operator", path, {"tenant_id": "demo"}, headers=headers).text)
    seeded.plant("kept client secret", kept["clientSecret"])
    for _ in range(2):
        admin("ServerKeyService/RotateDataKey", {})
    admin("ServerKeyService/RotateSigningKey", {})
    admin("ServerKeyService/RotateMasterKey", {})


def read_everything(world: World, url: str, seeded: Seeded) -> None:
    """Every read there is, as the owner and as the operator."""
    owned = {walked.package: dict(walked.seed(world.own, url)) for walked in WALKED}
    event = {"id": owned["tidings.scheduling.v1"]["scheduled event"]}
    world.own("/tidings.scheduling.v1.ScheduledEventService/RunScheduledEvent", event)
    for binding in BINDINGS:
        path = binding.rpc.path
        if binding.verb == "GET" and path in TENANTS:
            request = refilled(ENTRIES[path].request, owned[path.strip("/").rpartition(".")[0]])
            seeded.said.append(world.ask(OWNER, binding, request).text)
        elif binding.verb == "GET" and path in OPERATORS:
            seeded.said.append(world.ask("operator", binding, {}).text)


def mistakes(world: World, seeded: Seeded) -> None:
    """Secrets where they do not belong: in queries, wrong fields, broken bodies, wrong headers."""
    hush = seeded.plant("misplaced", "misplaced-hush-0123456789")
    owner = world.callers[OWNER]["collector"]
    for shown in ({"authorization": f"Bearer {hush}"}, {"x-api-secret": hush}, {"store": "1", "api_key": hush}):
        seeded.said.append(world._http("GET", f"/api/v1/events?api_key={hush}", shown, None).text)
    world._http("GET", "/api/v1/customers", {"x-tenant-id": "t", "x-api-key": "k", "x-api-secret": f"{hush}é"}, None)
    for body in (hush, [hush], {"id": {"a": hush}}, {"event_type": hush}, {"entity_id": 1, "event_payload": hush}):
        seeded.said.append(world._http("POST", "/api/v1/events", owner, body).text)
    seeded.said.append(world._http("POST", f"/oauth/token?client_secret={hush}", {}, {"client_secret": hush}).text)
    seeded.said.append(world._http("POST", f"/nosuch/{'x' * 8}?token={hush}", {"authorization": hush}, {}).text)
    refused: dict[str, Any] = {"subscription": {"endpoint": "ftp://x", "shared_secret": hush, "topics": [""]}}
    seeded.said.append(world.call(OWNER, "/tidings.push.v1.SubscriptionService/CreateSubscription", refused).text)
    short = {"tenant_id": "demo", "username": "a b", "password": hush}
    seeded.said.append(world.call("operator", "/tidings.admin.v1.CredentialService/CreateUser", short).text)
