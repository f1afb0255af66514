"""Destinations of subscriptions, opened once and kept until something about them changes."""

from collections.abc import Sequence
from typing import Final, Protocol

from tidings_server.delivery.message import (
    Destination,
    DestinationSettings,
    ErrorType,
    Message,
    Outcome,
    OutcomeKind,
)
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.platform.sealing import SealBroken

MAX_KEPT: Final = 10_000


class DestinationOpener(Protocol):
    """Opens destinations by their settings."""

    def open(self, settings: DestinationSettings) -> Destination: ...


class DestinationCache:
    """Opens destinations of subscriptions, and keeps them."""

    def __init__(self, opener: DestinationOpener, secrets: SubscriptionSecrets) -> None:
        self._opener = opener
        self._secrets = secrets
        self._kept: dict[int, tuple[DestinationSettings, Destination]] = {}

    def open(self, subscription: Subscription) -> Destination:
        """The subscription's destination. One whose secret cannot be opened fails every attempt with that reason."""
        try:
            settings = self._settings(subscription)
        except SealBroken:
            return SealedDestination()
        kept = self._kept.get(subscription.key)
        if kept and kept[0] == settings:
            return kept[1]
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        destination = self._opener.open(settings)
        self._kept[subscription.key] = (settings, destination)
        return destination

    def _settings(self, subscription: Subscription) -> DestinationSettings:
        return DestinationSettings(
            kind=subscription.destination,
            endpoint=subscription.endpoint,
            region=subscription.region,
            access_key=subscription.access_key,
            secrets=self._secrets.active(subscription),
            tenant_id=subscription.tenant_id,
        )


class SealedDestination:
    """The destination of a subscription whose secret was sealed with another master key."""

    max_batch = 10

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        text = "the stored secret cannot be opened: the master key is another one"
        return [Outcome(OutcomeKind.RETRY, error_type=ErrorType.CREDENTIALS, answer=text)] * len(batch)
