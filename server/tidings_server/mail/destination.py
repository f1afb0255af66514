"""Mail of one tenant: a Destination over the post office that the operator chose for all."""

from collections.abc import Sequence

from tidings_server.delivery.message import ErrorType, MailTarget, Outcome, OutcomeKind, Sending
from tidings_server.mail.message import Envelope, Letter, PostOffice


class Mail:
    """Hands a tenant's mail to the post office."""

    def __init__(self, target: MailTarget, office: PostOffice) -> None:
        self._tenant = target.tenant
        self._office = office

    @property
    def max_batch(self) -> int:
        return self._office.max_batch

    async def send(self, batch: Sequence[Sending]) -> list[Outcome]:
        letters = [Envelope(sending.message_id, Letter.unpacked(sending.payload.body)) for sending in batch]
        return await self._office.send(self._tenant, letters)


class NoPostOffice:
    """Where a process sends no mail: what is asked for waits until one does."""

    max_batch = 100

    async def send(self, tenant: int, letters: Sequence[Envelope]) -> list[Outcome]:  # noqa: ARG002  # nobody's
        outcome = Outcome(OutcomeKind.RETRY, error_type=ErrorType.NO_SUCH_DESTINATION, answer="no mail is sent here")
        return [outcome] * len(letters)

    async def close(self) -> None:
        """Nothing is open."""
