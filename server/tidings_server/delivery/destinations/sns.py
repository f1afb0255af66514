"""SNS topics."""

from tidings_server.delivery.destinations.aws import Account, AwsClients
from tidings_server.delivery.destinations.aws_batch import AwsBatch, Call
from tidings_server.delivery.message import SnsTarget

CALL = Call(
    operation="publish_batch",
    address_field="TopicArn",
    entries_field="PublishBatchRequestEntries",
    body_field="Message",
)


def sns_topic(target: SnsTarget, clients: AwsClients) -> AwsBatch:
    """The destination of one topic, at AWS's endpoint of its region unless the operator has set another."""
    account = Account("sns", target.region, target.access_key, target.access_secret)
    return AwsBatch(clients, account, CALL, target.topic_arn)
