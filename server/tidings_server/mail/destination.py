"""Mail of one tenant: a Destination over the transport that the operator chose for all."""

from collections.abc import Sequence

from tidings_server.delivery.message import ErrorType, MailTarget, Outcome, OutcomeKind, Sending
from tidings_server.mail.message import MailMessage, MailTransport, OutgoingMail


class MailDestination:
    """Hands a tenant's mail to the transport."""

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
    """Where a process sends no mail: what is asked for waits until one does."""

    max_batch = 100

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:  # noqa: ARG002  # nobody's
        outcome = Outcome(OutcomeKind.RETRY, error_type=ErrorType.NO_SUCH_DESTINATION, answer="no mail is sent here")
        return [outcome] * len(mails)

    async def close(self) -> None:
        """Nothing is open."""
