"""Redemptions: points that customers spend, at once or held until they are confirmed or given back."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.ledger.redemption_batch import Desk, NotYet, Outcome, RedemptionAnswer, Request
from tidings_server.loyalty.ledger.transaction import Posting
from tidings_server.loyalty.read_your_writes import WAIT_S, Freshness
from tidings_server.loyalty.store import orders
from tidings_server.loyalty.store.orders import CONFIRMED, HELD, VOIDED, StoredRedemption
from tidings_server.platform.clock import Clock, Ids
from tidings_server.platform.errors import NotFound, Overloaded, Unavailable, WrongState
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import EventRecord

BATCH: Final = 100
"""Redemptions of one unit: about six narrow rows each, in a few statements."""
MAX_WAITING: Final = 2_000
RETRY_AFTER_S: Final = 1.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RedemptionState:
    """How far a redemption has come: HELD, CONFIRMED, VOIDED or RETURNED. `balance` is what can be spent now."""

    event_id: str
    customer_id: str
    quantity: int
    state: str
    created_at: int
    balance: int


@dataclass(slots=True)
class _Waiting:
    """A caller. `is_behind`: earlier events of the customer were found to be waited for."""

    request: Request
    done: "asyncio.Future[RedemptionAnswer]"
    gives_up_at: float
    is_behind: bool = False


class Redemptions:
    """The use cases. `run` must run for `redeem` to answer."""

    def __init__(
        self, database: Database, bodies: LoyaltyBodies, freshness: Freshness, *, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._bodies = bodies
        self._freshness = freshness
        self._clock = clock
        self._ids = ids
        self._desk = Desk(bodies, new_id=ids.uuid7)
        self._queue: deque[_Waiting] = deque()
        self._awake = asyncio.Event()

    async def redeem(
        self, record: EventRecord, *, customer_id: str, quantity: int, is_hold: bool = False, reference: str = ""
    ) -> RedemptionAnswer:
        """Stores the event and spends or holds the points, both or neither; durable when this returns.

        The customer's earlier events are waited for, at most 2 s. A repeat answers as the first time. Raises
        InsufficientBalance and AccountLocked, and then nothing is stored; Overloaded, Unavailable.
        """
        if len(self._queue) >= MAX_WAITING:
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        request = Request(
            record=record,
            customer_id=customer_id,
            quantity=quantity,
            is_hold=is_hold,
            external_reference=reference,
        )
        done: asyncio.Future[RedemptionAnswer] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(request, done, self._clock.monotonic() + WAIT_S)
        self._queue.append(waiting)
        self._awake.set()
        try:
            return await done
        finally:
            if waiting.is_behind:
                self._freshness.end()

    async def run(self) -> None:
        """Decide what is asked for, until cancelled."""
        while True:
            self._awake.clear()
            if not await self.run_once():
                await self._awake.wait()

    async def run_once(self) -> int:
        """Decide one batch; how many were in it, 0 when nobody waits."""
        batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        batch = [waiting for waiting in batch if not waiting.done.done()]
        if not batch:
            return 0
        for waiting, outcome in zip(batch, await self._decide(batch), strict=True):
            self._settle(waiting, outcome)
        if not any(waiting.done.done() for waiting in batch):
            await self._freshness.progress()
        return len(batch)

    async def confirm(self, scope: Scope, event_id: str) -> RedemptionState:
        """Spends what a redemption holds. One that is spent already is fine. Raises NotFound, WrongState."""
        return await self._finish(scope, event_id, CONFIRMED)

    async def void(self, scope: Scope, event_id: str) -> RedemptionState:
        """Gives back what a redemption with `hold` holds; likewise."""
        return await self._finish(scope, event_id, VOIDED)

    async def get(self, scope: Scope, event_id: str) -> RedemptionState:
        """A redemption as it is. Raises NotFound."""

        async def unit(conn: AsyncConnection) -> RedemptionState:
            stored = await _existing(conn, scope, event_id)
            return await _state(stored, await self._posting(conn, stored.customer_key), stored.state)

        return await self._database.write_queue.run(unit)

    async def _finish(self, scope: Scope, event_id: str, state: str) -> RedemptionState:
        async def unit(conn: AsyncConnection) -> RedemptionState:
            posting = await self._posting(conn, (await _existing(conn, scope, event_id)).customer_key)
            stored = await _existing(conn, scope, event_id)  # again, now that its customer is held
            if stored.state != state:
                if stored.state != HELD:
                    raise WrongState(f"The redemption is {stored.state} already.")
                await (posting.confirm(stored) if state == CONFIRMED else posting.release(stored))
                await posting.write()
            return await _state(stored, posting, state)

        return await self._database.write_queue.run(unit)

    async def _posting(self, conn: AsyncConnection, key: int) -> Posting:
        now_us = self._clock.now_us()
        return await Posting.of(conn, [key], bodies=self._bodies, new_id=self._ids.uuid7, now_us=now_us)

    async def _decide(self, batch: Sequence[_Waiting]) -> Sequence[Outcome]:
        """Outcomes of a batch."""
        now = self._clock.monotonic()
        waited_for = self._freshness.behind([waiting.request.customer for waiting in batch])
        outcomes: dict[int, Outcome] = {}
        ready: list[tuple[int, Request]] = []
        for place, waiting in enumerate(batch):
            is_late = now >= waiting.gives_up_at
            if not is_late and waited_for is not None and waiting.request.customer in waited_for:
                outcomes[place] = NotYet()
            else:
                ready.append((place, replace(waiting.request, is_late=is_late or waited_for is not None)))
        decided = await self._carry_out([request for _, request in ready])
        outcomes |= zip((place for place, _ in ready), decided, strict=True)
        return [outcomes[place] for place in range(len(batch))]

    async def _carry_out(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        """Outcomes of requests in one unit; where it fails as a whole, of each by itself."""
        if not requests:
            return []
        try:
            return await self._database.write_queue.run(self._desk.unit(requests, now_us=self._clock.now_us()))
        except Exception as error:  # noqa: BLE001 - the worker loop: what failed is for the callers to know
            if len(requests) == 1 or isinstance(error, Unavailable | Overloaded):
                return [error] * len(requests)
            logger.warning("redemptions_apart", error=str(error))
        return [(await self._carry_out([request]))[0] for request in requests]

    def _settle(self, waiting: _Waiting, outcome: Outcome) -> None:
        if waiting.done.done():
            return
        if isinstance(outcome, NotYet):
            if not waiting.is_behind:
                waiting.is_behind = True
                self._freshness.begin()
            self._queue.append(waiting)
            self._awake.set()
        elif isinstance(outcome, Exception):
            waiting.done.set_exception(outcome)
        else:
            waiting.done.set_result(outcome)


async def _existing(conn: AsyncConnection, scope: Scope, event_id: str) -> StoredRedemption:
    stored = (await orders.redemptions(conn, scope.tenant, [event_id])).get(event_id)
    if stored is None:
        raise NotFound(f"There is no redemption {event_id}.")
    return stored


async def _state(stored: StoredRedemption, posting: Posting, state: str) -> RedemptionState:
    balance = (await posting.book(stored.customer_key)).balance(posting.now_us)
    return RedemptionState(
        event_id=stored.event_id,
        customer_id=posting.customers[stored.customer_key].id,
        quantity=stored.quantity,
        state=state,
        created_at=stored.created_at,
        balance=balance,
    )
