"""Settings of queues and topics that can never work are refused as the subscription is made."""

from typing import Any

import boto3.session
import pytest

from tidings.collector.v1 import event_subscriptions_pb2 as pb
from tidings_server.collector.api.aws_regions import REGIONS
from tidings_server.collector.api.subscription_messages import load
from tidings_server.delivery.egress import Egress
from tidings_server.platform.errors import InvalidInput

KEYS = {"access_key": "AKIAEXAMPLE", "access_secret": "wJalr/XUtn+K7", "region": "eu-west-1"}
OWN_ENDPOINT = None
"""Where the operator has set an AWS endpoint there is no guard."""


def refused(kind: str, *, egress: Egress | None, **fields: Any) -> set[str]:
    """The fields that a new subscription is refused for."""
    destination = pb.Destination(type=pb.Destination.Type.Value(kind.upper()))
    if kind == "sns":
        destination.sns.MergeFrom(pb.SnsDestination(**{**KEYS, **fields}))
    else:
        destination.sqs.MergeFrom(pb.SqsDestination(**{**KEYS, **fields}))
    message = pb.EventSubscription(entity_type=pb.EventSubscription.ORDER, destination=destination)
    try:
        load(message, is_new=True, egress=egress)
    except InvalidInput as error:
        return {violation.field.removeprefix(f"destination.{kind}.") for violation in error.violations}
    return set()


def queue(host: str) -> str:
    return f"https://{host}/123456789012/orders"


def topic(region: str, partition: str = "aws") -> str:
    return f"arn:{partition}:sns:{region}:123456789012:orders"


QUEUES = [
    (queue("sqs.eu-west-1.amazonaws.com"), "eu-west-1", set()),
    (queue("sqs.eu-west-1.amazonaws.com"), "eu-central-1", {"region"}),
    (queue("SQS.EU-West-1.AmazonAWS.com"), "eu-west-1", set()),
    (queue("sqs.eu-west-1.amazonaws.com"), "nowhere", {"region"}),
    (queue("sqs.nowhere.amazonaws.com"), "nowhere", {"region"}),
    (queue("sqs.eu-west-1.amazonaws.com"), "EU-WEST-1", {"region"}),
    (queue("sqs.eu-west-1.amazonaws.com"), " eu-west-1", {"region"}),
    (queue("sqs.eu-west-1.amazonaws.com"), "", {"region"}),
    (queue("sqs-fips.us-east-1.amazonaws.com"), "us-east-2", {"region"}),
    (queue("sqs-fips.us-east-1.amazonaws.com"), "us-east-1", set()),
    (queue("sqs.us-east-1.api.aws"), "us-west-1", {"region"}),
    (queue("eu-west-1.queue.amazonaws.com"), "eu-west-2", {"region"}),
    (queue("eu-west-1.queue.amazonaws.com"), "eu-west-1", set()),
    (queue("queue.amazonaws.com"), "us-east-1", set()),
    (queue("queue.amazonaws.com"), "eu-west-1", {"region"}),
    (queue("sqs.cn-north-1.amazonaws.com.cn"), "cn-north-1", set()),
    (queue("sqs.cn-north-1.amazonaws.com"), "cn-north-1", {"queueUrl"}),
    (queue("sqs.eu-west-1.amazonaws.com.cn"), "eu-west-1", {"queueUrl"}),
    (queue("sqs.cn-north-1.amazonaws.com.cn"), "eu-west-1", {"region"}),
    (queue("vpce-0a1b.sqs.eu-west-1.vpce.amazonaws.com"), "eu-west-1", set()),
    (queue("vpce-0a1b.sqs.eu-west-1.vpce.amazonaws.com"), "eu-west-3", {"region"}),
    (queue("queues.example.com"), "elasticmq", set()),
    (queue("sqs.eu-west-1.localhost.localstack.cloud:4566"), "us-east-1", set()),
]


@pytest.mark.parametrize(("url", "region", "expected"), QUEUES)
def test_a_queues_region_is_that_of_its_url(url: str, region: str, expected: set[str]) -> None:
    assert refused("sqs", egress=Egress(), queue_url=url, region=region) == expected


TOPICS = [
    (topic("eu-west-1"), "eu-west-1", set()),
    (topic("eu-west-1"), "eu-west-2", {"region"}),
    (topic("nowhere"), "nowhere", {"region"}),
    (topic("cn-north-1", "aws-cn"), "cn-north-1", set()),
    (topic("cn-north-1"), "cn-north-1", {"topicArn"}),
    (topic("eu-west-1", "aws-cn"), "eu-west-1", {"topicArn"}),
    (topic("us-gov-west-1", "aws-us-gov"), "us-gov-west-1", set()),
    ("arn:aws:sqs:eu-west-1:123456789012:orders", "eu-west-1", {"topicArn"}),
    ("arn:aws:sns::123456789012:orders", "eu-west-1", {"topicArn"}),
    ("arn:aws:sns:eu-west-1:12345:orders", "eu-west-1", {"topicArn"}),
    ("arn:aws:sns:eu-west-1:123456789012:", "eu-west-1", {"topicArn"}),
    ("arn:aws:sns:eu-west-1:123456789012:orders:0a1b", "eu-west-1", {"topicArn"}),
    (" arn:aws:sns:eu-west-1:123456789012:orders", "eu-west-1", {"topicArn"}),
    ("arn:aws:sns:eu-west-1:123456789012:orders.fifo", "eu-west-1", set()),
    ("arn:aws:sns:eu-west-1:123456789012:ord.ers", "eu-west-1", {"topicArn"}),
]


@pytest.mark.parametrize(("arn", "region", "expected"), TOPICS)
def test_a_topics_region_is_that_of_its_arn(arn: str, region: str, expected: set[str]) -> None:
    assert refused("sns", egress=Egress(), topic_arn=arn, region=region) == expected


def test_an_operators_endpoint_may_have_regions_of_its_own() -> None:
    assert refused("sns", egress=OWN_ENDPOINT, topic_arn=topic("elasticmq"), region="elasticmq") == set()
    assert refused("sns", egress=OWN_ENDPOINT, topic_arn=topic("eu-west-1"), region="eu-west-2") == {"region"}
    url = "http://127.0.0.1:4566/123456789012/orders"
    assert refused("sqs", egress=OWN_ENDPOINT, queue_url=url, region="elasticmq") == set()


@pytest.mark.parametrize("key", [" AKIA", "AKIA ", "AK IA", "AKIA\n", "AKIA\t", "AKIA\u00a0", "ÄKIA", ""])
def test_keys_with_blanks_are_refused(key: str) -> None:
    url = queue("sqs.eu-west-1.amazonaws.com")
    assert refused("sqs", egress=Egress(), queue_url=url, access_key=key) == {"accessKey"}
    assert refused("sqs", egress=Egress(), queue_url=url, access_secret=key) == {"accessSecret"}


@pytest.mark.locked
def test_the_regions_are_those_that_the_locked_library_knows() -> None:
    session = boto3.session.Session()
    for partition, regions in REGIONS.items():
        assert regions == {
            *session.get_available_regions("sqs", partition),
            *session.get_available_regions("sns", partition),
        }
