"""Destinations of every kind, opened over shared connections.

A new kind is a module here, a line of OPENERS, a value of `DestinationKind`, and its fields in the contract.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from tidings_server.delivery.destinations.aws_opening import AwsDestinations
from tidings_server.delivery.destinations.traced import TracedDestination
from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import Destination, DestinationSettings
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.platform.clock import Clock
from tidings_server.platform.telemetry.traces import Tracer, Untraced

WEBHOOK_TIMEOUT_S = 45.0
"""Source: WIRE.md 002 (b), an endpoint has 45 s to answer."""

MAX_CONNECTIONS = 1024


class MailDestinations(Protocol):
    """The mail of all tenants, which another area brings."""

    def open(self, settings: DestinationSettings) -> Destination: ...

    async def close(self) -> None: ...


class Destinations:
    """Opens destinations over shared connections. Made and closed inside a running event loop."""

    def __init__(
        self,
        *,
        egress: Egress,
        clock: Clock,
        mail: MailDestinations | None = None,
        aws_endpoint_url: str = "",
        webhook_timeout_s: float = WEBHOOK_TIMEOUT_S,
        tracer: Tracer | None = None,
    ) -> None:
        """Closing this closes `mail` too; without it there is no destination of that kind."""
        self._tracer = None if isinstance(tracer, Untraced) else tracer
        self.mail = mail
        self.webhooks = WebhookSession(
            egress=egress, clock=clock, timeout_s=webhook_timeout_s, max_connections=MAX_CONNECTIONS
        )
        self.aws = AwsDestinations(egress=egress, clock=clock, endpoint_url=aws_endpoint_url or None)

    def open(self, settings: DestinationSettings) -> Destination:
        """The destination of these settings. Cheap: connections and clients are made on the first send."""
        opened = OPENERS[settings.kind](settings, self)
        return opened if self._tracer is None else TracedDestination(opened, settings, self._tracer)

    async def close(self) -> None:
        await self.webhooks.close()
        if self.mail is not None:
            await self.mail.close()
        await self.aws.close()


def _open_mail(settings: DestinationSettings, shared: Destinations) -> Destination:
    if shared.mail is None:
        raise LookupError("no mail is sent here")
    return shared.mail.open(settings)


OPENERS: Final[Mapping[DestinationKind, Callable[[DestinationSettings, Destinations], Destination]]] = {
    DestinationKind.WEBHOOK: lambda settings, shared: Webhook(settings, shared.webhooks),
    DestinationKind.SQS: lambda settings, shared: shared.aws.queue(settings),
    DestinationKind.SNS: lambda settings, shared: shared.aws.topic(settings),
    DestinationKind.MAIL: _open_mail,
}
