"""Tokens and credentials through a real Envoy: every answer as the vendors' clients read it."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.instances import Instance

ALL = "events:read events:write rules:read rules:write subscriptions:read subscriptions:write"
REALM = "/auth/realms/{}/protocol/openid-connect/token"
ORDER = {"entity_id": "o-1", "entity_name": "ORDER", "event_type": "ENTITY_EVENT", "event_source": "APPLICATION"}


class Asked:
    """One answer, read whole."""

    def __init__(self, answer: aiohttp.ClientResponse, text: str) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.text = text
        self.body: Any = json.loads(text) if text else None


async def ask(session: aiohttp.ClientSession, system: Instance, method: str, path: str, **more: Any) -> Asked:
    async with session.request(method, f"{system.rest}{path}", **more) as answer:
        asked = Asked(answer, await answer.text())
    assert not [name for name in asked.headers if name.lower().startswith(("grpc-", "x-http-"))]
    assert asked.headers["x-request-id"]
    return asked


def client(system: Instance, **more: str) -> dict[str, str]:
    demo = system.demo
    given = {"grant_type": "client_credentials", "client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    return {**given, **more}


async def token(session: aiohttp.ClientSession, system: Instance, **more: str) -> str:
    asked = await ask(session, system, "POST", "/oauth/token", data=client(system, **more))
    return str(asked.body["access_token"])


# ---------------------------------------------------------------- token endpoints


async def test_the_realm_path_answers_as_its_vendor(session: aiohttp.ClientSession, system: Instance) -> None:
    for realm in ("demo", system.demo["tenant_id"]):
        asked = await ask(session, system, "POST", REALM.format(realm), data=client(system))
        assert asked.status == 200
        assert asked.headers["content-type"] == "application/json"
        assert (asked.headers["cache-control"], asked.headers["pragma"]) == ("no-store", "no-cache")
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", asked.body.pop("access_token"))
        assert asked.body == {
            "expires_in": 18_000,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": ALL,
        }


@pytest.mark.parametrize("by", ["form", "query", "basic"])
async def test_oauth_token_answers_as_its_vendor(session: aiohttp.ClientSession, system: Instance, by: str) -> None:
    demo = system.demo
    user = client(system, grant_type="password", username=demo["username"], password=demo["password"], scope="api")
    headers = {}
    if by == "basic":
        pair = f"{user.pop('client_id')}:{user.pop('client_secret')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    sent = {"params": user} if by == "query" else {"data": user}
    asked = await ask(session, system, "POST", "/oauth/token", headers=headers, **sent)
    assert asked.body.pop("access_token")
    assert asked.body == {"token_type": "bearer", "expires_in": 18_000, "scope": "api", "Retailer_id": 1}


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "x", "password": "y"}, 400, "invalid_grant"),
        ({"scope": "admin"}, 400, "invalid_scope"),
    ],
)
async def test_token_errors_are_those_of_rfc_6749(
    session: aiohttp.ClientSession, system: Instance, more: dict[str, str], status: int, error: str
) -> None:
    for path in ("/oauth/token", REALM.format("demo")):
        asked = await ask(session, system, "POST", path, data=client(system, **more))
        assert (asked.status, asked.body["error"]) == (status, error)
        assert asked.body["requestId"] == asked.headers["x-request-id"]
        assert ("www-authenticate" in asked.headers) == (status == 401)


async def test_a_json_body_is_no_form(session: aiohttp.ClientSession, system: Instance) -> None:
    asked = await ask(session, system, "POST", "/oauth/token", json=client(system))
    assert (asked.status, asked.body["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("grant_type=a&grant_type=hush&scope=&scope=", "grant_type: must be there once (got 2 values); scope: must be"),
        ("grant_type", "The body is not application/x-www-form-urlencoded: a parameter has no equals sign."),
        ("username=%FF", "The body is not application/x-www-form-urlencoded in UTF-8."),
        ("&".join(f"a{number}=1" for number in range(33)), "The body must have at most 32 parameters."),
    ],
)
async def test_a_form_of_another_shape(session: aiohttp.ClientSession, system: Instance, body: str, said: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    asked = await ask(session, system, "POST", "/oauth/token", data=body, headers=form)
    assert (asked.status, asked.body["error"]) == (400, "invalid_request")
    assert asked.body["error_description"].startswith(said)


async def test_another_realm_does_not_know_the_client(session: aiohttp.ClientSession, system: Instance) -> None:
    asked = await ask(session, system, "POST", REALM.format("nosuch"), data=client(system))
    assert (asked.status, asked.body["error"]) == (401, "invalid_client")


# ---------------------------------------------------------------- bad credentials


def _spoilt(good: str) -> dict[str, dict[str, str]]:
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    tenant = {"X-TWC-Tenant": "demo"}
    return {
        "no header": tenant,
        "no credentials at all": {},
        "no token": {"Authorization": "Bearer", **tenant},
        "another scheme": {"Authorization": f"Basic {good}", **tenant},
        "forged": {"Authorization": f"Bearer {head}.{body[:-4]}AAAA.{signature}", **tenant},
        "alg none": {"Authorization": f"Bearer {none}.{body}.", **tenant},
        "signature cut": {"Authorization": f"Bearer {head}.{body}.{signature[:-8]}", **tenant},
        "a long one": {"Authorization": "Bearer " + "x" * 20_000, **tenant},
    }


@pytest.mark.parametrize("how", list(_spoilt("a.b.c")))
async def test_a_bad_token_stores_nothing_and_answers_401(
    session: aiohttp.ClientSession, system: Instance, how: str
) -> None:
    good = await token(session, system)
    event = ORDER | {"id": str(uuid4())}
    asked = await ask(session, system, "POST", "/api/v1/events", json=event, headers=_spoilt(good)[how])
    assert (asked.status, asked.headers["content-type"]) == (401, "application/problem+json")
    assert asked.body == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The credentials are missing or not valid.",
        "path": "/api/v1/events",
        "message": "error.unauthenticated",
        "requestId": asked.headers["x-request-id"],
    }
    headers = {"Authorization": f"Bearer {good}", "X-TWC-Tenant": "demo"}
    stored = await ask(session, system, "GET", f"/api/v1/events/{event['id']}", headers=headers)
    assert stored.status == 404


@pytest.mark.parametrize(
    ("tenant", "status"), [(None, 400), ("other", 403), ("DEMO", 403), ("demo", 201), ("UUID", 201)]
)
async def test_document_000_requires_the_tenant_header(
    session: aiohttp.ClientSession, system: Instance, tenant: str | None, status: int
) -> None:
    headers = {"Authorization": f"Bearer {await token(session, system)}"}
    if tenant:
        headers["X-TWC-Tenant"] = system.demo["tenant_id"] if tenant == "UUID" else tenant
    asked = await ask(session, system, "POST", "/api/v1/events", json=ORDER, headers=headers)
    assert asked.status == status
    if status == 400:
        assert [error["field"] for error in asked.body["fieldErrors"]] == ["X-TWC-Tenant"]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({}, 200, None),
        ({"x-vol-tenant": "1", "x-vol-site": "3"}, 200, None),
        ({"x-vol-tenant": "2"}, 403, "FORBIDDEN"),
        ({"x-vol-site": "x"}, 400, "VALIDATION_CONFLICT"),
        ({"Authorization": "Bearer x"}, 401, "UNAUTHORIZED"),
    ],
)
async def test_document_002_takes_its_own_headers(
    session: aiohttp.ClientSession, system: Instance, more: dict[str, str], status: int, code: str | None
) -> None:
    headers = {"Authorization": f"Bearer {await token(session, system)}", **more}
    asked = await ask(session, system, "GET", "/api/event/push/subscriptions", headers=headers)
    assert asked.status == status
    if code:
        assert asked.body["errorCode"] == code
        assert asked.body["additionalErrorData"] == [{"name": "requestId", "value": asked.headers["x-request-id"]}]


async def test_a_token_that_lacks_the_scope_is_forbidden(session: aiohttp.ClientSession, system: Instance) -> None:
    shown = await token(session, system, scope="events:read")
    headers = {"Authorization": f"Bearer {shown}", "X-TWC-Tenant": "demo"}
    asked = await ask(session, system, "POST", "/api/v1/events", json=ORDER, headers=headers)
    assert (asked.status, asked.body["message"]) == (403, "error.permission_denied")


# ---------------------------------------------------------------- the operator


async def test_a_tenant_that_the_operator_creates_sees_only_its_own_events(
    session: aiohttp.ClientSession, system: Instance
) -> None:
    operator = {"Authorization": f"Bearer {system.demo['operator_token']}"}
    name = f"t-{uuid4()}"
    made = await ask(session, system, "POST", "/admin/v1/tenants", json={"name": name}, headers=operator)
    assert (made.status, made.body["state"]) == (201, "ACTIVE")
    found = await ask(session, system, "GET", made.headers["location"], headers=operator)
    assert found.body == made.body
    new = await ask(session, system, "POST", "/admin/v1/clients", json={"tenantId": name}, headers=operator)
    assert new.status == 201
    bought = await ask(
        session,
        system,
        "POST",
        REALM.format(name),
        data=client(system, client_id=new.body["clientId"], client_secret=new.body["clientSecret"]),
    )
    theirs = {"Authorization": f"Bearer {bought.body['access_token']}", "X-TWC-Tenant": name}
    ours = {"Authorization": f"Bearer {await token(session, system)}", "X-TWC-Tenant": "demo"}
    event = await ask(session, system, "POST", "/api/v1/events", json=ORDER, headers=ours)
    path = f"/api/v1/events/{event.body['id']}"
    assert (await ask(session, system, "GET", path, headers=ours)).status == 200
    assert (await ask(session, system, "GET", path, headers=theirs)).status == 404
    assert (await ask(session, system, "GET", path, headers=theirs | {"X-TWC-Tenant": "demo"})).status == 403


@pytest.mark.parametrize("path", ["/admin/v1/tenants", "/admin/v1/parked", "/admin/v1/tenants/demo"])
async def test_a_tenants_token_is_no_operators(session: aiohttp.ClientSession, system: Instance, path: str) -> None:
    headers = {"Authorization": f"Bearer {await token(session, system)}"}
    asked = await ask(session, system, "GET", path, headers=headers)
    assert (asked.status, asked.body["status"]) == (401, 401)


async def test_health_and_version_are_public(session: aiohttp.ClientSession, system: Instance) -> None:
    assert (await ask(session, system, "GET", "/healthz")).body == {"status": "SERVING"}
    version = await ask(session, system, "GET", "/version")
    assert set(version.body) == {"version", "schema", "grpcPort", "grpcTls"}


# ---------------------------------------------------------------- retries


async def test_an_idempotency_key_makes_a_retry_safe(session: aiohttp.ClientSession, system: Instance) -> None:
    headers = {
        "Authorization": f"Bearer {await token(session, system)}",
        "X-TWC-Tenant": "demo",
        "Idempotency-Key": str(uuid4()),
    }
    first, second = [
        await ask(session, system, "POST", "/api/v1/events", json=ORDER, headers=headers) for _ in range(2)
    ]
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert first.headers["location"] == second.headers["location"] == f"/api/v1/events/{first.body['id']}"
    other = await ask(session, system, "POST", "/api/v1/events", json=ORDER | {"entity_id": "o-2"}, headers=headers)
    assert (other.status, other.body["message"]) == (409, "error.conflict")


# ---------------------------------------------------------------- silence


async def test_no_secret_is_in_the_output_of_the_processes(session: aiohttp.ClientSession, system: Instance) -> None:
    demo = system.demo
    bought = await token(session, system)
    marker = f"s3cret-{datetime.now(UTC).timestamp()}"
    await ask(session, system, "POST", "/oauth/token", params=client(system, client_secret=marker))
    await ask(session, system, "POST", "/oauth/token", data=client(system, client_secret=marker))
    shown = {"Authorization": f"Bearer {marker}", "x-api-secret": marker, "user_token": marker, "X-TWC-Tenant": "demo"}
    await ask(session, system, "GET", f"/api/v1/events?secret={marker}", headers=shown)
    await ask(session, system, "GET", "/nosuch", headers=shown)
    secrets = {
        str(demo[name]) for name in demo if name.endswith(("secret", "token", "password")) or name == "store_api_key"
    }
    async with session.get(system.metrics) as answer:
        metrics = await answer.text()
    assert [secret for secret in (*secrets, bought, marker) if secret in system.log + metrics] == []
