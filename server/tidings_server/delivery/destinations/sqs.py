"""SQS queues."""

from urllib.parse import urlsplit

from tidings_server.delivery.destinations.aws import Account, AwsClients
from tidings_server.delivery.destinations.aws_batch import AwsBatch, Call
from tidings_server.delivery.message import SqsTarget

CALL = Call(operation="send_message_batch", address_field="QueueUrl", entries_field="Entries", body_field="MessageBody")


def sqs_queue(target: SqsTarget, clients: AwsClients) -> AwsBatch:
    """The destination of one queue. It is called at its URL's own host, unless the operator has set an endpoint."""
    url = urlsplit(target.queue_url)
    account = Account(
        "sqs", target.region, target.access_key, target.access_secret, endpoint_url=f"{url.scheme}://{url.netloc}"
    )
    return AwsBatch(clients, account, CALL, target.queue_url)
