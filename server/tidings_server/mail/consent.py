"""Consent of a mail's recipient, asked again as the mail leaves, and withdrawn with one click.

A mail can wait for hours: for its mail server, or behind others. Whoever opts out, is deleted, or no longer waits for
what the mail is about in that time gets no mail any more. An `Audience` knows the recipients of one area.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.requests import EmailRequest, email_of, packed
from tidings_server.mail.unsubscribe_links import Recipient
from tidings_server.platform.errors import Unavailable
from tidings_server.storage.log.records import StoredEvent

__all__ = ["Audience", "MailConsent", "PendingMail", "withdrawn"]


class PendingMail(NamedTuple):
    """A mail that is about to leave. `seq` is the position of its request in the log."""

    tenant: int
    seq: int
    request: EmailRequest


class Audience(Protocol):
    """Port to an area that knows recipients."""

    async def admit(self, mails: Sequence[PendingMail]) -> list[EmailRequest | Outcome]:
        """Each mail in the form in which it may leave now, or the outcome of one that may not.

        Raises Unavailable where nothing certain is known at present.
        """
        ...

    async def opt_out(self, recipient: Recipient) -> None:
        """Record that a recipient wants no more mail; idempotent, and nothing for an unknown one."""
        ...


class MailConsent:
    """Consent of recipients, by audience."""

    def __init__(self) -> None:
        self._audiences: dict[str, Audience] = {}

    def add(self, name: str, audience: Audience) -> None:
        """Let an area answer for its recipients."""
        self._audiences[name] = audience

    async def admitted(self, events: Sequence[StoredEvent]) -> Mapping[int, StoredEvent | Outcome]:
        """Requests of mail as they may leave now, by position, or the outcome of one that may not."""
        by_audience: dict[str, list[PendingMail]] = {}
        for event in events:
            request = email_of(event)
            if request.audience in self._audiences:
                pending = PendingMail(event.tenant_id, event.seq, request)
                by_audience.setdefault(request.audience, []).append(pending)
        answers: dict[int, EmailRequest | Outcome] = {}
        for name, mails in by_audience.items():
            answers.update(zip((mail.seq for mail in mails), await self._ask(name, mails), strict=True))
        return {event.seq: _as_admitted(event, answers[event.seq]) for event in events if event.seq in answers}

    async def opt_out(self, recipient: Recipient) -> None:
        """Record that a recipient wants no more mail."""
        if audience := self._audiences.get(recipient.audience):
            await audience.opt_out(recipient)

    async def _ask(self, name: str, mails: Sequence[PendingMail]) -> Sequence[EmailRequest | Outcome]:
        try:
            return await self._audiences[name].admit(mails)
        except Unavailable as error:
            waits = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer=error.message)
            return [waits] * len(mails)


def withdrawn(reason: str) -> Outcome:
    """The outcome of a mail that its recipient no longer wants or needs."""
    return Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.WITHDRAWN, answer=reason)


def _as_admitted(event: StoredEvent, answer: EmailRequest | Outcome) -> StoredEvent | Outcome:
    return answer if isinstance(answer, Outcome) else event._replace(body=packed(answer))
