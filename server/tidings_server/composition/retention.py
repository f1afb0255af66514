"""The areas' parts in retention."""

from collections.abc import Sequence

from tidings_server.delivery.store.retention import DeliveryRetention
from tidings_server.identity.store.retention import UsageRetention
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.store.retention import ConsumerRetention, RetentionPort, SearchRetention
from tidings_server.mail.store.retention import CapturedMailRetention
from tidings_server.workflow.store.retention import OutcomeRetention, RecordRetention


def retention_ports(search: ConsumerRunner, records: ConsumerRunner) -> Sequence[RetentionPort]:
    """The parts of all areas, given the runners of both search projections."""
    return (
        ConsumerRetention(),
        DeliveryRetention(),
        OutcomeRetention(),
        UsageRetention(),
        SearchRetention(search.reached),
        RecordRetention(records.reached),
        CapturedMailRetention(),
    )
