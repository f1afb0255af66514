"""The service of failed fulfilments, an extension of document 003."""

from tidings.loyalty.v1 import failures_pb2 as pb
from tidings.loyalty.v1 import failures_pb2_grpc
from tidings_server.loyalty.api.paging import ListPaging
from tidings_server.loyalty.fulfilment.failures import FulfilmentFailures
from tidings_server.loyalty.store.fulfilment_failures import ListedFailure
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.rpc.metadata import Context, scope_of


class FailureService(failures_pb2_grpc.FailureServiceServicer):
    """Failed fulfilments of the caller's tenant."""

    def __init__(self, failures: FulfilmentFailures, paging: ListPaging) -> None:
        self._failures = failures
        self._paging = paging

    async def ListFailures(self, request: pb.ListFailuresRequest, context: Context) -> pb.ListFailuresResponse:
        scope = scope_of(context)
        page_request = self._paging.request(scope, request)
        found = await self._failures.list(scope, before_us=page_request.before, limit=page_request.size + 1)
        page = self._paging.cut(scope, found, size=page_request.size, key=lambda failure: failure.failed_at, dump=_dump)
        return pb.ListFailuresResponse(failures=page.messages, next=page.next)

    async def RetryFailure(self, request: pb.RetryFailureRequest, context: Context) -> pb.Failure:
        retried = await self._failures.retry(scope_of(context), request.event_id.lower())
        return _dump(retried)


def _dump(failure: ListedFailure) -> pb.Failure:
    return pb.Failure(
        event_id=failure.event_id,
        source_event_id=failure.source_event_id,
        customer_id=failure.customer_id,
        rule_id=failure.rule_id,
        message=failure.reason,
        failed_at=rfc3339_ms(failure.failed_at),
        retried_at=None if failure.retried_at is None else rfc3339_ms(failure.retried_at),
    )
