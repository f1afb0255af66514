"""SNS topics."""

from tidings_server.delivery.destinations.aws import AwsAccount, AwsClients
from tidings_server.delivery.destinations.aws_batch import AwsBatch, BatchOperation
from tidings_server.delivery.message import DestinationSettings

PUBLISH = BatchOperation(
    operation="publish_batch",
    address_field="TopicArn",
    entries_field="PublishBatchRequestEntries",
    body_field="Message",
    max_bytes=256 << 10,
)


def open_topic(settings: DestinationSettings, clients: AwsClients) -> AwsBatch:
    """The destination of one topic, at AWS's endpoint of its region unless the operator has set another."""
    return AwsBatch(clients, AwsAccount.of("sns", settings), PUBLISH, settings.endpoint)
