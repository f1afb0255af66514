"""`tidings` as those who build on Tidings use it: the real command against a real server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from standardwebhooks import Webhook

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.support.processes import without_settings
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S, blocking_until
from tidings.scheduling.v1.events_pb2 import RunScheduledEventRequest
from tidings.scheduling.v1.events_pb2_grpc import ScheduledEventServiceStub
from tidings_cli.connection import Connection
from tidings_cli.profiles import Profile

SECRET = "a-secret-of-the-listener"

Run = Callable[..., subprocess.CompletedProcess[str]]

# A listing of each resource, which may be empty.
LISTS = (
    ("subscriptions", "list"),
    ("workflows", "list"),
    ("rules", "list"),
    ("customers", "list"),
    ("schedules", "list"),
    ("jobs", "list"),
    ("deliveries", "list"),
    ("recoveries", "list"),
    ("counts", "events"),
    ("counts", "deliveries", "--step", "day", "--total"),
    ("counts", "backlogs"),
    ("parked", "list"),
    ("events", "search", "--topic", "nobody.*"),
    ("profiles", "list"),
)


@pytest.fixture
def environment(system: Instance, tmp_path: Path) -> dict[str, str]:
    clean = without_settings()
    return {
        **clean,
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TIDINGS_GRPC_PORT": str(system.ports["gRPC"]),
        "TIDINGS_HTTP_PORT": str(system.ports["REST"]),
        "TIDINGS_DATA_DIR": str(system.data_dir),
        "TIDINGS_PROFILES": str(tmp_path / "config" / "profiles.json"),
    }


@pytest.fixture
def tidings(environment: dict[str, str]) -> Run:
    def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tidings_cli", *arguments]
        return subprocess.run(
            command,
            env={**environment, **more},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    return run


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command that goes on, and ends it with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-m", "tidings_cli", *arguments]
        process = subprocess.Popen(
            command, env={**environment, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def data(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode != 0
    assert done.stdout == ""
    return json.loads(done.stderr)["error"]


def test_the_version_is_printed(tidings: Run) -> None:
    assert tidings("--version").stdout.startswith("tidings ")


@pytest.mark.parametrize("arguments", LISTS, ids=" ".join)
def test_a_list_is_a_list_in_each_form(tidings: Run, arguments: tuple[str, ...]) -> None:
    assert isinstance(data(tidings(*arguments, "-o", "json")), list)
    before = tidings("-o", "yaml", *arguments)
    assert isinstance(yaml.safe_load(before.stdout), list), before.stderr
    assert all(isinstance(json.loads(line), dict) for line in tidings(*arguments, "-o", "jsonl").stdout.splitlines())
    assert tidings(*arguments).returncode == 0


def test_what_is_empty_is_an_empty_list(tidings: Run) -> None:
    assert tidings("events", "search", "--topic", "nobody.*", "-o", "json").stdout == "[]\n"


def test_an_event_is_sent_got_and_found(tidings: Run) -> None:
    entity = uuid4().hex
    options = ("--entity", "ORDER", "--entity-id", entity, "--operation", "CREATE", "--attribute", "total=49.90")
    sent = data(tidings("events", "send", *options, "-o", "json"))
    assert sent["event_payload"]["key_attributes"] == {"total": "49.90"}
    assert data(tidings("events", "get", sent["id"], "-o", "json")) == sent
    assert data(tidings("events", "search", "--entity-id", entity, "-o", "json")) == [sent]
    assert sent["id"] in tidings("events", "search", "--entity-id", entity).stdout


def test_events_of_a_file_are_sent_in_batches(tidings: Run, tmp_path: Path) -> None:
    lines = [{"event_type": "FAULT", "entity_name": "PRODUCT", "entity_id": f"p-{at}"} for at in range(3)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    sent = data(tidings("events", "send", "--file", str(file), "-o", "json"))
    assert [one["entity_id"] for one in sent] == ["p-0", "p-1", "p-2"]
    file.write_text('{"event_type": "FAULT"}\n{"nosuch": 1}\n')
    assert "line 2" in refusal(tidings("events", "send", "--file", str(file), "-o", "json"))["message"]


def test_lines_are_sent_as_they_come_and_those_that_are_refused_named(tidings: Run, tmp_path: Path) -> None:
    entity = uuid4().hex
    good = json.dumps({"event_type": "FAULT", "entity_name": "PRODUCT", "entity_id": entity})
    bad = json.dumps({"event_type": "FAULT", "id": "no id"})
    lines = f'{good}\n\n{bad}\n{{\n{{"nosuch": 1}}\n{good}'
    sent = tidings("events", "send", "--lines", stdin=lines)
    assert sent.returncode == 8
    assert [f"line {number}" in sent.stderr for number in range(1, 7)] == [False, False, True, True, True, False]
    assert "3 events sent, 3 lines refused" in sent.stderr
    assert len(data(tidings("events", "search", "--entity-id", entity, "-o", "json"))) == 2
    file = tmp_path / "events.txt"
    file.write_text(good)
    assert tidings("events", "send", "--lines", "--file", str(file)).returncode == 0
    assert tidings("events", "send", "--lines", "--file", str(tmp_path / "none")).returncode == 2
    assert tidings("events", "send", "--lines", "--id", "x").returncode == 2


def test_a_table_breaks_no_id(tidings: Run) -> None:
    sent = data(tidings("trigger", "order.created", "-o", "json"))
    found = tidings("events", "search", "--entity-id", sent["entity_id"], COLUMNS="20").stdout
    assert any(sent["id"] in line and sent["entity_id"] in line for line in found.splitlines())


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("events", "get", "nosuch"), 3, "NOT_FOUND"),
        (("events", "bogus"), 2, "USAGE"),
        (("events", "send", "--attribute", "x"), 2, "USAGE"),
        (("events", "search", "--topic", "!"), 8, "INVALID_INPUT"),
        (("--server", "127.0.0.1:1", "status"), 7, "Unavailable"),
        (("--server", "tidings.example:50051", "events", "search"), 4, "NO_CREDENTIALS"),
        (("schedules", "delete", "1"), 2, "USAGE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_failures_have_their_exit_code_and_are_json_where_the_output_is(
    tidings: Run, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    failed = tidings(*arguments, "-o", "json")
    assert (failed.returncode, refusal(failed)["reason"]) == (code, reason)
    as_text = tidings(*arguments)
    assert as_text.returncode == code
    assert as_text.stdout == ""


def test_every_sample_is_taken_by_the_server(tidings: Run) -> None:
    samples = data(tidings("trigger", "--list", "-o", "json"))
    assert {one["api"][:3] for one in samples} == {"000", "001", "002", "003", "004"}
    for one in samples:
        done = tidings("trigger", one["name"], "-o", "json")
        # Nobody said which subscription, and a new customer has no points.
        assert done.returncode in ({0, 3, 5, 8} if one["name"] in {"push.test", "loyalty.redemption"} else {0}), (
            done.stderr
        )


def test_a_sample_can_be_changed_and_only_shown(tidings: Run) -> None:
    shown = data(tidings("trigger", "order.created", "--set", "entity_id=1001", "--dry-run", "-o", "json"))
    assert shown["event"]["entity_id"] == "1001"


def test_a_login_is_kept_for_its_address_alone(tidings: Run, system: Instance, environment: dict[str, str]) -> None:
    demo, nowhere = system.demo, {"TIDINGS_DATA_DIR": "/nonexistent"}
    options = ("--tenant", "demo", "--client-id", demo["client_id"], "--username", demo["username"])
    secrets = f"{demo['client_secret']}\n{demo['password']}\n"
    kept = data(tidings("login", *options, "-o", "json", stdin=secrets, **nowhere))
    assert kept["credentials"] == ["client", "user"]
    file = Path(environment["TIDINGS_PROFILES"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert data(tidings("events", "search", "--limit", "1", "-o", "json", TIDINGS_GRPC_PORT="1", **nowhere)) is not None
    elsewhere = tidings("--server", "127.0.0.2:9", "events", "search", "-o", "json", **nowhere)
    assert refusal(elsewhere)["reason"] == "NO_CREDENTIALS"
    assert demo["client_secret"] not in tidings("profiles", "list", "-o", "json").stdout
    file.chmod(0o644)
    assert refusal(tidings("profiles", "list", "-o", "json"))["reason"] == "INSECURE_FILE"
    file.chmod(0o600)
    assert tidings("logout").returncode == 0
    assert refusal(tidings("events", "search", "-o", "json", **nowhere))["reason"] == "NO_CREDENTIALS"


def test_a_bad_secret_is_not_kept(tidings: Run, system: Instance, environment: dict[str, str]) -> None:
    options = ("--tenant", "demo", "--client-id", system.demo["client_id"])
    failed = tidings("login", *options, "-o", "json", stdin="wrong\n")
    assert (failed.returncode, refusal(failed)["reason"]) == (4, "UNAUTHENTICATED")
    assert not Path(environment["TIDINGS_PROFILES"]).exists()


def test_the_doctor_finds_what_is_wrong(tidings: Run) -> None:
    well = data(tidings("doctor", "-o", "json"))
    found = {one["check"]: one["result"] for one in well}
    assert (found["client"], found["T301"], found["T302"]) == ("OK", "OK", "OK"), "the server's own findings, too"
    ill = tidings("doctor", "-o", "json", TIDINGS_CLIENT_SECRET="wrong", TIDINGS_HTTP_PORT="1")
    results = {one["check"]: one["result"] for one in json.loads(ill.stdout)}
    assert ill.returncode == 10
    assert (results["grpc"], results["rest"], results["client"]) == ("OK", "BAD", "BAD")


def test_a_rule_is_put_backtested_and_activated(tidings: Run, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    own, flat = "nameSpace: {equals: CommandLine}", "fulfilments:\n- {type: POINTS_FLAT, points: 1}"
    file.write_text(f"name: r\nassesses: ORDER\n{own}\n{flat}\n")
    rule = data(tidings("rules", "put", "--file", str(file), "-o", "json"))["ruleId"]
    assert data(tidings("rules", "backtest", rule, "-o", "json"))["isComplete"] is True
    assert refusal(tidings("rules", "activate", rule, "-o", "json"))["reason"] == "USAGE"
    assert data(tidings("rules", "activate", rule, "--yes", "-o", "json"))["status"] == "ACTIVE"


def test_a_customers_ledger_is_shown(tidings: Run) -> None:
    customer = data(tidings("trigger", "loyalty.action", "-o", "json"))["customerId"]
    shown = blocking_until(
        lambda: tidings("customers", "show", customer, "-o", "json"), lambda done: done.returncode == 0
    )
    assert data(shown)["customerId"] == customer
    assert isinstance(data(tidings("customers", "ledger", customer, "-o", "json")), list)


def test_a_workflow_is_validated_put_simulated_and_traced(tidings: Run, tmp_path: Path) -> None:
    definition = str(ROOT / "examples" / "workflows" / "order.json")
    assert "version" in data(tidings("workflows", "validate", "--file", definition, "-o", "json"))
    assert "version" in data(tidings("workflows", "put", "--file", definition, "-o", "json"))
    simulation = tmp_path / "simulation.json"
    simulation.write_text(json.dumps({"event": {"name": "CREATE", "entityType": "ORDER", "entityRef": "ON-9"}}))
    assert data(tidings("workflows", "simulate", "ORDER::HD", "--file", str(simulation), "-o", "json"))["trace"]
    event = data(tidings("trigger", "workflow.order", "-o", "json"))["id"]
    traced = data(tidings("workflows", "trace", event, "-o", "json"))
    assert traced["event"]["id"] == event


def test_a_schedule_is_run_and_waited_for(tidings: Run) -> None:
    schedule = str(data(tidings("trigger", "schedule.mail", "-o", "json"))["id"])
    assert data(tidings("schedules", "preview", schedule, "-o", "json"))["fireTimes"]
    assert data(tidings("schedules", "run", schedule, "-o", "json"))["state"] == "DONE"
    assert tidings("schedules", "delete", schedule, "--yes").returncode == 0


async def test_deliveries_are_shown_explained_and_sent_again(tidings: Run, receiver: Receiver) -> None:
    await asyncio.to_thread(deliver, tidings, receiver.url())


def deliver(tidings: Run, url: str) -> None:
    endpoint = ("--endpoint", url, "--topic", "order.deleted")
    subscription = data(tidings("subscriptions", "create", *endpoint, "-o", "json"))["id"]
    event = data(tidings("trigger", "order.deleted", "-o", "json"))["id"]

    def listed() -> Any:
        return data(tidings("deliveries", "list", "--subscription", subscription, "-o", "json"))

    [delivery] = blocking_until(listed, lambda found: [one["deliveryStatus"] for one in found] == ["Succeeded"])
    number = str(int(delivery["id"]))
    assert data(tidings("deliveries", "show", subscription, number, "-o", "json"))["deliveryAttempts"]
    why = data(tidings("deliveries", "why", event, "-o", "json"))
    assert {one["subscriptionId"]: one["status"] for one in why}[subscription] == "DELIVERED"
    assert data(tidings("deliveries", "request", number, "-o", "json"))["request"]["method"] == "POST"
    assert [one["id"] for one in data(tidings("deliveries", "queue", subscription, "-o", "json"))] == [number]
    assert data(tidings("events", "document", event, "-o", "json"))["api"] == "COLLECTOR"
    counted = ("deliveries", "replay", subscription, "--from", "2020-01-01T00:00:00Z", "--dry-run", "-o", "json")
    assert data(tidings(*counted))["events"] >= 1
    assert data(tidings("subscriptions", "rotate", subscription, "-o", "json"))["signingSecret"].startswith("whsec_")
    assert data(tidings("deliveries", "resend", number, "-o", "json"))["accepted"] == 1
    replayed = data(tidings("deliveries", "replay", subscription, "--from", "2020-01-01T00:00:00Z", "-o", "json"))
    assert replayed["accepted"] >= 1
    assert tidings("subscriptions", "delete", subscription, "--yes").returncode == 0


def test_a_recovery_is_previewed_and_waited_for(tidings: Run) -> None:
    """Nothing was given up, so that it ends by itself."""
    since = ("--since", "2026-01-01T00:00:00Z")
    assert json.loads(tidings("recoveries", "preview", *since, "-o", "json").stdout)["deliveries"] == 0
    ended = json.loads(tidings("recoveries", "create", *since, "-o", "json").stdout)
    assert (ended["state"], ended["queued"]) == ("DONE", 0)
    assert json.loads(tidings("recoveries", "items", ended["id"], "-o", "json").stdout) == []


def test_a_condition_is_checked_with_the_place_of_its_fault(tidings: Run) -> None:
    assert tidings("conditions", "check", "event.entity_id == '1'").returncode == 0
    refused = tidings("conditions", "check", "event.nosuch == 1", "-o", "json")
    [fault] = json.loads(refused.stdout)
    assert (refused.returncode, fault["line"], fault["column"]) == (10, 1, 6)


def test_the_state_of_the_server_names_every_consumer(tidings: Run) -> None:
    state = json.loads(tidings("state", "-o", "json").stdout)
    assert {"router", "loyalty", "workflow"} <= {one["name"] for one in state["consumers"]}
    assert int(state["storage"]["usedBytes"]) > 0


def test_a_portal_link_is_narrowed_and_its_life_bounded(tidings: Run) -> None:
    made = tidings("portal", "create", "demo", "--application", "shop", "--read-only", "--expires-in-s", "60", "--json")
    link = json.loads(made.stdout)
    assert (link["application"], link["grants"]) == ("shop", ["subscriptions:read"])
    assert tidings("portal", "create", "demo", "--expires-in-s", "59").returncode == 2
    assert "--frame-origin" in tidings("portal", "create", "demo", "--frame-origin", "https://A.example/").stderr


def test_events_are_watched_from_a_position_on(tidings: Run, started: Callable[..., Any]) -> None:
    first = started("events", "tail", "--topic", "order.fault", "--count", "1", "-o", "jsonl")
    sent: list[str] = []

    def ended() -> bool:
        sent.append(data(tidings("trigger", "order.fault", "-o", "json"))["id"])
        return first.poll() is not None

    blocking_until(ended, bool)
    out, notes = first.communicate()
    watched = json.loads(out)
    assert watched["event"]["id"] in sent
    assert f"Resume with --after {watched['position']}" in notes
    later = data(tidings("trigger", "order.fault", "-o", "json"))["id"]
    count = str(len(sent) - sent.index(watched["event"]["id"]))
    behind = tidings(
        *("events", "tail", "--topic", "order.fault", "--after", watched["position"], "--count", count, "-o", "jsonl")
    )
    assert json.loads(behind.stdout.splitlines()[-1])["event"]["id"] == later


async def test_a_local_receiver_is_posted_signed_events_and_misses_none(
    tidings: Run, started: Callable[..., Any], receiver: Receiver, tmp_path: Path
) -> None:
    shown = await asyncio.to_thread(listen, tidings, started, receiver.url(), tmp_path / "position")
    got = receiver.requests[0]
    standard = Webhook("whsec_" + b64encode(SECRET.encode()).decode())
    assert standard.verify(got.body, dict(got.headers))["eventId"] == shown["eventId"]


def listen(tidings: Run, started: Callable[..., Any], url: str, state: Path) -> Any:
    options = ("listen", "--forward-to", url, "--topic", "price.updated", "--state", str(state), "-o", "jsonl")
    first = started(*options, "--count", "1", TIDINGS_SIGNING_SECRET=SECRET)

    def ended() -> bool:
        tidings("trigger", "price.updated")
        return first.poll() is not None

    blocking_until(ended, bool)
    shown = json.loads(first.communicate()[0])
    assert (shown["status"], shown["attempt"]) == (200, 1)
    missed = data(tidings("trigger", "price.updated", "-o", "json"))["id"]
    second = started(*options, TIDINGS_SIGNING_SECRET=SECRET)
    lines = iter(second.stdout.readline, "")
    assert any(json.loads(line)["eventId"] == missed for line in lines)
    second.send_signal(signal.SIGINT)
    assert second.wait(PATIENCE_S) == 130
    return shown


async def test_what_is_sent_again_is_posted_to_a_local_receiver_though_no_event_comes(
    tidings: Run, started: Callable[..., Any], receiver: Receiver
) -> None:
    event, replay = await asyncio.to_thread(listen_for_redeliveries, tidings, started, receiver)
    original = next(one for one in receiver.requests if one.path == "/remote" and event in one.body.decode())
    local = [one for one in receiver.requests if one.path == "/local"]
    standard = Webhook("whsec_" + b64encode(SECRET.encode()).decode())
    for got in local:
        assert standard.verify(got.body, dict(got.headers)) == json.loads(original.body)
    assert [one.headers["webhook-id"] for one in local] == [event, f"{event}:{replay}"]


def listen_for_redeliveries(tidings: Run, started: Callable[..., Any], receiver: Receiver) -> tuple[str, str]:
    """The event and the id of the replay that a listener has been posted about."""
    endpoint = ("--endpoint", receiver.url("/remote"), "--topic", "inventory_level.deleted")
    subscription = data(tidings("subscriptions", "create", *endpoint, "-o", "json"))["id"]
    facts = ("--entity-id", "i-1", "--attribute", "level=0")
    event = data(
        tidings("events", "send", "--entity", "INVENTORY_LEVEL", "--operation", "DELETE", *facts, "-o", "json")
    )["id"]

    def listed() -> Any:
        return data(tidings("deliveries", "list", "--subscription", subscription, "-o", "json"))

    [delivery] = blocking_until(listed, lambda found: [one["deliveryStatus"] for one in found] == ["Succeeded"])
    options = ("--subscription", subscription, "--topic", "nobody.*", "--count", "2", "-o", "jsonl")
    listening = started("listen", "--forward-to", receiver.url("/local"), *options, TIDINGS_SIGNING_SECRET=SECRET)
    assert listening.stderr.readline().startswith("Forwarding")
    data(tidings("deliveries", "resend", str(int(delivery["id"])), "-o", "json"))
    first = json.loads(listening.stdout.readline())
    assert (first["kind"], first["eventId"], first["status"]) == ("redelivery", event, 200)
    replayed = tidings("deliveries", "replay", subscription, "--from", "2020-01-01T00:00:00Z", "-o", "json")
    second = json.loads(listening.stdout.readline())
    assert (second["kind"], second["eventId"]) == ("redelivery", event)
    assert listening.wait(PATIENCE_S) == 0
    tidings("subscriptions", "delete", subscription, "--yes")
    return event, data(replayed)["replayId"]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("events", "search", "--topic", "!"), "--topic"),
        (("events", "search", "--since", "yesterday"), "--since"),
        (("events", "search", "--until", "tomorrow"), "--until"),
        (("events", "tail", "--after", "x", "--count", "1"), "--after"),
        (("events", "send", "--id", "x" * 300), "--id"),
        (("subscriptions", "create", "--endpoint", "nowhere", "--topic", "a.b"), "--endpoint"),
        (("subscriptions", "create", "--endpoint", "http://127.0.0.1:1", "--topic", "!"), "--topic"),
        (("subscriptions", "create", "--endpoint", "http://127.0.0.1:1", "--condition", "1 +"), "--condition"),
        (("rules", "list", "--status", "NOSUCH"), "--status"),
        (("subscriptions", "create", "--topic", "a.b"), "--endpoint"),
        (("audit", "--since", "yesterday"), "--since"),
        (("audit", "--until", "tomorrow"), "--until"),
        (("client", "create", "demo", "--grant", "nosuch"), "--grant"),
        (("key", "create", "demo", "--expires-at", "tomorrow"), "--expires-at"),
        (("user", "create", "demo", "x" * 400), "USERNAME"),
        (("issuer", "create", "demo", "--issuer", "a", "--audience", "b", "--jwks-url", "c"), "--jwks-url"),
        (("person", "export", "demo", "--customer", ""), "--customer"),
        (("person", "export", "demo", "--contact", "x"), "--contact"),
        (("tenant", "create", "!"), "NAME"),
        (("deliveries", "resend", "x"), "DELIVERY"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_a_refusal_names_the_option(tidings: Run, arguments: tuple[str, ...], option: str) -> None:
    refused = tidings(*arguments)
    assert (refused.returncode, refused.stdout) == (8, "")
    assert refused.stderr.startswith(f"tidings: {option}: ")
    assert option in {one.get("option") for one in refusal(tidings(*arguments, "-o", "json"))["violations"]}


@pytest.mark.parametrize(
    ("command", "option"), [("events send", "--type"), ("events send", "--operation"), ("deliveries list", "--status")]
)
def test_an_unknown_word_is_refused_with_those_that_there_are(tidings: Run, command: str, option: str) -> None:
    refused = tidings(*command.split(), option, "NOSUCH")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"tidings: {option}: must be one of ")


def test_a_refusal_of_what_a_file_holds_names_the_field(tidings: Run, tmp_path: Path) -> None:
    file = tmp_path / "subscription.json"
    file.write_text(json.dumps({"endpoint": "nowhere", "topics": ["order.created"]}))
    refused = tidings("subscriptions", "create", "--file", str(file))
    assert refused.stderr.startswith("tidings: endpoint: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "can't be read: no such file or directory"),
        (b"\xff\xfe\xfa", "can't be read: it is not UTF-8"),
        (
            b'{"a": ',
            "is neither JSON nor YAML: line 1, column 7: expected the node content, but found '<stream end>'",
        ),
        (b"a: b: c", "is neither JSON nor YAML: line 1, column 5: mapping values are not allowed here"),
        (b"[1]", "must hold one object"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_line(
    tidings: Run, tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "rule.json"
    if content is not None:
        file.write_bytes(content)
    refused = tidings("rules", "put", "--file", str(file))
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", f"tidings: {file} {told}\n")


@pytest.mark.parametrize("is_to_file", [True, False])
def test_an_export_of_a_person_shows_its_progress(
    tidings: Run, environment: dict[str, str], tmp_path: Path, *, is_to_file: bool
) -> None:
    customer = f"c-{uuid4().hex}"
    data(tidings("events", "send", "--entity", "CUSTOMER", "--entity-id", customer, "-o", "json"))
    file = tmp_path / "person.jsonl"
    command = [sys.executable, "-m", "tidings_cli", "person", "export", "demo", "--customer", customer]
    primary, secondary = os.openpty()
    with file.open("wb") as standard_output:
        done = subprocess.run(
            [*command, "--out", str(file)] if is_to_file else command,
            env=environment,
            stdout=subprocess.DEVNULL if is_to_file else standard_output,
            stderr=secondary,
            check=False,
            timeout=PATIENCE_S,
        )
    os.close(secondary)
    shown = os.read(primary, 65_536).decode()
    os.close(primary)
    assert done.returncode == 0, shown
    rows = len(file.read_bytes().splitlines()) - 1
    assert rows > 0
    assert f"{rows + 1:,} rows" in shown
    assert f"Exported {rows:,} rows, {file.stat().st_size:,} bytes" in shown


def test_lists_are_read_page_by_page_and_a_cut_is_told(tidings: Run, system: Instance) -> None:
    schedule = str(data(tidings("trigger", "schedule.mail", "-o", "json"))["id"])
    store = Profile(system.grpc, store=system.demo["store"], store_key=system.demo["store_api_key"])
    asked, calls = RunScheduledEventRequest(id=schedule), 101  # one more than a page
    for _ in range(calls):
        Connection(store, "the test").call(ScheduledEventServiceStub, "RunScheduledEvent", asked)
    listed = ("schedules", "runs", schedule, "-o", "json")
    assert len(data(tidings(*listed, "--limit", str(calls)))) == calls
    cut = tidings(*listed)
    assert len(data(cut)) == calls - 1
    assert "--limit shows more" in cut.stderr
    for _ in range(3):
        assert tidings("recoveries", "create", "--since", "2026-01-01T00:00:00Z").returncode == 0
    newest = data(tidings("recoveries", "list", "--limit", "3", "-o", "json"))
    cut = tidings("recoveries", "list", "--limit", "2", "-o", "json")
    assert data(cut) == newest[:2]
    assert "--limit shows more" in cut.stderr
    assert tidings("schedules", "delete", schedule, "--yes").returncode == 0
