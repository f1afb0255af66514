"""Webhook subscriptions of a bench tenant, and the receiver that they deliver to."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.bench.processes import Child, running
from tests.bench.servers import Server, client
from tidings.push.v1.subscriptions_pb2 import Subscription

START_S = 30.0
CONFIRM_S = 30.0
ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Receiver:
    """A running receiver, asked over its own port."""

    child: Child
    url: str

    def count(self) -> int:
        """Requests so far."""
        counted: int = self._told("count")
        return counted

    def arrivals(self) -> list[tuple[str, int]]:
        """Message id and monotonic instant in nanoseconds of each request, in the order they came."""
        return [(message_id, at_ns) for message_id, at_ns in self._told("arrivals")]

    def _told(self, what: str) -> Any:
        with urlopen(f"{self.url}/{what}", timeout=ANSWER_S) as answer:
            return json.load(answer)


@contextmanager
def receiving(directory: Path) -> Iterator[Receiver]:
    """A receiver in a process of its own."""
    with running("tests.bench.receiver", {}, directory=directory) as child:
        port = child.answer(within_s=START_S)["port"]
        yield Receiver(child, f"http://127.0.0.1:{port}")


def subscribe(server: Server, receiver: Receiver, *, webhooks: int, topic: str) -> None:
    """Make so many subscriptions, each to a path of its own, confirmed by a ping."""
    subscribe_to(server, receiver.url, webhooks=webhooks, topic=topic)


def subscribe_to(server: Server, url: str, *, webhooks: int, topic: str) -> None:
    """The same to a receiver at this address."""
    asyncio.run(_subscribe(server, url, webhooks, topic))


async def _subscribe(server: Server, url: str, webhooks: int, topic: str) -> None:
    async with client(server) as tidings, asyncio.timeout(CONFIRM_S + webhooks):
        for number in range(webhooks):
            wanted = Subscription(endpoint=f"{url}/{number}", topics=[topic])
            made = await tidings.push_subscriptions.create(wanted)
            await tidings.push_subscriptions.confirm(made.id)
