"""SQS and SNS without their library until something is sent there.

botocore takes 20 MiB and a quarter of a second, which a server without a queue or a topic never spends. The first send
imports it, on a thread: the event loop goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import Destination, DestinationSettings, ErrorType, Message, Outcome, OutcomeKind
from tidings_server.platform.clock import Clock

if TYPE_CHECKING:
    from tidings_server.delivery.destinations.aws import AwsClients

MAX_BATCH: Final = 10
UNOPENED: Final = Outcome(OutcomeKind.RETRY, None, ErrorType.INTERNAL, "the client of AWS cannot be loaded now")


class AwsDestinations:
    """Opens queues and topics over shared clients, which are made with the first one that is sent to."""

    def __init__(self, *, egress: Egress, clock: Clock, endpoint_url: str | None) -> None:
        """`endpoint_url` is the operator's (AWS_ENDPOINT_URL)."""
        self._egress = egress
        self._clock = clock
        self._endpoint_url = endpoint_url
        self._clients: AwsClients | None = None
        self._lock = Lock()  # of the threads that open destinations

    def queue(self, settings: DestinationSettings) -> Destination:
        """The destination of an SQS queue."""
        return DeferredDestination(settings.endpoint, partial(self._open_queue, settings))

    def topic(self, settings: DestinationSettings) -> Destination:
        """The destination of an SNS topic."""
        return DeferredDestination(settings.endpoint, partial(self._open_topic, settings))

    async def close(self) -> None:
        if self._clients is not None:
            await self._clients.close()

    def _open_queue(self, settings: DestinationSettings) -> Destination:
        from tidings_server.delivery.destinations.sqs import open_queue  # noqa: PLC0415 - imports botocore

        return open_queue(settings, self._shared())

    def _open_topic(self, settings: DestinationSettings) -> Destination:
        from tidings_server.delivery.destinations.sns import open_topic  # noqa: PLC0415 - imports botocore

        return open_topic(settings, self._shared())

    def _shared(self) -> "AwsClients":
        from tidings_server.delivery.destinations.aws import AwsClients  # noqa: PLC0415 - imports botocore

        with self._lock:
            if self._clients is None:
                self._clients = AwsClients(egress=self._egress, clock=self._clock, endpoint_url=self._endpoint_url)
            return self._clients


class DeferredDestination:
    """A destination that its first send opens, on a thread."""

    max_batch = MAX_BATCH

    def __init__(self, address: str, opened: Callable[[], Destination]) -> None:
        """`opened` opens it, and may take its time; it is called again only after it has failed."""
        self.address = address
        self._open = opened
        self._opened: Destination | None = None
        self._turn = asyncio.Lock()

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Outcomes of the messages, in order."""
        async with self._turn:
            if self._opened is None:
                try:
                    self._opened = await asyncio.to_thread(self._open)
                except (ImportError, OSError):  # such as too many open files
                    return [UNOPENED] * len(batch)
        return await self._opened.send(batch)
