"""Redemptions: points that customers spend, at once or held until they are confirmed or voided."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.ledger import redemption_batch
from tidings_server.loyalty.ledger.redemption_batch import (
    EventsPending,
    RedemptionOutcome,
    RedemptionRequest,
    RedemptionResult,
)
from tidings_server.loyalty.ledger.transaction import LedgerTransaction
from tidings_server.loyalty.read_your_writes import MAX_WAIT_S, ReadYourWrites
from tidings_server.loyalty.store import redemptions
from tidings_server.loyalty.store.redemptions import CONFIRMED, HELD, VOIDED, StoredRedemption
from tidings_server.platform import heartbeats
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound, Overloaded, Unavailable, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.platform.turns_by_owner import TurnsByOwner
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord

BATCH: Final = 100
"""Redemptions of one write transaction: about six narrow rows each, in a few statements."""
MAX_QUEUED: Final = 2_000
"""Redemptions of one tenant that wait; of all tenants together twice as many."""
RETRY_AFTER_S: Final = 1.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RedemptionState:
    """A redemption in state HELD, CONFIRMED, VOIDED or RETURNED. `balance` is the customer's current one."""

    event_id: str
    customer_id: str
    quantity: int
    state: str
    created_at: int
    balance: int


@dataclass(slots=True)
class _QueuedRedemption:
    """A waiting caller. `is_pending`: earlier events of the customer were found not to have taken effect."""

    request: RedemptionRequest
    result: "asyncio.Future[RedemptionResult]"
    waits_until: float
    is_pending: bool = False


