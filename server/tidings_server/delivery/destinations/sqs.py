"""SQS queues."""

from urllib.parse import urlsplit

from tidings_server.delivery.destinations.aws import AwsAccount, AwsClients
from tidings_server.delivery.destinations.aws_batch import AwsBatch, BatchOperation
from tidings_server.delivery.message import DestinationSettings

SEND = BatchOperation(
    operation="send_message_batch",
    address_field="QueueUrl",
    entries_field="Entries",
    body_field="MessageBody",
    max_bytes=1 << 20,
)


def open_queue(settings: DestinationSettings, clients: AwsClients) -> AwsBatch:
    """The destination of one queue. It is called at its URL's own host, unless the operator has set an endpoint."""
    url = urlsplit(settings.endpoint)
    account = AwsAccount.of("sqs", settings, endpoint_url=f"{url.scheme}://{url.netloc}")
    return AwsBatch(clients, account, SEND, settings.endpoint)
