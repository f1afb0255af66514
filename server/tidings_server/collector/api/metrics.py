"""MetricsService: counts of events and deliveries by hour or day, and backlogs. All of it is an Extension."""

from typing import Final

from tidings.collector.v1 import metrics_pb2 as pb
from tidings.collector.v1 import metrics_pb2_grpc
from tidings_server.collector.counts import DAY, CountQuery, HourlyCounts
from tidings_server.delivery.store.backlogs import MAX_COUNTED
from tidings_server.platform.clock import US_PER_HOUR, rfc3339_ms
from tidings_server.rpc.field_rules import FieldRules, between
from tidings_server.rpc.metadata import Context, scope_of

MAX_PAGE: Final = 1_000
DEFAULT_PAGE: Final = 500
MAX_BACKLOGS: Final = 100
MAX_COUNT: Final = 2**32 - 1

_EVENTS: Final = FieldRules(pb.ListEventCountsRequest, {"page_size": between(1, MAX_PAGE)})
_DELIVERIES: Final = FieldRules(pb.ListDeliveryCountsRequest, {"page_size": between(1, MAX_PAGE)})
_BACKLOGS: Final = FieldRules(pb.ListBacklogsRequest, {"page_size": between(1, MAX_BACKLOGS)})


class MetricsService(metrics_pb2_grpc.MetricsServiceServicer):
    """Counts of the caller's tenant."""

    def __init__(self, counts: HourlyCounts) -> None:
        self._counts = counts

    async def ListEventCounts(self, request: pb.ListEventCountsRequest, context: Context) -> pb.ListEventCountsResponse:
        _EVENTS.check(request)
        found, following = await self._counts.events(scope_of(context), _query(request, request.topic))
        counts = [pb.EventCount(at=_time(each.hour), topic=each.topic, events=bounded(each.events)) for each in found]
        return pb.ListEventCountsResponse(counts=counts, next=following)

    async def ListDeliveryCounts(
        self, request: pb.ListDeliveryCountsRequest, context: Context
    ) -> pb.ListDeliveryCountsResponse:
        _DELIVERIES.check(request)
        found, following = await self._counts.deliveries(scope_of(context), _query(request, request.subscription_id))
        counts = [
            pb.DeliveryCount(
                at=_time(each.hour),
                subscription_id=each.subscription_id,
                delivered=bounded(each.delivered),
                failed=bounded(each.failed),
                expired=bounded(each.expired),
            )
            for each in found
        ]
        return pb.ListDeliveryCountsResponse(counts=counts, next=following)

    async def ListBacklogs(self, request: pb.ListBacklogsRequest, context: Context) -> pb.ListBacklogsResponse:
        _BACKLOGS.check(request)
        limit = request.page_size if request.HasField("page_size") else MAX_BACKLOGS
        found, following = await self._counts.backlogs(
            scope_of(context), subscription_id=request.subscription_id, after=request.after, limit=limit
        )
        backlogs = [
            pb.Backlog(
                subscription_id=each.subscription_id,
                pending=min(each.pending, MAX_COUNTED),
                is_lower_bound=each.pending > MAX_COUNTED,
            )
            for each in found
        ]
        return pb.ListBacklogsResponse(backlogs=backlogs, next=following)


def _query(request: pb.ListEventCountsRequest | pb.ListDeliveryCountsRequest, name: str) -> CountQuery:
    return CountQuery(
        start=getattr(request, "from"),
        end=request.to,
        step=DAY if request.step == pb.DAY else 1,
        name=name,
        is_total=request.total,
        after=request.after,
        limit=request.page_size if request.HasField("page_size") else DEFAULT_PAGE,
    )


def _time(hour: int) -> str:
    return rfc3339_ms(hour * US_PER_HOUR)


def bounded(count: int) -> int:
    """The count as a message holds it, 0 to 2^32 - 1."""
    return max(0, min(count, MAX_COUNT))
