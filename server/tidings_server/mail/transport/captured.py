"""Transport that captures mail instead of sending it, for machines without a mail server."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.message import OutgoingMail
from tidings_server.platform.errors import Overloaded, Unavailable

MAX_BATCH: Final = 100

StoreMails = Callable[[int, Sequence[OutgoingMail]], Awaitable[None]]
"""Function that stores a tenant's mails, each id once. Raises Overloaded and Unavailable."""


class CaptureTransport:
    """Transport that passes mails to `store`."""

    max_batch = MAX_BATCH

    def __init__(self, store: StoreMails) -> None:
        self._store = store

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        try:
            await self._store(tenant, mails)
        except (Overloaded, Unavailable) as error:
            waits = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer=error.message)
            return [waits] * len(mails)
        return [Outcome(OutcomeKind.DELIVERED, answer="captured")] * len(mails)

    async def close(self) -> None:
        """Nothing is open."""
