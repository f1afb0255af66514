"""Every kind of receiver, made from its target."""

from typing import TYPE_CHECKING

from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import Destination, MailTarget, SnsTarget, SqsTarget, Target
from tidings_server.mail.destination import MailDestination, NoMailTransport
from tidings_server.mail.message import MailTransport
from tidings_server.platform.clock import Clock

if TYPE_CHECKING:
    from tidings_server.delivery.destinations.aws import AwsClients

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
        mail_transport: MailTransport | None = None,
        aws_endpoint_url: str = "",
        webhook_timeout_s: float = WEBHOOK_TIMEOUT_S,
    ) -> None:
        """`mail_transport` takes all tenants' mail, none is sent without; closing this closes it too."""
        self._webhooks = WebhookSession(
            egress=egress, clock=clock, timeout_s=webhook_timeout_s, max_connections=MAX_CONNECTIONS
        )
        self._mail_transport = mail_transport or NoMailTransport()
        self._egress = egress
        self._clock = clock
        self._aws_endpoint_url = aws_endpoint_url or None
        self._aws: AwsClients | None = None

    def open(self, target: Target) -> Destination:
        """The destination of a target. Cheap: connections and clients are shared and made on the first send."""
        match target:
            case SqsTarget() | SnsTarget():
                return self._of_aws(target)
            case MailTarget():
                return MailDestination(target, self._mail_transport)
            case _:
                return Webhook(target, self._webhooks)

    async def close(self) -> None:
        await self._webhooks.close()
        await self._mail_transport.close()
        if self._aws is not None:
            await self._aws.close()

    def _of_aws(self, target: SqsTarget | SnsTarget) -> Destination:
        """Imports botocore with the first of its destinations: a quarter of a second that most servers never need."""
        from tidings_server.delivery.destinations.aws import AwsClients  # noqa: PLC0415
        from tidings_server.delivery.destinations.sns import sns_topic  # noqa: PLC0415
        from tidings_server.delivery.destinations.sqs import sqs_queue  # noqa: PLC0415

        if self._aws is None:
            self._aws = AwsClients(egress=self._egress, clock=self._clock, endpoint_url=self._aws_endpoint_url)
        return sns_topic(target, self._aws) if isinstance(target, SnsTarget) else sqs_queue(target, self._aws)
