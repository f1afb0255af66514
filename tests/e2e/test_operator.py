"""The operator's day by REST and by `tidings`: tenants, credentials, keys, quotas, and who did what."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.e2e.instances import ROOT, ROOTS, Instance
from tests.e2e.rest import Rest, token
from tests.support.waiting import PATIENCE_S, until

HOOKS = "/api/event/push/subscriptions"
EVENT = {"entity_id": "o-1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_source": "APPLICATION"}


@pytest.fixture
def operator(session: aiohttp.ClientSession, system: Instance) -> Rest:
    return Rest(session, system.rest, {"authorization": f"Bearer {system.demo['operator_token']}"})


@pytest.fixture
def tidings(system: Instance) -> Callable[..., Any]:
    return lambda *arguments, stdin="": run(system, *arguments, stdin=stdin)


def run(system: Instance, *arguments: str, stdin: str = "", token: str = "") -> Any:
    """JSON that the command line prints; its stderr where it fails."""
    done = _run(system, "--json", *arguments, stdin=stdin, token=token or system.demo["operator_token"])
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def _run(system: Instance, *arguments: str, stdin: str = "", token: str = "") -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TIDINGS_SERVER": system.grpc,
        "TIDINGS_OPERATOR_TOKEN": token,
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "tidings_cli", *arguments]
    return subprocess.run(
        command,
        input=stdin,
        env=environment,
        cwd=system.data_dir.parent,  # where `make run` has left nothing
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


async def becomes(status: int, ask: Callable[[], Any]) -> None:
    """Returns once the answer has this status: a change of credentials is noticed after a while."""
    await until(ask, lambda answer: answer.status == status)


async def test_a_tenant_is_created_suspended_resumed_and_deleted(
    session: aiohttp.ClientSession, system: Instance, operator: Rest
) -> None:
    name = f"t-{uuid4().hex[:8]}"
    tenant = (await operator("POST", "/admin/v1/tenants", json={"name": name})).json
    client = await operator("POST", "/admin/v1/clients", json={"tenantId": name})
    assert client.headers["location"] == f"/admin/v1/credentials/{client.json['id']}"
    bearer = await token(session, system, client=client.json["clientId"], secret=client.json["clientSecret"])
    theirs = Rest(session, system.rest, {"authorization": f"Bearer {bearer}", "x-twc-tenant": name})
    made = await theirs("POST", "/api/v1/events", json=EVENT)
    assert made.status == 201

    async def read() -> Any:
        return await theirs("GET", f"/api/v1/events/{made.json['id']}")

    path = f"/admin/v1/tenants/{tenant['id']}"
    assert (await operator("POST", f"{path}/suspend")).json["state"] == "SUSPENDED"
    await becomes(401, read)
    assert (await operator("POST", f"{path}/resume")).json["state"] == "ACTIVE"
    await becomes(200, read)
    deleted = await operator("DELETE", path)
    assert (deleted.status, deleted.json["state"]) == (202, "DELETING")
    await becomes(401, read)
    await becomes(404, lambda: operator("GET", path))


async def test_a_rotated_key_overlaps_and_a_revoked_one_ends(
    session: aiohttp.ClientSession, system: Instance, operator: Rest
) -> None:
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": "demo"})).json
    path = f"/admin/v1/credentials/{client['id']}"
    rotated = (await operator("POST", f"{path}/rotate", json={"overlap": "3600s"})).json
    assert rotated["oldSecretUntil"] > rotated["createdAt"]
    for secret in (client["clientSecret"], rotated["secret"]):
        assert await token(session, system, client=client["clientId"], secret=secret)
    assert "secret" not in (await operator("GET", path)).json
    assert (await operator("POST", f"{path}/revoke")).json["state"] == "REVOKED"
    form = {"grant_type": "client_credentials", "client_id": client["clientId"], "client_secret": rotated["secret"]}
    async with session.post(f"{system.rest}/oauth/token", data=form) as answer:
        assert answer.status == 401


async def test_each_kind_of_credentials_has_its_path(operator: Rest) -> None:
    kinds = {}
    for family in ("clients", "keys", "users", "operators"):
        found = (await operator("GET", f"/admin/v1/{family}?pageSize=500")).json["credentials"]
        kinds[family] = {each["kind"] for each in found}
    assert kinds["operators"] == {"OPERATOR"}
    assert kinds["clients"] == {"CLIENT"}
    assert kinds["keys"] <= {"API_KEY", "STORE_KEY"}
    assert kinds["users"] <= {"USER", "USER_TOKEN"}


async def test_a_quota_answers_429_with_a_retry_after(
    session: aiohttp.ClientSession, system: Instance, operator: Rest
) -> None:
    name = f"t-{uuid4().hex[:8]}"
    await operator("POST", "/admin/v1/tenants", json={"name": name})
    quotas = await operator("PUT", f"/admin/v1/tenants/{name}/quotas", json={"eventsPerSecond": 1, "subscriptions": 1})
    assert quotas.json["eventsPerSecond"] == 1
    client = (await operator("POST", "/admin/v1/clients", json={"tenantId": name})).json
    bearer = await token(session, system, client=client["clientId"], secret=client["clientSecret"])
    theirs = Rest(session, system.rest, {"authorization": f"Bearer {bearer}", "x-twc-tenant": name})
    async with asyncio.timeout(PATIENCE_S):
        while (refused := await theirs("POST", "/api/v1/events", json=EVENT)).status == 201:
            continue
    assert (refused.status, refused.json["message"]) == (429, "error.limit_exceeded")
    rule = "This tenant may store 1 events a second; each change of configuration is one."
    assert refused.json["detail"] == rule
    assert int(refused.headers["retry-after"]) >= 1
    hook = {"endpoint": "https://example.com/hook", "topics": ["order.*"]}
    asked = [await theirs("POST", HOOKS, json=hook) for _ in range(12)]
    assert {each.status for each in asked} <= {201, 429}
    assert any(rule in str(each.json) for each in asked)
    await operator("PUT", f"/admin/v1/tenants/{name}/quotas", json={"subscriptions": 1})
    async with asyncio.timeout(PATIENCE_S):
        while "may have 1 subscriptions" not in str((last := await theirs("POST", HOOKS, json=hook)).json):
            continue
    assert last.status == 429


async def test_the_public_keys_verify_a_token(session: aiohttp.ClientSession, system: Instance) -> None:
    async with session.get(f"{system.rest}/.well-known/jwks.json") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "public, max-age=120"
        keys = KeySet.import_key_set(await answer.json())
    bought = jwt.decode(await token(session, system), keys, algorithms=["ES256"])
    assert bought.claims["iss"] == "tidings"


async def test_an_audit_record_has_actor_action_and_origin(operator: Rest, rest: Rest, system: Instance) -> None:
    made = await rest(
        "POST", "/api/event/push/subscriptions", json={"endpoint": "https://example.com/h", "topics": ["order.*"]}
    )
    request_id = made.headers["x-request-id"]
    found = await operator("GET", f"/admin/v1/audit?tenantId=demo&resource={made.json['id']}")
    [record] = found.json["records"]
    assert record["action"] == "/tidings.push.v1.SubscriptionService/CreateSubscription"
    assert (record["actor"], record["tenantId"]) == ("demo-client", system.demo["tenant_id"])
    assert record["fields"] == ["endpoint", "topics"]
    assert (record["peer"], record["requestId"]) == ("127.0.0.1", request_id)
    read = await rest("GET", f"/api/v1/events?topic=audit.config&entityId={record['resource']}")
    assert [each["id"] for each in read.json["events"]] == [record["id"]]


async def test_an_operators_audit_record_has_the_resource_and_its_tenant(operator: Rest) -> None:
    name = f"t-{uuid4().hex[:8]}"
    tenant = (await operator("POST", "/admin/v1/tenants", json={"name": name})).json["id"]

    async def record_of(path: str, **sent: str) -> tuple[Any, Any]:
        made = await operator("POST", f"/admin/v1/{path}", json=sent)
        assert made.status in {200, 201}
        records = (await operator("GET", "/admin/v1/audit?pageSize=500")).json["records"]
        return made.json, next(each for each in records if each["requestId"] == made.headers["x-request-id"])

    _, record = await record_of("users", tenantId=name, username=f"ada-{name}")
    assert (record["resource"], record["forTenant"]) == (f"ada-{name}", name)
    client, record = await record_of("clients", tenantId=tenant)
    assert (record["resource"], record["forTenant"]) == (client["clientId"], tenant)
    store, record = await record_of("stores", tenantId=name)
    assert (record.get("resource"), record["forTenant"]) == (None, name)
    _, record = await record_of("keys", tenantId=name, storeId=store["id"])
    assert (record["resource"], record["forTenant"]) == (store["id"], name)
    _, record = await record_of("operators", name=f"bob-{name}")
    assert (record["resource"], record.get("forTenant")) == (f"bob-{name}", None)


async def test_a_refused_call_has_no_audit_record(operator: Rest) -> None:
    name = f"t-{uuid4().hex[:8]}"
    before = await operator("POST", "/admin/v1/retailers", json={"tenantId": name, "id": "r"})
    assert before.status == 404
    records = (await operator("GET", "/admin/v1/audit?pageSize=500")).json["records"]
    assert before.headers["x-request-id"] not in {record["requestId"] for record in records}


async def test_the_command_line_leads_from_a_tenant_to_an_event(
    tidings: Callable[..., Any], session: aiohttp.ClientSession, system: Instance
) -> None:
    name = f"t-{uuid4().hex[:8]}"
    assert tidings("tenant", "create", name)["state"] == "ACTIVE"
    client = tidings("client", "create", name, "--grant", "events:write", "--grant", "events:read")
    bought = tidings("token", client["clientId"], stdin=client["clientSecret"] + "\n")
    headers = {"authorization": f"Bearer {bought['accessToken']}", "x-twc-tenant": name}
    made = await Rest(session, system.rest, headers)("POST", "/api/v1/events", json=EVENT)
    assert made.status == 201
    assert [each["id"] for each in tidings("client", "list", "--tenant", name)] == [client["id"]]
    tidings("retailer", "create", name, "7", "--name", "Seven")
    assert tidings("user", "create", name, f"ada-{name}", "--retailer", "7")["secret"]
    assert tidings("retailer", "list", name) == [{"tenantId": client["tenantId"], "id": "7", "name": "Seven"}]
    store = tidings("store", "create", name)
    assert tidings("key", "create", name, "--store", store["id"])["name"] == store["id"]
    assert tidings("credential", "rotate", client["id"], "--overlap", "1h")["oldSecretUntil"]
    assert tidings("tenant", "set-quotas", name, "--subscriptions", "5")["subscriptions"] == 5
    assert tidings("tenant", "delete", name, "--yes")["state"] == "DELETING"
    assert {each["action"].rpartition("/")[2] for each in tidings("audit")} >= {"CreateTenant", "DeleteTenant"}


def test_the_command_line_reports_an_error_in_one_line(system: Instance, tidings: Callable[..., Any]) -> None:
    unknown = json.loads(tidings("tenant", "show", "nosuch"))["error"]
    assert unknown["message"].startswith("There is no such tenant. (request ")
    assert "not valid" in run(system, "tenant", "list", token="wrong.token")
    none = _run(system, "tenant", "list")
    assert (none.returncode, none.stdout) == (4, "")
    assert none.stderr.startswith("tidings: an operator token is needed")
    assert _run(system, "--data-dir", str(system.data_dir), "tenant", "list").returncode == 0


def test_every_command_has_help(system: Instance) -> None:
    top = _run(system, "--help").stdout
    for command in ("tenant", "client", "key", "user", "operator", "credential", "issuer", "signing-key", "audit"):
        assert command in top
        assert "Usage" in _run(system, command, "--help").stdout


def test_a_table_shows_a_secret_once_with_a_warning(system: Instance) -> None:
    done = _run(system, "key", "create", "demo", token=system.demo["operator_token"])
    assert "shown this once" in done.stderr
    listed = _run(system, "key", "list", "--tenant", "demo", token=system.demo["operator_token"]).stdout
    [secret] = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("secret")]
    assert secret not in listed


async def test_the_servers_keys_are_rotated_while_it_runs(tidings: Callable[..., Any], rest: Rest) -> None:
    before = tidings("data-key", "list")
    rotated = tidings("master-key", "rotate")
    assert rotated["master"] != before[0]["master"]
    assert tidings("data-key", "rotate")["state"] == "ANNOUNCED"
    assert tidings("signing-key", "rotate")["state"] == "ANNOUNCED"
    assert (await rest("GET", "/api/event/push/subscriptions")).status == 200


@pytest.mark.parametrize("family", ["clients", "keys", "users", "operators"])
async def test_the_path_of_a_kind_of_credentials_lists_that_kind_alone(operator: Rest, family: str) -> None:
    query = "?tenantId=demo" if family != "operators" else ""
    by_path = (await operator("GET", f"/admin/v1/{family}{query}")).json
    by_field = (await operator("GET", f"/admin/v1/credentials{query or '?'}&family={family}")).json
    assert by_path == by_field != (await operator("GET", f"/admin/v1/credentials{query}")).json
    assert by_path["credentials"]
