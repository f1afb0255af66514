"""RecoveryService: expired deliveries sent again in bulk. All of it is an Extension."""

from typing import Final

from tidings.collector.v1 import recoveries_pb2 as pb
from tidings.collector.v1 import recoveries_pb2_grpc
from tidings_server.collector.api.metrics import bounded
from tidings_server.delivery.message import ErrorType
from tidings_server.delivery.recoveries import Recoveries, RecoveryProgress, RecoveryRequest
from tidings_server.delivery.store.recoveries import CANCELLED, DELIVERED, FAILED, PENDING, RecoveredDelivery
from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.metadata import Context, scope_of, set_rest_response

PATH: Final = "/api/v1/recoveries"
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100
MAX_DIGITS: Final = 18
_STATUS: Final = between(100, 599)
_PREVIEW: Final = FieldRules(pb.PreviewRecoveryRequest, {"http_status": _STATUS}, required=("since",))
_CREATE: Final = FieldRules(pb.CreateRecoveryRequest, {"http_status": _STATUS}, required=("since",))
_LISTED: Final = FieldRules(pb.ListRecoveriesRequest, {"page_size": between(1, DEFAULT_PAGE)})
_ITEMS: Final = FieldRules(pb.ListRecoveryItemsRequest, {"page_size": between(1, MAX_PAGE)})


class RecoveryService(recoveries_pb2_grpc.RecoveryServiceServicer):
    """Recoveries of the caller's tenant."""

    def __init__(self, recoveries: Recoveries) -> None:
        self._recoveries = recoveries

    async def PreviewRecovery(self, request: pb.PreviewRecoveryRequest, context: Context) -> pb.PreviewRecoveryResponse:
        _PREVIEW.check(request)
        preview = await self._recoveries.preview(scope_of(context), _request(request))
        most_first = sorted(preview.by_error.items(), key=lambda counted: -counted[1])
        return pb.PreviewRecoveryResponse(
            deliveries=preview.deliveries,
            is_lower_bound=preview.is_lower_bound,
            by_error=[
                pb.FailureCount(error_type=error_type, http_status=status, deliveries=count)
                for (error_type, status), count in most_first
            ],
        )

    async def CreateRecovery(self, request: pb.CreateRecoveryRequest, context: Context) -> pb.Recovery:
        _CREATE.check(request)
        made = await self._recoveries.create(scope_of(context), _request(request))
        set_rest_response(context, location=f"{PATH}/{made.recovery.id}")
        return _dump(made)

    async def ListRecoveries(self, request: pb.ListRecoveriesRequest, context: Context) -> pb.ListRecoveriesResponse:
        _LISTED.check(request)
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        found = await self._recoveries.newest(scope_of(context), after=request.after, limit=limit + 1)
        following = found[limit - 1].recovery.id if len(found) > limit else None
        return pb.ListRecoveriesResponse(recoveries=map(_dump, found[:limit]), next=following)

    async def GetRecovery(self, request: pb.GetRecoveryRequest, context: Context) -> pb.Recovery:
        return _dump(await self._recoveries.get(scope_of(context), request.id))

    async def ListRecoveryItems(
        self, request: pb.ListRecoveryItemsRequest, context: Context
    ) -> pb.ListRecoveryItemsResponse:
        _ITEMS.check(request)
        limit = request.page_size if request.HasField("page_size") else DEFAULT_PAGE
        after = _number(request.after)
        found = await self._recoveries.items(scope_of(context), request.id, after=after, limit=limit + 1)
        items = fitting(map(_dump_item, found[:limit]))
        following = items[-1].delivery_id if len(found) > len(items) else ""
        return pb.ListRecoveryItemsResponse(items=items, next=following)

    async def CancelRecovery(self, request: pb.CancelRecoveryRequest, context: Context) -> pb.Recovery:
        return _dump(await self._recoveries.cancel(scope_of(context), request.id))


def _request(request: pb.PreviewRecoveryRequest | pb.CreateRecoveryRequest) -> RecoveryRequest:
    if request.error_type and request.error_type not in set(ErrorType):
        raise InvalidInput.of("errorType", f"must be one of {', '.join(filter(None, ErrorType))}")
    return RecoveryRequest(
        subscription_id=request.subscription_id,
        since=_instant(request.since, "since"),
        until=_instant(request.until, "until") if request.until else None,
        error_type=request.error_type,
        http_status=request.http_status if request.HasField("http_status") else None,
    )


def _dump(progress: RecoveryProgress) -> pb.Recovery:
    stored, outcomes = progress.recovery, progress.outcomes
    return pb.Recovery(
        id=stored.id,
        state=pb.Recovery.State.Value(stored.state),
        subscription_id=progress.subscription_id,
        since=rfc3339_ms(stored.of.since),
        until=rfc3339_ms(stored.of.until),
        error_type=stored.of.error_type or None,
        http_status=stored.of.http_status,
        expected=bounded(stored.expected),
        queued=bounded(sum(outcomes.values())),
        pending=bounded(outcomes.get(PENDING, 0)),
        delivered=bounded(outcomes.get(DELIVERED, 0)),
        failed=bounded(outcomes.get(FAILED, 0)),
        cancelled=bounded(outcomes.get(CANCELLED, 0)),
        created_at=rfc3339_ms(stored.created_at),
        created_by=stored.created_by,
        finished_at=None if stored.finished_at is None else rfc3339_ms(stored.finished_at),
    )


def _dump_item(item: RecoveredDelivery) -> pb.RecoveryItem:
    return pb.RecoveryItem(
        delivery_id=str(item.delivery_id),
        subscription_id=item.subscription_id,
        event_id=item.event_id,
        outcome=pb.RecoveryItem.Outcome.Value(item.outcome),
        attempts=item.attempts,
        reason=item.reason,
    )


def _instant(text: str, field: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise InvalidInput.of(field, "must be an RFC 3339 time, such as 2026-01-01T00:00:00Z") from None


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InvalidInput.of("after", "must be `next` of a page")
    return int(text)
