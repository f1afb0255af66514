"""Histories of an installation under faults: what was acknowledged, what arrived and took effect, and the model of it.

For each customer one writer sends one event after another. What gets no answer, or none of success, is sent again as it
is, to the next process, until it is acknowledged: so at the end nothing is in doubt, and each customer's order known.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import aiohttp

from tests.support.receiver import Receiver

ANSWER_S = 5.0
PAUSE_S = 0.1
MAY_PASS = frozenset({408, 429, *range(500, 600)})
"""Refusals that the same request may not meet again; any other is a mistake in the test, or a fault."""
POINTS_EACH = 3
"""Points that each event of the model is worth."""


class Arrival(NamedTuple):
    """An event as a receiver got it; a repeat of it has the same message id."""

    customer: str
    number: int
    message_id: str


@dataclass
class History:
    """What happened. Numbers count each customer's events from 0."""

    acknowledged: dict[str, list[int]] = field(default_factory=dict)
    arrived: list[Arrival] = field(default_factory=list)
    points: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    """Instants of acknowledgements, by the monotonic clock."""

    def rate(self, start: float, end: float) -> float:
        """Events acknowledged a second between two instants."""
        return sum(start <= at < end for at in self.times) / (end - start)

    def lost(self) -> list[str]:
        """What was acknowledged and has not arrived."""
        came = {(each.customer, each.number) for each in self.arrived}
        return [
            f"{customer}/{number} was lost"
            for customer, numbers in self.acknowledged.items()
            for number in numbers
            if (customer, number) not in came
        ]

    def violations(self) -> list[str]:
        """Every difference to the model, in words; none where it holds.

        Each acknowledged event arrives, first arrivals of a customer in order, repeats under their ids, nothing else;
        and it is worth its points once.
        """
        return [*self.lost(), *self._strange(), *self._out_of_order(), *self._renamed(), *self._wrong_points()]

    def _strange(self) -> Iterable[str]:
        acknowledged = {customer: set(numbers) for customer, numbers in self.acknowledged.items()}
        for each in sorted(set(self.arrived)):
            if each.number not in acknowledged.get(each.customer, ()):
                yield f"{each.customer}/{each.number} was never acknowledged"

    def _out_of_order(self) -> Iterable[str]:
        for customer in self.acknowledged:
            firsts = list(dict.fromkeys(each.number for each in self.arrived if each.customer == customer))
            for before, after in itertools.pairwise(firsts):
                if after < before:
                    yield f"{customer}/{after} arrived after {before}"

    def _renamed(self) -> Iterable[str]:
        first_id: dict[tuple[str, int], str] = {}
        for customer, number, message_id in self.arrived:
            if first_id.setdefault((customer, number), message_id) != message_id:
                yield f"{customer}/{number} was repeated under another id"

    def _wrong_points(self) -> Iterable[str]:
        for customer, numbers in self.acknowledged.items():
            has, due = self.points.get(customer, 0), POINTS_EACH * len(numbers)
            if has != due:
                yield f"{customer} has {has} points for {len(numbers)} events, and not {due}"


class Arrivals:
    """What comes to a path, pings left out; the entity is the customer, the event's id ends in its number.

    Each request is read once, and counting reads no other: the receiver answers on the same loop, and a long history
    has tens of thousands.
    """

    def __init__(self, receiver: Receiver, path: str) -> None:
        self._receiver = receiver
        self._path = path
        self._read = 0
        self._found: list[Arrival] = []
        self._numbers: set[tuple[str, int]] = set()

    def different(self) -> int:
        """The number of events that have come until now, repeats left out."""
        self.so_far()
        return len(self._numbers)

    def so_far(self) -> list[Arrival]:
        """All that came until now."""
        new = self._receiver.requests[self._read :]
        self._read += len(new)
        came = ((json.loads(each.body), each.headers["webhook-id"]) for each in new if each.path == self._path)
        arrived = [
            Arrival(body["entityId"], int(body["eventId"].rpartition(":")[2]), name)
            for body, name in came
            if not body["isTest"]
        ]
        self._found += arrived
        self._numbers.update((each.customer, each.number) for each in arrived)
        return self._found


class Request(NamedTuple):
    """A POST of JSON that may be repeated."""

    path: str
    headers: dict[str, str]
    body: dict[str, object]


class Writers:
    """One writer for each customer. `bases` gives the addresses of the processes now: they change with their starts."""

    def __init__(
        self, history: History, *, bases: Callable[[], Sequence[str]], requests: Callable[[str, int], Sequence[Request]]
    ) -> None:
        """`requests` are those of a customer's event; it is acknowledged when all of them are."""
        self._history = history
        self._bases = bases
        self._requests = requests
        self._is_ending = False

    @asynccontextmanager
    async def running(self, customers: Sequence[str]) -> AsyncIterator[None]:
        """Writes inside; afterwards each writer has brought what it had begun to its end."""
        self._is_ending = False
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as session,
            asyncio.TaskGroup() as tasks,
        ):
            for place, customer in enumerate(customers):
                tasks.create_task(self._write(session, customer, place))
            try:
                yield
            finally:
                self._is_ending = True

    async def _write(self, session: aiohttp.ClientSession, customer: str, place: int) -> None:
        done = self._history.acknowledged.setdefault(customer, [])
        for number in itertools.count(len(done)):
            if self._is_ending:
                return
            for request in self._requests(customer, number):
                for attempt in itertools.count(place + number):
                    bases = self._bases()
                    if await _is_taken(session, bases[attempt % len(bases)], request):
                        break
                    await asyncio.sleep(PAUSE_S)
            done.append(number)
            self._history.times.append(time.monotonic())


async def _is_taken(session: aiohttp.ClientSession, base: str, request: Request) -> bool:
    try:
        async with session.post(base + request.path, headers=request.headers, json=request.body) as answer:
            assert answer.ok or answer.status in MAY_PASS, (request.path, await answer.text())
            return answer.ok
    except (aiohttp.ClientError, TimeoutError, ConnectionError):
        return False
