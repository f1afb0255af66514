"""The areas' parts in retention."""

from collections.abc import Mapping, Sequence

from tidings_server.delivery.store.retention import DeliveryRetention
from tidings_server.identity.store.retention import UsageRetention
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.shard_runners import ShardRunners
from tidings_server.log.store.retention import ConsumerRetention, RetentionPort, SearchRetention
from tidings_server.mail.store.retention import CapturedMailRetention
from tidings_server.workflow.store.retention import OutcomeRetention, RecordRetention

Runners = Mapping[int, ConsumerRunner] | ShardRunners
"""The runners of a consumer by their shards."""


def retention_ports(search: Runners, records: Runners) -> Sequence[RetentionPort]:
    """The parts of all areas, given the runners of both search projections."""
    return (
        ConsumerRetention(),
        DeliveryRetention(),
        OutcomeRetention(),
        UsageRetention(),
        SearchRetention(lambda shard: search[shard].reached()),
        RecordRetention(lambda shard: records[shard].reached()),
        CapturedMailRetention(),
    )
