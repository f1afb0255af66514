"""Requests of documents 000, 003 and 004 byte for byte as they are printed there, but for the placeholders.

Their vendors have no client of these APIs in a registry: the package lists of PyPI and npm know none by the names or
hosts of the vendors, and what they have published as source is for other services. So the files of `requests` stand for
one: blanks, line breaks, order of fields and all.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.e2e.instances import ROOT, Instance, instance
from tests.fuzz.conftest import token
from tests.support.waiting import PATIENCE_S

HERE = Path(__file__).parent / "requests"
BONUS = ROOT / "examples/loyalty/rules/01-sign-up-bonus.json"
ID = str(uuid4())
JOB = str(uuid4())
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
OF_QUEUE = {'"queueUrl": "string"': f'"queueUrl": "{TOPIC}"', '"region": "string"': '"region": "eu-west-1"'}
OF_JOB = {
    '"schedule": "string"': '"schedule": "0 9 * * 1-5"',
    '"scheduleExpression": "string"': '"scheduleExpression": ""',
}
MAIL = '"action": {"to": "ada@example.com", "subject": "Hi", "body": "There"}'
OF_LOYALTY = {
    '"quantity": 0': '"quantity": 1',
    '"currencyCode": "string"': '"currencyCode": "AUD"',
    '"tenantId": "string"': '"tenantId": "{tenant_id}"',
}

CALLS: Mapping[str, tuple[str, str, int, Mapping[str, str]]] = {
    "000-create-event": ("POST", "/api/v1/events", 201, {'"id": "string"': f'"id": "{uuid4()}"'}),
    "000-create-subscription": (
        "POST",
        "/api/v1/event-subscription",
        201,
        {'"id": "string"': f'"id": "{ID}"', **OF_QUEUE},
    ),
    "000-update-subscription": (
        "PUT",
        "/api/v1/event-subscription",
        201,
        {'"id": "string"': f'"id": "{ID}"', **OF_QUEUE},
    ),
    "000-create-job": ("POST", "/api/v1/jobs", 201, {'"id": "string"': f'"id": "{JOB}"', **OF_JOB}),
    "000-update-job": ("PUT", f"/api/v1/jobs/{JOB}", 200, OF_JOB),
    "003-actions": ("POST", "/api/v1/events/actions", 200, OF_LOYALTY),
    "003-basket": ("POST", "/api/v1/events/basket", 200, OF_LOYALTY),
    "003-orders": ("POST", "/api/v1/events/orders", 200, OF_LOYALTY),
    "003-redemptions": ("POST", "/api/v1/events/redemptions", 200, OF_LOYALTY),
    "003-transactions": ("POST", "/api/v1/events/transactions", 200, OF_LOYALTY),
    "004-create-scheduled-event": (
        "POST",
        "/v1/events",
        200,
        {
            '"actionType": "actionType", "action": {}': f'"actionType": "SEND_EMAIL", {MAIL}',
            '"triggerType": "triggerType"': '"triggerType": "TIME"',
            '"trigger": {}': '"trigger": {"at": "2999-01-01T00:00:00Z"}',
        },
    ),
}
"""By file: method, path, the document's status, and what stands in place of a placeholder."""


@pytest.fixture(scope="module")
def system() -> Iterator[Instance]:
    with instance() as started:
        yield started


@pytest.fixture(scope="module")
def headers(system: Instance) -> Mapping[str, dict[str, str]]:
    """The headers that each document names, with this server's credentials."""
    demo = system.demo
    client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    bearer = f"Bearer {token(system, grant_type='client_credentials', **client)}"
    of_loyalty = {"x-tenant-id": "tenant_id", "x-api-key": "api_key", "x-api-secret": "api_secret"}
    return {
        "000": {"Authorization": bearer, "X-TWC-Tenant": demo["tenant"]},
        "003": {header: demo[name] for header, name in of_loyalty.items()},
        "004": {"store": demo["store"], "api_key": demo["store_api_key"], "Accept": "application/json"},
    }


def send(system: Instance, headers: Mapping[str, dict[str, str]], name: str, body: bytes) -> requests.Response:
    method, path, _, _ = CALLS[name]
    own = {"Content-Type": "application/json", **headers[name[:3]]}
    return requests.request(method, system.rest + path, headers=own, data=body, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def member(system: Instance, headers: Mapping[str, dict[str, str]]) -> str:
    """A customer with the 500 points of a registration, of which the printed redemption takes one."""

    def post(path: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(system.rest + path, headers=headers["003"], json=body, timeout=PATIENCE_S)
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    rule = post("/api/v1/rules", **json.loads(BONUS.read_text()))["ruleId"]
    post(f"/api/v1/rules/{rule}/activate")
    who = {"eventId": str(uuid4()), "customerId": str(uuid4())}
    post("/api/v1/events/actions", **who, nameSpace="Customer.Registration", action={"count": 1})
    return who["customerId"]


@pytest.mark.parametrize("name", CALLS)
def test_a_documented_request_is_taken(
    system: Instance, headers: Mapping[str, dict[str, str]], member: str, name: str
) -> None:
    *_, status, placeholders = CALLS[name]
    text = (HERE / f"{name}.json").read_text()
    for printed, own in placeholders.items():
        text = text.replace(printed, own.replace("{tenant_id}", system.demo["tenant_id"]))
    if name.startswith("003"):
        for field, own in (("eventId", str(uuid4())), ("customerId", member)):
            text = text.replace(f'"{field}": "string"', f'"{field}": "{own}"')
    answer = send(system, headers, name, text.encode())
    assert answer.status_code == status, answer.text
    if name == "003-redemptions":
        assert (answer.json()["startingBalance"], answer.json()["pendingBalance"]) == (500, 499)


@pytest.mark.parametrize(
    ("name", "code", "field"),
    [
        ("003-actions", {"code": "BadRequest"}, "eventId"),
        ("003-basket", {"code": "BadRequest"}, "eventId"),
        ("004-create-scheduled-event", {"errorCode": 907002}, "triggerType"),
    ],
)
def test_placeholders_are_refused_in_the_documents_language(
    system: Instance, headers: Mapping[str, dict[str, str]], name: str, code: dict[str, Any], field: str
) -> None:
    answer = send(system, headers, name, (HERE / f"{name}.json").read_bytes())
    assert answer.status_code == 400
    assert answer.json() | code == answer.json()
    assert field in answer.text
