"""Conversion between event subscriptions and their messages.

Source: WIRE.md 000; the bounds are the contract's.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final

from tidings.collector.v1 import event_subscriptions_pb2 as pb
from tidings_server.collector.api import aws_regions
from tidings_server.delivery.egress import RULE, Egress
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_drafts import SubscriptionDraft, servers_reason
from tidings_server.delivery.subscription_secrets import MASK
from tidings_server.delivery.waiting import HEALTH, health_of
from tidings_server.expressions.conditions import MAX_LENGTH
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.field_mapper import FieldMapper
from tidings_server.rpc.field_rules import FieldRules, between, identifier, is_host, matching, text, whole_seconds

DAY_S: Final = 86_400
MAX_PORT: Final = 65_535

QUEUE_URL: Final = re.compile(r"https?://([^/:]+)(?::([0-9]{1,5}))?/[0-9]{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
TOPIC_ARN: Final = re.compile(r"arn:aws(?:-cn|-us-gov)?:sns:[a-z0-9-]{1,64}:[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_REGION: Final = matching(re.compile(r"[a-z0-9-]{1,64}"), "an AWS region, such as eu-west-1")

_KEYS: Final = {
    "access_key": matching(re.compile("[!-~]{1,128}"), "1 to 128 visible ASCII characters, without blanks"),
    "access_secret": matching(re.compile("[!-~]{1,256}"), "1 to 256 visible ASCII characters, without blanks"),
    "region": _REGION,
}
_OF_QUEUE: Final = FieldRules(pb.SqsDestination, _KEYS, required=("access_key", "access_secret", "queue_url", "region"))
_OF_TOPIC: Final = FieldRules(pb.SnsDestination, _KEYS, required=("access_key", "access_secret", "topic_arn", "region"))
_OF_ROTATION: Final = FieldRules(
    pb.RotateEventSubscriptionKeysRequest,
    {"access_key": _KEYS["access_key"], "access_secret": _KEYS["access_secret"]},
    required=("access_key", "access_secret"),
)
SUBSCRIPTION: Final = FieldRules(
    pb.EventSubscription,
    {
        "id": identifier,
        "condition": text(MAX_LENGTH),
        "ordered_max_wait": whole_seconds(1, 14 * DAY_S),
        "max_concurrency": between(1, 256),
        "max_per_second": between(1, 10_000),
        "destination": FieldRules(pb.Destination, {"sqs": _OF_QUEUE, "sns": _OF_TOPIC}, required=("type",)),
    },
    required=("entity_type", "destination"),
)

_RENAMED: Final = {
    "active": "is_active",
    "subscribe_create": "on_create",
    "subscribe_change": "on_change",
    "subscribe_delete": "on_delete",
    "ordered_max_wait": "ordered_max_wait_s",
}
_DEFAULTS: Final = {each.name: each.default for each in fields(SubscriptionDraft)}
_UNSET: Final = ("condition", "ordered", "ordered_max_wait_s", "max_concurrency", "max_per_second")
"""Extensions that a response omits where they have their default value."""

REQUEST: Final = FieldMapper(
    pb.EventSubscription,
    SubscriptionDraft,
    rename=_RENAMED,
    by_hand=("destination", "inactive_reason", "last_condition_error", *HEALTH),
)
RESPONSE: Final = FieldMapper(
    pb.EventSubscription,
    Subscription,
    rename=_RENAMED,
    by_hand=("destination", "inactive_reason", "start_from", *HEALTH),
    unset={"last_condition_error": "", **{name: _DEFAULTS[name] for name in _UNSET}},
)


def load(message: pb.EventSubscription, *, is_new: bool, egress: Egress | None) -> SubscriptionDraft:
    """The draft of a message. Raises InvalidInput with all violations of its form.

    `egress` restricts the addresses of queues, None where all calls go to an endpoint of the operator's.
    """
    violations = (*_violations(message, is_new=is_new), *_address_violations(message.destination, egress))
    if violations:
        raise InvalidInput(violations=violations)
    request_hash = sha256(message.SerializeToString(deterministic=True)).digest()
    return SubscriptionDraft(
        **REQUEST.load(message), **_load_destination(message.destination), request_hash=request_hash
    )


def check_keys(message: pb.RotateEventSubscriptionKeysRequest) -> None:
    """Raises InvalidInput with all violations of new keys' form; the mask stands for a stored secret, not a new one."""
    violations = list(_OF_ROTATION.violations(message))
    if message.access_secret == MASK:
        violations.append(Violation("accessSecret", f"{MASK} stands for the stored secret; give the new one"))
    if violations:
        raise InvalidInput(violations=violations)


def dump(stored: Subscription) -> pb.EventSubscription:
    """The message of a subscription, with the secret masked."""
    message = RESPONSE.dump(stored)
    by_hand = pb.EventSubscription(
        destination=_dump_destination(stored), inactive_reason=servers_reason(stored), **health_of(stored)
    )
    message.MergeFrom(by_hand)
    return message


