"""Destinations that their first send opens."""

import asyncio
import threading
from collections.abc import Sequence

from tidings_server.delivery.destinations.aws_opening import DeferredDestination
from tidings_server.delivery.message import Message, Outcome, OutcomeKind, Payload

MESSAGE = Message(Payload(b"{}", "application/json", {}, "group"), "e1", "e1", "e1", "order.created")


class Receiver:
    """A destination that takes everything."""

    max_batch = 10

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        return [Outcome(OutcomeKind.DELIVERED) for _ in batch]


async def test_sends_at_once_open_it_once_beside_the_event_loop() -> None:
    threads: list[int] = []

    def opened() -> Receiver:
        threads.append(threading.get_ident())
        return Receiver()

    destination = DeferredDestination("arn:aws:sns:eu-west-1:1:orders", opened)
    assert threads == []
    outcomes = await asyncio.gather(*(destination.send([MESSAGE, MESSAGE]) for _ in range(5)))
    assert [len(each) for each in outcomes] == [2] * 5
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_a_failed_opening_is_tried_again() -> None:
    tries: list[int] = []

    def opened() -> Receiver:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("too many open files")
        return Receiver()

    destination = DeferredDestination("arn:aws:sns:eu-west-1:1:orders", opened)
    assert [each.kind for each in await destination.send([MESSAGE, MESSAGE])] == [OutcomeKind.RETRY] * 2
    assert [each.kind for each in await destination.send([MESSAGE])] == [OutcomeKind.DELIVERED]
