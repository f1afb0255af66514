"""Read your writes: waiting until a customer's earlier events have taken effect, so that an answer reflects them."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.loyalty.consumer import LoyaltyConsumer
from tidings_server.loyalty.events import STATE_CHANGING_KINDS, CustomerRef, kind_of, ordering_key
from tidings_server.loyalty.store import pending_events
from tidings_server.platform.shared_read import SharedRead
from tidings_server.platform.signals import Signal
from tidings_server.storage.database import Database
from tidings_server.storage.log.shards import by_shard, shard_of_tenant

MAX_WAIT_S: Final = 2.0
"""Source: WIRE.md 003 (c), the longest wait of basket and redemption calls."""
POLL_S: Final = 0.05
"""Interval of polls while another process may be processing the events."""

_KINDS: Final = [kind.value for kind in STATE_CHANGING_KINDS]


class ReadYourWrites:
    """The waiters of this process. `has_waiters` is set while there are any, so that the consumer does not pause."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.has_waiters = Signal()
        self._progress = asyncio.Event()
        self._waiters = 0
        self._runner: ConsumerRunner | None = None
        self._pending = SharedRead(self._read)

    def use_runner(self, runner: ConsumerRunner) -> None:
        """Ask this process's own runner first, which may know without the database."""
        self._runner = runner

    def pending(self, customers: Collection[CustomerRef]) -> set[CustomerRef] | None:
        """Those of the customers with pending events; None when only the database knows."""
        events = self._runner.pending() if self._runner else None
        if events is None:
            return None
        ids = {customer_id for _, customer_id in customers}
        theirs = (event for event in events if event.root_id in ids and kind_of(event) in STATE_CHANGING_KINDS)
        return {(event.tenant_id, str(event.root_id)) for event in theirs} & set(customers)

    def notify(self) -> None:
        """Wake the waiters: the consumer has committed a batch."""
        self._progress.set()
        self._progress = asyncio.Event()

    async def wait(self, tenant: int, customer_id: str, *, timeout_s: float = MAX_WAIT_S) -> bool:
        """Wait until the events stored for a customer before the call have taken effect; false after the timeout."""
        customer = tenant, customer_id
        with suppress(TimeoutError), self.waiter():
            async with asyncio.timeout(timeout_s):
                while True:
                    progress = self._progress
                    if not await self._is_pending(customer):
                        return True
                    await self.wait_for_progress(progress)
        return False

    async def wait_for_progress(self, progress: asyncio.Event | None = None) -> None:
        """Wait for the consumer's next commit, at most POLL_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await (progress or self._progress).wait()

    @contextmanager
    def waiter(self) -> Iterator[None]:
        """Count a waiter for the duration of a block."""
        self.add_waiter()
        try:
            yield
        finally:
            self.remove_waiter()

    def add_waiter(self) -> None:
        """Count a waiter until `remove_waiter`."""
        self._waiters += 1
        self.has_waiters.set()

    def remove_waiter(self) -> None:
        """Count a waiter no longer."""
        self._waiters -= 1
        if not self._waiters:
            self.has_waiters.clear()

    async def _is_pending(self, customer: CustomerRef) -> bool:
        known = self.pending([customer])
        if known is None:
            return bool(await self._pending.get(customer))
        return customer in known

    async def _read(self, customers: Collection[CustomerRef]) -> Mapping[CustomerRef, bool]:
        async with self._database.read() as conn:
            found = await pending_customers(conn, customers)
        return {customer: customer in found for customer in customers}


async def pending_customers(conn: AsyncConnection, customers: Collection[CustomerRef]) -> set[CustomerRef]:
    """Those of the customers with events in the log that have not taken effect; all, if the consumer is far behind."""
    found: set[CustomerRef] = set()
    for shard, own in by_shard(customers, lambda each: shard_of_tenant(each[0])):
        found |= await _pending_in(conn, shard, own)
    return found


async def _pending_in(conn: AsyncConnection, shard: int, customers: Collection[CustomerRef]) -> set[CustomerRef]:
    keys = {ordering_key(*customer): customer for customer in customers}
    ids = {customer_id for _, customer_id in customers}
    found = await pending_events.pending(conn, LoyaltyConsumer.name, shard, kinds=_KINDS, customers=ids, keys=keys)
    if found.is_far:
        return set(customers)
    return (found.customers & set(customers)) | {keys[key] for key in found.keys}
