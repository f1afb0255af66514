"""DeliveryService: why an event was delivered or not, and sending again. Serves subscriptions of both APIs."""

from typing import Final

from tidings.collector.v1 import deliveries_pb2 as pb
from tidings.collector.v1 import deliveries_pb2_grpc
from tidings_server.delivery.deliveries import Deliveries, Explanation
from tidings_server.delivery.replays import Replays
from tidings_server.delivery.store.replays import Replay
from tidings_server.platform.clock import parse_rfc3339, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.rpc.answer_size import fitting
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.metadata import Context, scope_of

ACCEPTED: Final = 202

MAX_REPLAYS: Final = 100
_REPLAY: Final = FieldRules(pb.ReplaySubscriptionRequest)
_REPLAYS: Final = FieldRules(pb.ListReplaysRequest, {"page_size": between(1, MAX_REPLAYS)})


class DeliveryService(deliveries_pb2_grpc.DeliveryServiceServicer):
    """Deliveries of the caller's tenant."""

    def __init__(self, deliveries: Deliveries, replays: Replays) -> None:
        self._deliveries = deliveries
        self._replays = replays

    async def ListEventDeliveries(
        self, request: pb.ListEventDeliveriesRequest, context: Context
    ) -> pb.ListEventDeliveriesResponse:
        explanations = await self._deliveries.explain(scope_of(context), request.id, after=request.after)
        shown = fitting(map(_dump, explanations))
        following = explanations[len(shown) - 1].place if len(shown) < len(explanations) else None
        return pb.ListEventDeliveriesResponse(deliveries=shown, next=following)

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
