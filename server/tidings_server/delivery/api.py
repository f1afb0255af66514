"""DeliveryService: why an event was delivered or not, and sending again. Serves subscriptions of both APIs."""

from typing import Final

from tidings.collector.v1 import deliveries_pb2 as pb
from tidings.collector.v1 import deliveries_pb2_grpc
from tidings_server.delivery.deliveries import Deliveries, Explanation
from tidings_server.delivery.delivery_history import DeliveryHistories, DeliveryHistory
from tidings_server.delivery.message import OutcomeKind
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.sent_request import SentRequest
from tidings_server.delivery.store.delivery_history import PastAttempt
from tidings_server.delivery.store.replays import Replay
from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.metadata import Context, scope_of

MAX_REPLAYS: Final = 100
MAX_DELIVERIES: Final = 100
DEFAULT_DELIVERIES: Final = 50

_DELIVERIES: Final = FieldRules(pb.ListDeliveriesRequest, {"page_size": between(1, MAX_DELIVERIES)})
_REPLAY: Final = FieldRules(pb.ReplaySubscriptionRequest)
_REPLAY_PREVIEW: Final = FieldRules(pb.PreviewReplayRequest)
_REPLAYS: Final = FieldRules(pb.ListReplaysRequest, {"page_size": between(1, MAX_REPLAYS)})


class DeliveryService(deliveries_pb2_grpc.DeliveryServiceServicer):
    """Deliveries of the caller's tenant."""

    def __init__(self, deliveries: Deliveries, histories: DeliveryHistories, replays: Replays) -> None:
        self._deliveries = deliveries
        self._histories = histories
        self._replays = replays

    async def ListEventDeliveries(
        self, request: pb.ListEventDeliveriesRequest, context: Context
    ) -> pb.ListEventDeliveriesResponse:
        explanations = await self._deliveries.explain(scope_of(context), request.id, after=request.after)
        shown = fitting(map(_dump, explanations))
        following = explanations[len(shown) - 1].place if len(shown) < len(explanations) else None
        return pb.ListEventDeliveriesResponse(deliveries=shown, next=following)

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: Context) -> pb.ListDeliveriesResponse:
        _DELIVERIES.check(request)
        limit = request.page_size if request.HasField("page_size") else DEFAULT_DELIVERIES
        state = pb.ListDeliveriesRequest.State.Name(request.state) if request.HasField("state") else None
        found, following = await self._histories.page(
            scope_of(context), request.id, state=state, after=request.after, limit=limit
        )
        shown = fitting(map(_dump_history, found))
        if len(shown) < len(found):
            following = shown[-1].id
        return pb.ListDeliveriesResponse(deliveries=shown, next=following)

    async def GetDelivery(self, request: pb.GetDeliveryRequest, context: Context) -> pb.Delivery:
        return _dump_history(await self._histories.get(scope_of(context), request.id))

    async def RedeliverDelivery(
        self, request: pb.RedeliverDeliveryRequest, context: Context
    ) -> pb.RedeliverDeliveryResponse:
        await self._deliveries.redeliver(scope_of(context), request.id)
        return pb.RedeliverDeliveryResponse(accepted=1)

    async def RedeliverFailed(self, request: pb.RedeliverFailedRequest, context: Context) -> pb.RedeliverFailedResponse:
        scope, since = scope_of(context), _instant(request.since)
        accepted = await self._deliveries.redeliver_failed(scope, request.id, since=since)
        return pb.RedeliverFailedResponse(accepted=accepted)

    async def ReplaySubscription(
        self, request: pb.ReplaySubscriptionRequest, context: Context
    ) -> pb.ReplaySubscriptionResponse:
        _REPLAY.check(request)
        start, end = getattr(request, "from"), request.to
        accepted = await self._replays.replay(scope_of(context), request.id, start=start, end=end)
        return pb.ReplaySubscriptionResponse(accepted=accepted.events, replay_id=accepted.replay_id)

    async def PreviewReplay(self, request: pb.PreviewReplayRequest, context: Context) -> pb.PreviewReplayResponse:
        _REPLAY_PREVIEW.check(request)
        start, end = getattr(request, "from"), request.to
        counted = await self._replays.preview(scope_of(context), request.id, start=start, end=end)
        return pb.PreviewReplayResponse(events=counted.events, is_lower_bound=counted.is_lower_bound)

    async def ListReplays(self, request: pb.ListReplaysRequest, context: Context) -> pb.ListReplaysResponse:
        _REPLAYS.check(request)
        limit = request.page_size if request.HasField("page_size") else MAX_REPLAYS
        found = await self._replays.requested(scope_of(context), request.id, after=request.after, limit=limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return pb.ListReplaysResponse(replays=map(_dump_replay, found[:limit]), next=following)


def _dump(explanation: Explanation) -> pb.EventDelivery:
    due_at = explanation.next_attempt_at
    return pb.EventDelivery(
        subscription_id=explanation.subscription_id,
        delivery_id=None if explanation.delivery is None else str(explanation.delivery),
        status=pb.EventDelivery.Status.Value(explanation.status),
        reason=explanation.reason,
        attempts=explanation.attempts,
        next_attempt_at=None if due_at is None else rfc3339_ms(due_at),
    )


def _dump_history(of: DeliveryHistory) -> pb.Delivery:
    row, event, due_at = of.row, of.event, of.wait.next_attempt_at
    return pb.Delivery(
        id=str(row.id),
        subscription_id=of.subscription_id,
        event_id=event.event_id if event else None,
        topic=event.topic if event else None,
        entity_id=event.entity_id if event else None,
        status=pb.EventDelivery.Status.Value(of.status),
        reason=of.wait.reason,
        attempts=row.attempts,
        next_attempt_at=None if due_at is None else rfc3339_ms(due_at),
        created_at=rfc3339_ms(row.created_at),
        replay_id=row.replay_id or None,
        last_attempts=map(_dump_attempt, of.attempts),
        request=_dump_request(of.request) if of.request else None,
    )


def _dump_attempt(attempt: PastAttempt) -> pb.Attempt:
    return pb.Attempt(
        at=rfc3339_ms(attempt.at),
        is_delivered=attempt.outcome == OutcomeKind.DELIVERED,
        http_status=attempt.status,
        error_type=attempt.error_type or None,
        answer=attempt.answer,
        duration_ms=attempt.duration_us // 1_000,
    )


def _dump_request(request: SentRequest) -> pb.SentRequest:
    return pb.SentRequest(method=request.method, target=request.target, headers=request.headers, body=request.body)


def _dump_replay(replay: Replay) -> pb.Replay:
    span = replay.to_seq - replay.from_seq
    return pb.Replay(
        id=replay.id,
        status=pb.Replay.Status.Value(replay.state),
        progress=(replay.position - replay.from_seq) / span if span else 1.0,
        reason=replay.reason,
        created_at=rfc3339_ms(replay.created_at),
        finished_at=None if replay.finished_at is None else rfc3339_ms(replay.finished_at),
    )


def _instant(text: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise InvalidInput.of("since", "must be an RFC 3339 time, such as 2026-01-01T00:00:00Z") from None
