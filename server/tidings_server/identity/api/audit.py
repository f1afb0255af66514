"""The layer that puts changes of configuration on the audit trail, and the trail as the operator sees it."""

from dataclasses import replace
from typing import Any, Final

from google.protobuf.message import Message

from tidings.admin.v1 import audit_pb2 as pb
from tidings.admin.v1.audit_pb2_grpc import AuditServiceServicer
from tidings_server.identity.audit import AuditRecord, AuditTrail, Change, audited
from tidings_server.log.search import SearchQuery
from tidings_server.platform.clock import Clock, Ids, rfc3339_ms
from tidings_server.rpc.metadata import Call, Context
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware.calls import Layer, Serve
from tidings_server.rpc.required_scopes import ADMIN, ANY_CALLER, GRANTS, RULES_WRITE, SUBSCRIPTIONS_WRITE

CONFIGURING = frozenset({ADMIN, SUBSCRIPTIONS_WRITE, RULES_WRITE, ANY_CALLER})
"""Grants of RPCs that change configuration, where they are no reads; those of ANY_CALLER ask for one of these."""

_NAMED_BY: Final = {
    "/tidings.admin.v1.CredentialService/CreateKey": "store_id",
    "/tidings.admin.v1.CredentialService/CreateOperator": "name",
    "/tidings.admin.v1.CredentialService/CreateUser": "username",
}
"""The field that names what is made, where it is not the id."""

_COUNTED: Final = frozenset(
    {
        "/tidings.admin.v1.ServerKeyService/RotateDataKey",
        "/tidings.admin.v1.ServerKeyService/RotateMasterKey",
        "/tidings.admin.v1.ServerKeyService/RotateSigningKey",
        "/tidings.admin.v1.StoreService/CreateStore",
    }
)
"""RPCs that make something under an id that is known only when it is there."""


def is_audited(rpc: Rpc) -> bool:
    """Whether a call of this RPC changes configuration."""
    return GRANTS[rpc.path] in CONFIGURING and not rpc.is_read and not rpc.is_stream


def on_record(clock: Clock) -> Layer:
    """The layer: what changes configuration leaves its record in the very transaction of the change."""
    ids = Ids(clock)

    def layer(rpc: Rpc, inner: Serve) -> Serve:
        if not is_audited(rpc):
            return inner

        async def serve(call: Call, request: Any, context: Context) -> bytes | None:
            if call.scope is None:
                return await inner(call, request, context)
            call.scope = scope = replace(call.scope, reserved_id=call.scope.reserved_id or ids.uuid7())
            change = Change(
                action=rpc.path,
                resource=_resource(rpc, request, str(scope.reserved_id)),
                tenant=str(getattr(request, "tenant_id", "")),
                fields=[field.json_name for field, _ in rpc.sent(request).ListFields()],
                peer=call.address,
                request_id=call.request_id,
            )
            with audited(scope, change, event_id=ids.uuid7(), at_us=clock.now_us()):
                return await inner(call, request, context)

        return serve

    return layer


def _resource(rpc: Rpc, request: Message, reserved_id: str) -> str:
    """What the request names: by its path, else in its body, else the id that the server makes it by.

    Empty where the server counts its resources instead.
    """
    if rpc.named_by:
        return "/".join(str(getattr(request, name, "")) for name in rpc.named_by)
    named = getattr(rpc.sent(request), _NAMED_BY.get(rpc.path, "id"), "")
    is_counted = rpc.path in _COUNTED or not isinstance(named, str)
    return str(named or ("" if is_counted else reserved_id))


class AuditService(AuditServiceServicer):
    """The audit trail."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    async def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        query = SearchQuery(
            entity_id=request.resource,
            from_time=request.from_time,
            to_time=request.to_time,
            after=request.after,
            page_size=request.page_size,
        )
        page = await self._trail.find(request.tenant_id, query)
        return pb.ListAuditRecordsResponse(records=map(_message, page.records), next=page.next)


def _message(record: AuditRecord) -> pb.AuditRecord:
    return pb.AuditRecord(
        id=record.id,
        at=rfc3339_ms(record.at),
        tenant_id=record.tenant_id or None,
        actor=record.actor,
        action=record.change.action,
        resource=record.change.resource or None,
        for_tenant=record.change.tenant or None,
        fields=record.change.fields,
        peer=record.change.peer,
        request_id=record.change.request_id,
    )
