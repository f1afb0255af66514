"""DeliveryAttemptService: deliveries to push subscriptions. Source: WIRE.md 002 (b)."""

from http import HTTPStatus

from tidings.push.v1 import deliveries_pb2 as pb
from tidings.push.v1 import deliveries_pb2_grpc
from tidings_server.delivery.message import OutcomeKind
from tidings_server.delivery.store.delivery_history import PastAttempt
from tidings_server.log.event_ids import undashed
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.push.api.collections import collection, list_query
from tidings_server.push.api.payloads import extended_properties
from tidings_server.push.api.subscription_messages import parse_id
from tidings_server.push.listings import PushDelivery, PushListings
from tidings_server.push.store.deliveries import EXPIRED, FAILED, SUCCEEDED
from tidings_server.rpc.metadata import Context, scope_of
from tidings_server.storage.log.records import StoredEvent

ATTEMPT_STATUS = {
    OutcomeKind.DELIVERED: SUCCEEDED,
    OutcomeKind.RETRY: FAILED,
    OutcomeKind.GONE: FAILED,
    OutcomeKind.EXPIRED: EXPIRED,
}


class DeliveryAttemptService(deliveries_pb2_grpc.DeliveryAttemptServiceServicer):
    """Lists and gets deliveries of the caller's tenant."""

    def __init__(self, listings: PushListings) -> None:
        self._listings = listings

    async def ListDeliveryAttempts(
        self, request: pb.ListDeliveryAttemptsRequest, context: Context
    ) -> pb.EventDeliverySummaryCollection:
        query = list_query(request)
        subscription_id = parse_id(request.subscription_id) if request.subscription_id else None
        page = await self._listings.deliveries(scope_of(context), query, subscription_id=subscription_id)
        return collection(pb.EventDeliverySummaryCollection, query, page, items=map(dump, page.items))

    async def GetDeliveryAttempt(
        self, request: pb.GetDeliveryAttemptRequest, context: Context
    ) -> pb.EventDeliverySummary:
        subscription_id = parse_id(request.subscription_id)
        found = await self._listings.delivery(
            scope_of(context), subscription_id=subscription_id, number=request.process_id
        )
        return dump(found)


def dump(delivery: PushDelivery) -> pb.EventDeliverySummary:
    """A delivery as a message; dates that it does not have are absent."""
    row = delivery.row
    return pb.EventDeliverySummary(
        id=row.id,
        delivery_status=row.status,
        event_summary=_dump_event(delivery.event) if delivery.event else None,
        is_running=delivery.is_running,
        last_execution_date=_date(row.last_attempt_at),
        next_execution_date=_date(delivery.wait.next_attempt_at),
        reason=delivery.wait.reason or None,
        replay_id=row.replay_id or None,
        retries_remaining=delivery.retries_remaining,
        create_date=rfc3339_ms(row.created_at),
        update_date=rfc3339_ms(row.updated_at),
        delivery_attempts=map(_dump_attempt, row.attempts),
    )


def _dump_event(event: StoredEvent) -> pb.EventSummary:
    return pb.EventSummary(
        event_id=undashed(event.event_id),
        tenant_id=event.tenant_id,
        site_id=event.site_id,
        entity_id=event.entity_id or event.entity_ref or "",
        topic=event.topic,
        extended_properties=[pb.Property(key=key, value=value) for key, value in extended_properties(event)],
        correlation_id=event.correlation_id or "",
        create_date=rfc3339_ms(event.occurred_at),
    )


def _dump_attempt(attempt: PastAttempt) -> pb.DeliveryAttempt:
    return pb.DeliveryAttempt(
        delivery_status=ATTEMPT_STATUS[OutcomeKind(attempt.outcome)],
        error_type=attempt.error_type,
        http_status=None if attempt.status is None else _dump_status(attempt.status),
        message=attempt.answer,
        execution_date=rfc3339_ms(attempt.at),
    )


def _dump_status(status: int) -> pb.HttpStatus:
    known = status in HTTPStatus.__members__.values()
    return pb.HttpStatus(code=status, name=HTTPStatus(status).phrase if known else "")


def _date(at_us: int | None) -> str | None:
    return None if at_us is None else rfc3339_ms(at_us)
