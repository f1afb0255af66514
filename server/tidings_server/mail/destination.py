"""Delivery destinations of tenants' mail, over the process's mail transport."""

from collections.abc import Sequence

from tidings_server.delivery.message import DestinationSettings, Message, Outcome
from tidings_server.mail.message import MailMessage, MailTransport, OutgoingMail


class TenantMail:
    """Opens the mail of tenants over one transport; closing it closes the transport."""

    def __init__(self, transport: MailTransport) -> None:
        self._transport = transport

    def open(self, settings: DestinationSettings) -> "MailDestination":
        return MailDestination(settings.tenant_id, self._transport)

    async def close(self) -> None:
        await self._transport.close()


class MailDestination:
    """Destination that passes mail to a transport."""

    def __init__(self, tenant_id: int, transport: MailTransport) -> None:
        self._tenant_id = tenant_id
        self._transport = transport

    @property
    def max_batch(self) -> int:
        return self._transport.max_batch

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        mails = [OutgoingMail(each.message_id, MailMessage.unpacked(each.payload.body)) for each in batch]
        return await self._transport.send(self._tenant_id, mails)
