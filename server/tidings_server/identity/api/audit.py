"""The audit trail as the operator reads it."""

from tidings.admin.v1 import audit_pb2 as pb
from tidings.admin.v1.audit_pb2_grpc import AuditServiceServicer
from tidings_server.identity.audit import AuditRecord, AuditTrail
from tidings_server.log.search import SearchQuery
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.metadata import Context


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
