"""Every kind of receiver, made from its target."""

from tidings_server.clock import Clock
from tidings_server.delivery.destinations.aws import AwsClients
from tidings_server.delivery.destinations.mail import Mail, NoPostOffice
from tidings_server.delivery.destinations.sns import sns_topic
from tidings_server.delivery.destinations.sqs import sqs_queue
from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.letters import PostOffice
from tidings_server.delivery.sending import Destination, MailTarget, SnsTarget, SqsTarget, Target

WEBHOOK_TIMEOUT_S = 45.0
"""Source: WIRE.md 002 (b), an endpoint has 45 s to answer."""

MAX_CONNECTIONS = 1024


class Destinations:
    """Opens destinations over shared connections. Made and closed inside a running event loop."""

    def __init__(
        self,
        *,
        egress: Egress,
        clock: Clock,
        post_office: PostOffice | None = None,
        aws_endpoint_url: str = "",
        webhook_timeout_s: float = WEBHOOK_TIMEOUT_S,
    ) -> None:
        """`post_office` takes all tenants' mail, none is sent without; closing this closes it too."""
        self._webhooks = WebhookSession(
            egress=egress, clock=clock, timeout_s=webhook_timeout_s, max_connections=MAX_CONNECTIONS
        )
        self._post_office = post_office or NoPostOffice()
        self._aws = AwsClients(egress=egress, clock=clock, endpoint_url=aws_endpoint_url or None)

    def open(self, target: Target) -> Destination:
        """The destination of a target. Cheap: connections and clients are shared and made on the first send."""
        match target:
            case SqsTarget():
                return sqs_queue(target, self._aws)
            case SnsTarget():
                return sns_topic(target, self._aws)
            case MailTarget():
                return Mail(target, self._post_office)
            case _:
                return Webhook(target, self._webhooks)

    async def close(self) -> None:
        await self._webhooks.close()
        await self._post_office.close()
        await self._aws.close()
