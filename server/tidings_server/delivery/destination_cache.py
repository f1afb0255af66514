"""Where subscriptions deliver to: their destinations, opened once and kept until something about them changes."""

from collections.abc import Sequence
from typing import Final, Protocol

from tidings_server.delivery import (
    Destination,
    ErrorType,
    MailTarget,
    Outcome,
    OutcomeKind,
    Sending,
    SnsTarget,
    SqsTarget,
    Target,
    WebhookTarget,
)
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.platform.sealing import SealBroken

MAX_KEPT: Final = 10_000


class Opener(Protocol):
    """Makes destinations of targets."""

    def open(self, target: Target) -> Destination: ...


class Targets:
    """Destinations of subscriptions."""

    def __init__(self, opener: Opener, secrets: SubscriptionSecrets) -> None:
        self._opener = opener
        self._secrets = secrets
        self._kept: dict[int, tuple[Target, Destination]] = {}

    def open(self, subscription: Subscription) -> Destination:
        """The subscription's destination. One whose secret cannot be opened fails every attempt and says so."""
        try:
            target = self._target(subscription)
        except SealBroken:
            return Unsealed()
        kept = self._kept.get(subscription.key)
        if kept and kept[0] == target:
            return kept[1]
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        destination = self._opener.open(target)
        self._kept[subscription.key] = (target, destination)
        return destination

    def _target(self, subscription: Subscription) -> Target:
        if subscription.destination is DestinationKind.MAIL:
            return MailTarget(subscription.tenant_id)
        secrets = self._secrets.active(subscription)
        if subscription.destination is DestinationKind.WEBHOOK:
            return WebhookTarget(subscription.endpoint, secrets)
        target = SqsTarget if subscription.destination is DestinationKind.SQS else SnsTarget
        secret = secrets[0] if secrets else ""
        return target(subscription.endpoint, subscription.region, subscription.access_key, secret)


class Unsealed:
    """The destination of a subscription whose secret was sealed with another master key."""

    max_batch = 10

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        text = "the stored secret cannot be opened: the master key is another one"
        return [Outcome(OutcomeKind.RETRY, error_type=ErrorType.CREDENTIALS, answer=text)] * len(batch)
