"""Delivery destination of a tenant's mail, over the process's mail transport."""

from collections.abc import Sequence

from tidings_server.delivery.message import ErrorType, MailTarget, Outcome, OutcomeKind, Sending
from tidings_server.mail.message import MailMessage, MailTransport, OutgoingMail


class MailDestination:
    """Destination that passes mail to a transport."""

    def __init__(self, target: MailTarget, transport: MailTransport) -> None:
        self._tenant = target.tenant
        self._transport = transport

    @property
    def max_batch(self) -> int:
        return self._transport.max_batch

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        mails = [OutgoingMail(sending.message_id, MailMessage.unpacked(sending.payload.body)) for sending in batch]
        return await self._transport.send(self._tenant, mails)


class NoMailTransport:
    """Transport of a process that sends no mail: every mail waits for a process that does."""

    max_batch = 100

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:  # noqa: ARG002  # of the port
        outcome = Outcome(OutcomeKind.RETRY, error_type=ErrorType.NO_SUCH_DESTINATION, answer="no mail is sent here")
        return [outcome] * len(mails)

    async def close(self) -> None:
        """Nothing is open."""
