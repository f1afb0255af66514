"""The gRPC server: its limits, and which servicer serves which service."""

from collections.abc import Iterable, Sequence
from typing import Any

import grpc

from tidings.admin.v1 import (
    audit_pb2_grpc,
    credentials_pb2_grpc,
    issuers_pb2_grpc,
    operations_pb2_grpc,
    persons_pb2_grpc,
    retailers_pb2_grpc,
    server_keys_pb2_grpc,
    stores_pb2_grpc,
    tenants_pb2_grpc,
)
from tidings.collector.v1 import (
    deliveries_pb2_grpc,
    event_subscriptions_pb2_grpc,
    events_pb2_grpc,
    jobs_pb2_grpc,
    mails_pb2_grpc,
)
from tidings.identity.v1 import tokens_pb2_grpc
from tidings.orchestration.v1 import entities_pb2_grpc, workflows_pb2_grpc
from tidings.orchestration.v1 import events_pb2_grpc as orchestration_events_pb2_grpc
from tidings.push.v1 import deliveries_pb2_grpc as push_deliveries_pb2_grpc
from tidings.push.v1 import subscriptions_pb2_grpc
from tidings.scheduling.v1 import accounts_pb2_grpc, xml_pb2_grpc
from tidings.scheduling.v1 import events_pb2_grpc as scheduling_events_pb2_grpc

MESSAGE_BYTES = 16 * 1024 * 1024
"""Largest message either way; what is allowed of a request is less for most RPCs (`contract.Rpc.max_bytes`)."""
METADATA_BYTES = 64 * 1024
"""Both bounds alike: between them gRPC refuses at random, and an access token may well be over the default 8 KiB."""

MAX_STREAMS = 1_000
"""Calls that one connection may have open."""
SPARE_RPCS = 1_000
"""How many calls over the server's own limit gRPC still lets in: those are refused in words, with a time to retry."""

OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_metadata_size", METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", METADATA_BYTES),
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    # Compressed messages are refused: gRPC would unpack one of a few kilobytes to any size before it looks at it.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    # Two servers on one port would each get some of the requests.
    ("grpc.so_reuseport", 0),
    # A client that is gone without a word: asked after a minute of silence, given up 20 s later.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Clients behind address translators ask often to keep their connection alive; that is not abuse.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)

_ADD: dict[type, Any] = {
    audit_pb2_grpc.AuditServiceServicer: audit_pb2_grpc.add_AuditServiceServicer_to_server,
    credentials_pb2_grpc.CredentialServiceServicer: credentials_pb2_grpc.add_CredentialServiceServicer_to_server,
    issuers_pb2_grpc.IssuerServiceServicer: issuers_pb2_grpc.add_IssuerServiceServicer_to_server,
    persons_pb2_grpc.PersonServiceServicer: persons_pb2_grpc.add_PersonServiceServicer_to_server,
    retailers_pb2_grpc.RetailerServiceServicer: retailers_pb2_grpc.add_RetailerServiceServicer_to_server,
    server_keys_pb2_grpc.ServerKeyServiceServicer: server_keys_pb2_grpc.add_ServerKeyServiceServicer_to_server,
    stores_pb2_grpc.StoreServiceServicer: stores_pb2_grpc.add_StoreServiceServicer_to_server,
    accounts_pb2_grpc.AccountServiceServicer: accounts_pb2_grpc.add_AccountServiceServicer_to_server,
    deliveries_pb2_grpc.DeliveryServiceServicer: deliveries_pb2_grpc.add_DeliveryServiceServicer_to_server,
    jobs_pb2_grpc.JobServiceServicer: jobs_pb2_grpc.add_JobServiceServicer_to_server,
    mails_pb2_grpc.MailServiceServicer: mails_pb2_grpc.add_MailServiceServicer_to_server,
    entities_pb2_grpc.EntityServiceServicer: entities_pb2_grpc.add_EntityServiceServicer_to_server,
    event_subscriptions_pb2_grpc.EventSubscriptionServiceServicer: (
        event_subscriptions_pb2_grpc.add_EventSubscriptionServiceServicer_to_server
    ),
    events_pb2_grpc.EventServiceServicer: events_pb2_grpc.add_EventServiceServicer_to_server,
    operations_pb2_grpc.OperationsServiceServicer: operations_pb2_grpc.add_OperationsServiceServicer_to_server,
    orchestration_events_pb2_grpc.EventServiceServicer: (
        orchestration_events_pb2_grpc.add_EventServiceServicer_to_server
    ),
    push_deliveries_pb2_grpc.DeliveryAttemptServiceServicer: (
        push_deliveries_pb2_grpc.add_DeliveryAttemptServiceServicer_to_server
    ),
    push_deliveries_pb2_grpc.EventPullServiceServicer: push_deliveries_pb2_grpc.add_EventPullServiceServicer_to_server,
    scheduling_events_pb2_grpc.ScheduledEventServiceServicer: (
        scheduling_events_pb2_grpc.add_ScheduledEventServiceServicer_to_server
    ),
    subscriptions_pb2_grpc.SelectionServiceServicer: subscriptions_pb2_grpc.add_SelectionServiceServicer_to_server,
    subscriptions_pb2_grpc.SubscriptionServiceServicer: (
        subscriptions_pb2_grpc.add_SubscriptionServiceServicer_to_server
    ),
    tenants_pb2_grpc.TenantServiceServicer: tenants_pb2_grpc.add_TenantServiceServicer_to_server,
    tokens_pb2_grpc.TokenServiceServicer: tokens_pb2_grpc.add_TokenServiceServicer_to_server,
    xml_pb2_grpc.XmlServiceServicer: xml_pb2_grpc.add_XmlServiceServicer_to_server,
    workflows_pb2_grpc.WorkflowServiceServicer: workflows_pb2_grpc.add_WorkflowServiceServicer_to_server,
}


def make_server(
    servicers: Iterable[object], *, interceptors: Sequence[Any], max_concurrent_rpcs: int
) -> grpc.aio.Server:
    """A server that is not started yet. RPCs beyond `max_concurrent_rpcs`, streams included, are refused at once.

    The onion refuses more politely (see guard.py); what comes far beyond that is refused by gRPC itself.
    """
    server = grpc.aio.server(
        interceptors=list(interceptors),
        options=list(OPTIONS),
        maximum_concurrent_rpcs=max_concurrent_rpcs + SPARE_RPCS,
    )
    for servicer in servicers:
        add = next(_ADD[ancestor] for ancestor in type(servicer).__mro__ if ancestor in _ADD)
        add(servicer, server)
    return server
