"""Mail that goes nowhere: kept where it can be looked at, for a machine without a mail server."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.message import OutgoingMail
from tidings_server.platform.errors import Overloaded, Unavailable

MAX_BATCH: Final = 100

StoreMails = Callable[[int, Sequence[OutgoingMail]], Awaitable[None]]
"""Stores mails of a tenant, each id once. Raises Overloaded and Unavailable."""


class CaptureTransport:
    """A transport that hands its mails to `keep`."""

    max_batch = MAX_BATCH

    def __init__(self, keep: StoreMails) -> None:
        self._keep = keep

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        try:
            await self._keep(tenant, mails)
        except (Overloaded, Unavailable) as error:
            waits = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer=error.message)
            return [waits] * len(mails)
        return [Outcome(OutcomeKind.DELIVERED, answer="captured")] * len(mails)

    async def close(self) -> None:
        """Nothing is open."""
