"""A shop whose history is recorded: its writers, a receiver that wants its events in order, and points."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid4, uuid5

import aiohttp

from tests.e2e.instances import Instance
from tests.e2e.loyalty_users import by_key, rule, sample
from tests.e2e.producers import demo_client
from tests.e2e.rest import Rest, demo_rest
from tests.support.histories import POINTS_EACH, Arrivals, History, Request, Writers
from tests.support.receiver import Receiver
from tests.support.waiting import LOOK_S, PATIENCE_S, until
from tidings.push.v1.subscriptions_pb2 import Subscription

PATH = "/ordered"
CUSTOMERS = 4
CUSTOMERS_PATH = "/api/v1/customers"
EVENTS = "/api/v1/events"
ORDERS = "/api/v1/events/orders"
AROUND_S = 2.0
"""Time that events are written before a fault, and after it."""


@dataclass
class Shop:
    """A tenant of one installation of one or more processes; `processes` may die and come back on other ports."""

    processes: Sequence[Instance]
    receiver: Receiver
    rest: Rest
    loyalty: Rest
    subscription_id: str
    namespace: str
    """What its rule gives points for: an installation may have several shops, one after another."""
    history: History = field(default_factory=History)
    around_s: float = AROUND_S
    _began: float = 0.0
    """Of the fault, by the monotonic clock."""
    _ended: float = 0.0

    @asynccontextmanager
    async def writing(self, name: str) -> AsyncIterator[None]:
        """Events of customers of this name are written inside, and for a moment before and after."""
        writers = Writers(
            self.history, bases=lambda: [process.rest for process in self.processes], requests=self._requests
        )
        async with writers.running([f"{name}-{number}" for number in range(CUSTOMERS)]):
            await asyncio.sleep(self.around_s)
            self._began = time.monotonic()
            yield
            self._ended = time.monotonic()
            await asyncio.sleep(self.around_s)

    def rates(self) -> str:
        """Events acknowledged a second before the fault, and in the second half of the time after it."""
        half = self.around_s / 2
        before = self.history.rate(self._began - half, self._began)
        after = self.history.rate(self._ended + half, self._ended + self.around_s)
        return f"{before:.0f} events/s before, {after:.0f} after ({after / before if before else 0:.2f})"

    async def agrees(self, name: str) -> None:
        """Print the rates under a name; assert that the history is that of the model."""
        print(f"{name}: {self.rates()}")
        assert await self.violations() == []
        assert all(self.history.acknowledged.values())

    async def violations(self) -> list[str]:
        """Differences to the model, once all that was acknowledged has arrived, or nothing comes any more."""
        arrivals = Arrivals(self.receiver, PATH)
        await self._all_arrived(arrivals)
        self.history.arrived = arrivals.so_far()
        if lost := self.history.lost():
            return lost
        self.history.points = await until(self._points, self._have_their_points)
        return self.history.violations()

    async def _all_arrived(self, arrivals: Arrivals) -> None:
        """Wait for all that was acknowledged: however much is on its way, for as long as more of it comes."""
        wanted, came, came_at = sum(map(len, self.history.acknowledged.values())), 0, time.monotonic()
        while came < wanted and time.monotonic() - came_at < PATIENCE_S:
            if (now := arrivals.different()) > came:
                came, came_at = now, time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        """End the subscription: its receiver goes with the test."""
        async with demo_client(self.processes[0]) as tidings:
            await tidings.push_subscriptions.delete(self.subscription_id)

    async def _points(self) -> dict[str, int]:
        return {customer: await self._balance(customer) for customer in self.history.acknowledged}

    async def _balance(self, customer: str) -> int:
        for process in self.processes:
            try:
                found = await Rest(self.loyalty.session, process.rest, self.loyalty.headers)(
                    "GET", f"{CUSTOMERS_PATH}/{id_of(customer)}"
                )
            except aiohttp.ClientError:
                continue
            if found.status == 200:
                return int(found.json["balance"])
        return 0

    def _have_their_points(self, points: dict[str, int]) -> bool:
        return all(
            points[customer] >= POINTS_EACH * len(numbers) for customer, numbers in self.history.acknowledged.items()
        )

    def _requests(self, customer: str, number: int) -> list[Request]:
        """An event that is delivered in order, and one that earns points."""
        event_id = f"{customer}:{number}"
        order_id = str(uuid5(NAMESPACE_URL, event_id))
        event: dict[str, object] = {
            "id": event_id,
            "entity_id": customer,
            "entity_name": "PARCEL",
            "event_type": "ENTITY_EVENT",
            "event_payload": {"operation": "CREATE"},
        }
        order = sample("order", id_of(customer), eventId=order_id, orderId=order_id, nameSpace=self.namespace, total=1)
        return [Request(EVENTS, self.rest.headers, event), Request(ORDERS, self.loyalty.headers, order)]


def id_of(customer: str) -> str:
    """The id of a customer in the loyalty API, where ids are UUIDs."""
    return str(uuid5(NAMESPACE_URL, customer))


async def open_shop(
    processes: Sequence[Instance],
    receiver: Receiver,
    session: aiohttp.ClientSession,
    *,
    endpoint: str = "",
    around_s: float = AROUND_S,
) -> Shop:
    """A shop with a subscription in order to `endpoint`, else to the receiver, and a rule that gives points."""
    namespace = f"Faults {uuid4()}"
    rest, loyalty = await demo_rest(session, processes[0]), by_key(session, processes[0])
    async with demo_client(processes[0]) as tidings:
        wanted = Subscription(endpoint=endpoint or receiver.url(PATH), topics=["parcel.*"], ordered=True)
        made = await tidings.push_subscriptions.create(wanted)
        assert (await tidings.push_subscriptions.confirm(made.id)).confirmed
    points = [{"type": "POINTS_PER_UNIT", "points": POINTS_EACH}]
    await rule(loyalty, assesses="ORDER", nameSpace={"equals": namespace}, fulfilments=points)
    return Shop(processes, receiver, rest, loyalty, made.id, namespace, around_s=around_s)
