"""Every service belongs to a dialect, and every RPC requires a scope."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import Default

from tidings_server.identity.api.authentication import AUTHENTICATORS
from tidings_server.identity.tenants import TENANT_GRANTS
from tidings_server.rpc.dialects import BY_SERVICE, DIALECTS
from tidings_server.rpc.method import rpc_of
from tidings_server.rpc.required_scopes import ANY, PUBLIC

ROOT = Path(__file__).parents[2]


def _services() -> Iterator[tuple[str, descriptor_pb2.ServiceDescriptorProto]]:
    contract = descriptor_pb2.FileDescriptorSet.FromString(
        (ROOT / "generated" / "descriptors" / "tidings.binpb").read_bytes()
    )
    for file in contract.file:
        if file.package.startswith("tidings."):
            importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
            for service in file.service:
                yield f"{file.package}.{service.name}", service


RPCS = sorted(f"/{name}/{method.name}" for name, service in _services() for method in service.method)


def test_every_service_belongs_to_one_dialect() -> None:
    listed = [service for dialect in DIALECTS for service in dialect.services]
    assert sorted(listed) == sorted(name for name, _ in _services())
    assert len(listed) == len(BY_SERVICE)


def test_the_callers_of_every_dialect_can_be_authenticated() -> None:
    assert sorted(AUTHENTICATORS) == sorted(dialect.name for dialect in DIALECTS)


def test_every_rpc_has_a_required_scope() -> None:
    assert {rpc_of(path).required_scope for path in RPCS} == {*TENANT_GRANTS, "admin", PUBLIC, ANY}


def test_only_tokens_their_keys_health_version_opt_outs_and_portal_links_are_public() -> None:
    assert [path for path in RPCS if rpc_of(path).is_public] == [
        "/tidings.admin.v1.OperationsService/GetHealth",
        "/tidings.admin.v1.OperationsService/GetVersion",
        "/tidings.collector.v1.UnsubscribeService/ShowUnsubscribe",
        "/tidings.collector.v1.UnsubscribeService/Unsubscribe",
        "/tidings.identity.v1.PortalService/ExchangePortalToken",
        "/tidings.identity.v1.PortalService/ShowPortal",
        "/tidings.identity.v1.TokenService/ExchangeForm",
        "/tidings.identity.v1.TokenService/GetJwks",
        "/tidings.identity.v1.TokenService/IssueToken",
        "/tidings.push.v1.AuthTicketService/CreateAuthTicket",
        "/tidings.scheduling.v1.AccountService/LogIn",
        "/tidings.scheduling.v1.XmlService/LogInXml",
    ]


READS = (
    "Get",
    "List",
    "Search",
    "Watch",
    "Stream",
    "Select",
    "Trace",
    "Preview",
    "Validate",
    "Simulate",
    "RunBacktest",
    "FollowBacktest",
    "CheckCondition",
)


def test_a_call_that_changes_something_requires_a_write_scope() -> None:
    for path in RPCS:
        is_read = Default().FindMethodByName(path.strip("/").replace("/", ".")).name.startswith(READS)
        required = rpc_of(path).required_scope
        if required not in {PUBLIC, ANY, "admin"}:
            assert required.endswith(":read" if is_read else ":write"), path


def test_the_options_name_fields_that_there_are() -> None:
    for rpc in map(rpc_of, RPCS):
        sent = rpc.sent(rpc.request()).DESCRIPTOR
        assert not rpc.options.bare_list or rpc.response.DESCRIPTOR.fields_by_name[rpc.options.bare_list].is_repeated
        assert not rpc.options.audit_field or rpc.options.audit_field in sent.fields_by_name


@pytest.mark.parametrize(
    ("path", "body", "resource", "is_post", "max_bytes"),
    [
        ("/tidings.collector.v1.EventService/CreateEvent", "event", "event", True, 1 << 20),
        ("/tidings.collector.v1.EventService/BatchCreateEvents", "", "BatchCreateEventsRequest", True, 16 << 20),
        ("/tidings.collector.v1.EventService/GetEvent", "", "GetEventRequest", False, 1 << 20),
        ("/tidings.push.v1.SubscriptionService/UpdateSubscription", "subscription", "subscription", False, 1 << 20),
        ("/tidings.identity.v1.TokenService/IssueToken", "", "IssueTokenRequest", True, 64 << 10),
    ],
)
def test_an_rpc_is_shaped_by_its_binding(path: str, body: str, resource: str, is_post: bool, max_bytes: int) -> None:
    rpc = rpc_of(path)
    assert (rpc.body, rpc.resource, rpc.is_post, rpc.max_bytes) == (body, resource, is_post, max_bytes)


BOUNDED_LISTS = {
    "/tidings.admin.v1.DoctorService/GetDiagnosis": "findings of some thirty checks",
    "/tidings.admin.v1.ServerKeyService/ListDataKeys": "a key for each time the operator makes one, of 200 bytes",
    "/tidings.admin.v1.ServerKeyService/ListSigningKeys": "keys that still sign or verify",
    "/tidings.admin.v1.OperationsService/GetServerState": "one row for each consumer",
    "/tidings.collector.v1.ConditionService/CheckCondition": "faults of one condition of 2,048 characters",
    "/tidings.collector.v1.EventService/BatchCreateEvents": "as many as were asked for",
    "/tidings.collector.v1.RecoveryService/PreviewRecovery": "sums, one for each kind of failure",
    "/tidings.loyalty.v1.BacktestService/RunBacktest": "as many examples as were asked for, of at most 100",
    "/tidings.collector.v1.PublishService/PublishEvents": "one for each event of a stream, which has no end",
    "/tidings.orchestration.v1.WorkflowService/PutWorkflow": "a hundred warnings, and how many more there are",
    "/tidings.orchestration.v1.WorkflowService/ValidateWorkflow": "a hundred warnings, and how many more there are",
}
"""Answers whose lists always fit in one, with the reason."""

PAGED = {"next", "total_count", "has_more", "is_cut"}
"""Fields by which an answer says that there is more."""

RESOURCES = {"Customer", "Delivery", "Economy", "Event", "EventDeliverySummary", "Rule", "Subscription", "Workflow"}
"""Messages whose lists are their own fields, bounded when they are written."""


def test_every_list_says_whether_there_is_more() -> None:
    """Every answer with a list of messages, whatever the call is named."""
    answers = {path: rpc_of(path).response.DESCRIPTOR for path in RPCS}
    listing = {
        path: {*answer.fields_by_name}
        for path, answer in answers.items()
        if answer.full_name.startswith("tidings.")
        and answer.name not in RESOURCES
        and any(_lists_messages(field) for field in answer.fields)
    }
    assert {path for path, fields in listing.items() if not PAGED & fields} == {*BOUNDED_LISTS}


def _lists_messages(field: Any) -> bool:
    message = field.message_type
    return bool(field.is_repeated and message and not message.GetOptions().map_entry)
