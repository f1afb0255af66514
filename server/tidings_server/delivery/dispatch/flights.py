"""Sends under way, each in a slot of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass

from tidings_server.delivery.dispatch.slots import SLOW, Budget, FreeSlots
from tidings_server.delivery.dispatch.subscription_queue import SubscriptionQueue
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease


@dataclass(slots=True)
class Flight:
    """A send under way; the instant (microseconds) at which it began."""

    queue: SubscriptionQueue
    budget: Budget
    started_at: int
    leases: Sequence[Lease]


class Flights:
    """The sends of one dispatcher that are under way, the oldest first."""

    def __init__(self, free: FreeSlots, *, slow_s: float, on_landed: Callable[[Flight], None]) -> None:
        """`free` may be shared with other dispatchers. A first attempt is slow when it takes `slow_s`."""
        self._free = free
        self._slow_us = int(slow_s * 1_000_000)
        self._on_landed = on_landed
        self._under_way: dict[asyncio.Task[None], Flight] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """The tasks that send."""
        return list(self._under_way)

    def has_room(self, budget: Budget, tenant: int) -> bool:
        """True while a slot for another send of this budget and tenant is free."""
        return self._free[budget].has_room(tenant)

    def leases(self) -> Iterator[Lease]:
        """The leases of what is under way."""
        return (lease for flight in self._under_way.values() for lease in flight.leases)

    def start(self, flight: Flight, send: Coroutine[None, None, None], tasks: asyncio.TaskGroup) -> None:
        """Send in a task of the group."""
        self._free[flight.budget].take(flight.queue.tenant_id)
        task = tasks.create_task(send)
        self._under_way[task] = flight
        task.add_done_callback(self._landed)

    def yield_slow(self, now: int) -> None:
        """Count slow first attempts apart, so that endpoints that hang leave room for first attempts."""
        for flight in self._under_way.values():
            if now - flight.started_at < self._slow_us:
                return
            tenant = flight.queue.tenant_id
            if flight.budget is Priority.FIRST and self._free[SLOW].has_room(tenant):
                flight.budget = SLOW
                self._free[Priority.FIRST].give(tenant)
                self._free[SLOW].take(tenant)

    def _landed(self, task: asyncio.Task[None]) -> None:
        flight = self._under_way.pop(task)
        self._free[flight.budget].give(flight.queue.tenant_id)
        if task.cancelled():
            flight.queue.health.in_flight -= 1
        self._on_landed(flight)
