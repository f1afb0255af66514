"""Every kind of receiver, made from its target."""

from tidings_server.clock import Clock
from tidings_server.delivery.destinations.aws import AwsClients
from tidings_server.delivery.destinations.sns import sns_topic
from tidings_server.delivery.destinations.sqs import sqs_queue
from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.sending import Destination, SnsTarget, SqsTarget, Target

WEBHOOK_TIMEOUT_S = 45.0
"""Source: WIRE.md 002 (b), an endpoint has 45 s to answer."""

MAX_CONNECTIONS = 1024


class Destinations:
    """Opens destinations over shared connections. Made and closed inside a running event loop."""

    def __init__(
        self, *, egress: Egress, clock: Clock, aws_endpoint_url: str = "", webhook_timeout_s: float = WEBHOOK_TIMEOUT_S
    ) -> None:
        self._webhooks = WebhookSession(
            egress=egress, clock=clock, timeout_s=webhook_timeout_s, max_connections=MAX_CONNECTIONS
        )
        self._aws = AwsClients(egress=egress, clock=clock, endpoint_url=aws_endpoint_url or None)

    def open(self, target: Target) -> Destination:
        """The destination of a target. Cheap: connections and clients are shared and made on the first send."""
        match target:
            case SqsTarget():
                return sqs_queue(target, self._aws)
            case SnsTarget():
                return sns_topic(target, self._aws)
            case _:
                return Webhook(target, self._webhooks)

    async def close(self) -> None:
        await self._webhooks.close()
        await self._aws.close()
