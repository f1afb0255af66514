"""The role `read-only`: it reads what the owner reads, and no RPC lets it change anything."""

import json

import pytest

from tests.isolation.conftest import Land
from tests.isolation.contract import BINDINGS, TENANTS, Binding
from tests.isolation.entries import ENTRIES
from tests.isolation.test_walk import ids_of
from tests.isolation.world import OPERATOR, OWNER, READER, refilled
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.rpc.method import rpc_of
from tidings_server.rpc.required_scopes import ANY

READING = [path for path in TENANTS if rpc_of(path).required_scope.endswith(":read")]
WRITING = [path for path in TENANTS if rpc_of(path).required_scope.endswith(":write")]
STANDING = [path for path in TENANTS if rpc_of(path).required_scope == ANY]
"""RPCs that stand for others, and require their scopes."""
COMPUTED = {
    "/tidings.collector.v1.ConditionService/CheckCondition",
    "/tidings.loyalty.v1.BacktestService/RunBacktest",
    "/tidings.loyalty.v1.BacktestService/StreamBacktest",
    "/tidings.orchestration.v1.WorkflowService/ValidateWorkflow",
    "/tidings.orchestration.v1.WorkflowService/SimulateWorkflow",
}
"""RPCs that read, although REST posts to them: they answer what would be, and store nothing."""
WATCHED = "/tidings.collector.v1.EventService/WatchEvents"
"""A read that only gRPC has."""


def test_every_scope_of_a_tenant_is_to_read_or_to_write() -> None:
    assert {scope.rpartition(":")[2] for scope in TENANT_GRANTS} == {"read", "write"}
    assert sorted(READING + WRITING + STANDING) == sorted(TENANTS)


@pytest.mark.parametrize("path", READING)
def test_an_rpc_that_a_scope_to_read_is_enough_for_is_a_read(path: str) -> None:
    assert rpc_of(path).is_read or path in COMPUTED | {WATCHED}


@pytest.mark.parametrize("path", WRITING)
def test_every_rpc_that_changes_something_is_denied(land: Land, path: str) -> None:
    owners, _ = ids_of(land, path)
    answer = land.world.call(READER, path, refilled(ENTRIES[path].request, owners))
    assert answer.status == "PERMISSION_DENIED", answer


@pytest.mark.parametrize("binding", [each for each in BINDINGS if each.rpc.path in WRITING], ids=str)
def test_every_path_that_changes_something_is_denied(land: Land, binding: Binding) -> None:
    owners, _ = ids_of(land, binding.rpc.path)
    answer = land.world.ask(READER, binding, refilled(ENTRIES[binding.rpc.path].request, owners))
    assert answer.status == "403", answer


@pytest.mark.parametrize("path", READING)
def test_every_read_answers_as_the_owners_does(land: Land, path: str) -> None:
    """But for calls by a user of a store, which the owner, a key of the store, is not."""
    owners, _ = ids_of(land, path)
    request = refilled(ENTRIES[path].request, owners)
    statuses = {land.world.call(caller, path, request).status for caller in (READER, OWNER)} - {"UNAUTHENTICATED"}
    assert len(statuses) == 1, statuses
    assert "PERMISSION_DENIED" not in statuses


@pytest.mark.parametrize("path", STANDING)
def test_an_rpc_that_stands_for_another_requires_that_ones_scope(land: Land, path: str) -> None:
    owners, _ = ids_of(land, path)
    answer = land.world.call(READER, path, refilled(ENTRIES[path].request, owners))
    reads = path.endswith(("/SelectFields", "/GetXml"))
    assert answer.is_good if reads else answer.status == "PERMISSION_DENIED", answer


def test_after_the_walk_the_audit_trail_names_no_reader(land: Land) -> None:
    query = {"tenant_id": "demo", "page_size": 500}
    answer = land.world.call(OPERATOR, "/tidings.admin.v1.AuditService/ListAuditRecords", query)
    actors = {record["actor"] for record in json.loads(answer.text)["records"]}
    assert actors
    assert not actors & {"reader", "member"}


def test_credentials_with_the_role_are_listed_with_it(land: Land) -> None:
    query = {"tenant_id": "demo", "family": "users"}
    answer = land.world.call(OPERATOR, "/tidings.admin.v1.CredentialService/ListCredentials", query)
    users = {user["name"]: user for user in json.loads(answer.text)["credentials"]}
    assert users["reader"]["role"] == "read-only"
    assert users["reader"]["grants"] == ["events:read", "rules:read", "subscriptions:read"]
    assert "role" not in users[land.world.demo["account_username"]]