def _load_destination(message: pb.Destination) -> dict[str, Any]:
    """Columns of the destination. The block that the client used is stored, so that responses use the same."""
    block = message.sns if message.HasField("sns") else message.sqs
    return {
        "destination": DestinationKind.SNS if message.type == pb.Destination.SNS else DestinationKind.SQS,
        "endpoint": block.topic_arn if isinstance(block, pb.SnsDestination) else block.queue_url,
        "region": block.region,
        "access_key": block.access_key,
        "secret": block.access_secret,
        "extra": {"block": "sns" if message.HasField("sns") else "sqs"},
    }


def _dump_destination(stored: Subscription) -> pb.Destination:
    keys = {"access_key": stored.access_key, "access_secret": MASK, "region": stored.region}
    kind = pb.Destination.Type.Value(stored.destination)
    if stored.extra["block"] == "sns":
        return pb.Destination(type=kind, sns=pb.SnsDestination(topic_arn=stored.endpoint, **keys))
    return pb.Destination(type=kind, sqs=pb.SqsDestination(queue_url=stored.endpoint, **keys))


def _violations(message: pb.EventSubscription, *, is_new: bool) -> Iterator[Violation]:
    yield from SUBSCRIPTION.violations(message)
    if not is_new and not message.id:
        yield Violation("id", "is required")
    if message.destination.HasField("type"):
        yield from _destination_violations(message.destination)
    for block, secret in (("sqs", message.destination.sqs), ("sns", message.destination.sns)):
        if is_new and secret.access_secret == MASK:
            yield Violation(
                f"destination.{block}.accessSecret", f"{MASK} stands for a stored secret; there is none yet"
            )


def _destination_violations(message: pb.Destination) -> Iterator[Violation]:
    """SQS needs a queue; SNS a topic, in its own block or, as in the document's sample, in the queue's."""
    is_sns, has_sqs, has_sns = message.type == pb.Destination.SNS, message.HasField("sqs"), message.HasField("sns")
    if has_sns and not is_sns:
        yield Violation("destination.sns", "is for type SNS")
    elif has_sqs == has_sns:
        yield Violation("destination.sqs", "either this or sns, not both" if has_sqs else "is required")
    if message.sqs.queue_url:
        is_right = TOPIC_ARN.fullmatch(message.sqs.queue_url) if is_sns else _is_queue_url(message.sqs.queue_url)
        if not is_right:
            yield Violation("destination.sqs.queueUrl", _TOPIC_RULE if is_sns else _QUEUE_RULE)
    if message.sns.topic_arn and not TOPIC_ARN.fullmatch(message.sns.topic_arn):
        yield Violation("destination.sns.topicArn", _TOPIC_RULE)


def _address_violations(message: pb.Destination, egress: Egress | None) -> Iterator[Violation]:
    """Refuses a private IP address, and a region that is none or another than that of the queue or topic.

    Addresses of host names are checked at each connection. A queue at a host that is not AWS's, and any destination
    where the operator has set an endpoint, may have regions that AWS has not.
    """
    parts = QUEUE_URL.fullmatch(message.sqs.queue_url)
    if parts and egress and not egress.allows_host(parts[1]):
        yield Violation("destination.sqs.queueUrl", RULE)
    for block, address in (("sqs", message.sqs.queue_url), ("sns", message.sns.topic_arn)):
        own: str | None
        region = message.sns.region if block == "sns" else message.sqs.region
        if TOPIC_ARN.fullmatch(address):
            field = f"destination.{block}.{'topicArn' if block == 'sns' else 'queueUrl'}"
            if not aws_regions.is_of_partition(address):
                yield Violation(field, "must have the region of its partition")
            is_aws, own = egress is not None, aws_regions.region_of_arn(address)
        elif block == "sqs" and parts:
            is_aws, own = aws_regions.is_aws_host(parts[1]), aws_regions.region_of_host(parts[1])
            if not aws_regions.is_of_domain(parts[1]):
                yield Violation("destination.sqs.queueUrl", "must have the domain of its region")
        else:
            continue
        if not _REGION(region) and (rule := _region_rule(region, own, is_aws=is_aws)):
            yield Violation(f"destination.{block}.region", rule)


def _region_rule(region: str, own: str | None, *, is_aws: bool) -> str | None:
    """The rule that a region breaks, which is to be `own`, that of its queue or topic."""
    if own is not None and region != own:
        return "must be the region that the queue's URL or the topic's ARN names"
    return "must be a region of AWS, such as eu-west-1" if is_aws and region not in aws_regions.PARTITIONS else None


def _is_queue_url(url: str) -> bool:
    parts = QUEUE_URL.fullmatch(url)
    return parts is not None and is_host(parts[1]) and (parts[2] is None or 1 <= int(parts[2]) <= MAX_PORT)


_QUEUE_RULE = "must be https://host[:port]/<12 digits>/<name of at most 80>[.fifo]"
_TOPIC_RULE = "with type SNS must be arn:aws:sns:<region>:<12 digits>:<name>[.fifo]"
