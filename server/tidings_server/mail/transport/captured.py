"""Transport that captures mail instead of sending it, for machines without a mail server."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.message import OutgoingMail
from tidings_server.platform.errors import Overloaded, Unavailable
from tidings_server.storage.bisection import bisected, set_aside

MAX_BATCH: Final = 100
CAPTURED: Final = Outcome(OutcomeKind.DELIVERED, answer="captured")
UNSTORABLE: Final = Outcome(OutcomeKind.EXPIRED, error_type=ErrorType.REFUSED_CONTENT, answer="it cannot be stored")

StoreMails = Callable[[int, Sequence[OutgoingMail]], Awaitable[None]]
"""Function that stores a tenant's mails, each id once. Raises Overloaded and Unavailable."""


class CaptureTransport:
    """Transport that passes mails to `store`."""

    max_batch = MAX_BATCH

    def __init__(self, store: StoreMails) -> None:
        self._store = store

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        outcomes = {mail.id: CAPTURED for mail in mails}

        async def refused(mail: OutgoingMail, error: Exception) -> None:
            set_aside("captured_mail", error, tenant=tenant, mail=mail.id)
            outcomes[mail.id] = UNSTORABLE

        try:
            await bisected(mails, partial(self._store, tenant), refused=refused)
        except (Overloaded, Unavailable) as error:
            waits = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer=error.message)
            return [waits] * len(mails)
        return [outcomes[mail.id] for mail in mails]

    async def close(self) -> None:
        """Nothing is open."""
