"""Mail that goes nowhere: kept where it can be looked at, for a machine without a mail server."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.mail.message import Envelope
from tidings_server.platform.errors import Overloaded, Unavailable

MAX_BATCH: Final = 100

Keep = Callable[[int, Sequence[Envelope]], Awaitable[None]]
"""Stores letters of a tenant, each id once. Raises Overloaded and Unavailable."""


class CaptureOffice:
    """A post office that hands its letters to `keep`."""

    max_batch = MAX_BATCH

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    async def send(self, tenant: int, letters: Sequence[Envelope]) -> list[Outcome]:
        try:
            await self._keep(tenant, letters)
        except (Overloaded, Unavailable) as error:
            waits = Outcome(OutcomeKind.RETRY, error_type=ErrorType.SERVICE, answer=error.message)
            return [waits] * len(letters)
        return [Outcome(OutcomeKind.DELIVERED, answer="captured")] * len(letters)

    async def close(self) -> None:
        """Nothing is open."""