class Redemptions:
    """Creates, confirms and voids redemptions. `redeem` answers only while `run` runs."""

    def __init__(
        self, database: Database, codec: LoyaltyEventCodec, read_your_writes: ReadYourWrites, *, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._codec = codec
        self._read_your_writes = read_your_writes
        self._clock = clock
        self._ids = ids
        self._queue: TurnsByOwner[_QueuedRedemption] = TurnsByOwner()
        self._awake = asyncio.Event()

    async def redeem(
        self, record: EventRecord, *, customer_id: str, quantity: int, is_hold: bool = False, reference: str = ""
    ) -> RedemptionResult:
        """Store the event and spend or hold the points, both or neither; durable when this returns.

        Waits at most 2 s for the customer's earlier events. A repeat returns the first result. Raises
        InsufficientBalance and AccountLocked, and then nothing is stored; Overloaded, Unavailable.
        """
        if self._queue.waiting(record.tenant_id) >= MAX_QUEUED or len(self._queue) >= 2 * MAX_QUEUED:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        request = RedemptionRequest(
            record=record,
            customer_id=customer_id,
            quantity=quantity,
            is_hold=is_hold,
            external_reference=reference,
        )
        result: asyncio.Future[RedemptionResult] = asyncio.get_running_loop().create_future()
        queued = _QueuedRedemption(request, result, self._clock.monotonic() + MAX_WAIT_S)
        self._queue.add(record.tenant_id, queued)
        self._awake.set()
        try:
            return await result
        finally:
            if queued.is_pending:
                self._read_your_writes.remove_waiter()

    async def run(self) -> None:
        """Decide queued redemptions until cancelled."""
        heartbeat = heartbeats.current()
        while True:
            self._awake.clear()
            with heartbeat.round():
                decided = await self.run_once()
            if not decided:
                await self._awake.wait()

    async def run_once(self) -> int:
        """Decide one batch, of each tenant's in turn; its size, 0 when the queue is empty."""
        batch = [self._queue.take() for _ in range(min(BATCH, len(self._queue)))]
        batch = [queued for queued in batch if not queued.result.done()]
        if not batch:
            return 0
        outcomes: Sequence[RedemptionOutcome]
        try:
            outcomes = await self._decide(batch)
        except Exception as error:
            logger.exception("loyalty.redemptions_failed", count=len(batch))
            outcomes = [error] * len(batch)
        for queued, outcome in zip(batch, outcomes, strict=True):
            self._settle(queued, outcome)
        if not any(queued.result.done() for queued in batch):
            await self._read_your_writes.wait_for_progress()
        return len(batch)

    async def confirm(self, scope: Scope, event_id: str) -> RedemptionState:
        """Spend the points that a redemption holds; a confirmed one stays so. Raises NotFound, WrongState."""
        return await self._finish(scope, event_id, CONFIRMED)

    async def void(self, scope: Scope, event_id: str) -> RedemptionState:
        """Return the points that a redemption holds; a voided one stays so. Raises NotFound, WrongState."""
        return await self._finish(scope, event_id, VOIDED)

    async def get(self, scope: Scope, event_id: str) -> RedemptionState:
        """A redemption and the customer's balance. Raises NotFound."""

        async def read(conn: AsyncConnection) -> RedemptionState:
            stored = await _existing(conn, scope, event_id)
            return await _state(stored, await self._begin(conn, stored.customer_key), stored.state)

        return await self._database.write_queue.run(read)

    async def _finish(self, scope: Scope, event_id: str, state: str) -> RedemptionState:
        async def finish(conn: AsyncConnection) -> RedemptionState:
            transaction = await self._begin(conn, (await _existing(conn, scope, event_id)).customer_key)
            stored = await _existing(conn, scope, event_id)  # again, now that its customer is locked
            if stored.state != state:
                if stored.state != HELD:
                    raise WrongState(f"The redemption is {stored.state} already.")
                await (transaction.confirm(stored) if state == CONFIRMED else transaction.release(stored))
                await transaction.write()
            return await _state(stored, transaction, state)

        return await self._database.write_queue.run(finish)

    async def _begin(self, conn: AsyncConnection, customer_key: int) -> LedgerTransaction:
        now_us = self._clock.now_us()
        return await LedgerTransaction.begin(
            conn, [customer_key], codec=self._codec, new_id=self._ids.uuid7, now_us=now_us
        )

    async def _decide(self, batch: Sequence[_QueuedRedemption]) -> Sequence[RedemptionOutcome]:
        """Outcomes of a batch; customers that this process knows to have pending events are not read."""
        now = self._clock.monotonic()
        pending = self._read_your_writes.pending([queued.request.customer for queued in batch])
        outcomes: dict[int, RedemptionOutcome] = {}
        ready: list[tuple[int, RedemptionRequest]] = []
        for index, queued in enumerate(batch):
            is_overdue = now >= queued.waits_until
            if not is_overdue and pending is not None and queued.request.customer in pending:
                outcomes[index] = EventsPending()
            else:
                ready.append((index, replace(queued.request, ignores_pending=is_overdue or pending is not None)))
        decided = await self._run_batch([request for _, request in ready])
        outcomes |= zip((index for index, _ in ready), decided, strict=True)
        return [outcomes[index] for index in range(len(batch))]

    async def _run_batch(self, requests: Sequence[RedemptionRequest]) -> Sequence[RedemptionOutcome]:
        """Outcomes of requests in one write transaction; where it fails as a whole, of each half in one, and so on."""
        if not requests:
            return []
        decide = partial(
            redemption_batch.decide,
            requests=requests,
            codec=self._codec,
            new_id=self._ids.uuid7,
            now_us=self._clock.now_us(),
        )
        try:
            return await self._database.write_queue.run(decide)
        except Exception as error:  # noqa: BLE001 - the worker loop: the error is the callers'
            if len(requests) == 1 or isinstance(error, Unavailable | Overloaded):
                return [error] * len(requests)
            logger.warning("loyalty.redemption_batch_split", error=type(error).__name__)
        half = len(requests) // 2
        return [*await self._run_batch(requests[:half]), *await self._run_batch(requests[half:])]

    def _settle(self, queued: _QueuedRedemption, outcome: RedemptionOutcome) -> None:
        if queued.result.done():
            return
        if isinstance(outcome, EventsPending):
            if not queued.is_pending:
                queued.is_pending = True
                self._read_your_writes.add_waiter()
            self._queue.add(queued.request.record.tenant_id, queued)
            self._awake.set()
        elif isinstance(outcome, Exception):
            queued.result.set_exception(outcome)
        else:
            queued.result.set_result(outcome)


async def _existing(conn: AsyncConnection, scope: Scope, event_id: str) -> StoredRedemption:
    stored = (await redemptions.find(conn, scope.tenant, [event_id])).get(event_id)
    if stored is None:
        raise NotFound("There is no such redemption.")
    return stored


async def _state(stored: StoredRedemption, transaction: LedgerTransaction, state: str) -> RedemptionState:
    balance = (await transaction.account(stored.customer_key)).balance(transaction.now_us)
    return RedemptionState(
        event_id=stored.event_id,
        customer_id=transaction.customers[stored.customer_key].id,
        quantity=stored.quantity,
        state=state,
        created_at=stored.created_at,
        balance=balance,
    )
