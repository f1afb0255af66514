"""A ledger transaction: moves points inside a write transaction, with the customers' rows locked.

It begins with `LedgerTransaction.begin`, which locks the rows, and ends with `write`, which appends to the log last. So
no two transactions ever see the same points, whichever process they run in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.event_codec import LoyaltyEventCodec, PointsMoved
from tidings_server.loyalty.ledger.account import LotDraws, PointsAccount
from tidings_server.loyalty.ledger.commands import (
    AdjustedPoints,
    AdjustOrder,
    CausingEvent,
    EarnPoints,
    LedgerCommand,
    RecordActivity,
)
from tidings_server.loyalty.store import customers as customer_store
from tidings_server.loyalty.store import lots as lot_store
from tidings_server.loyalty.store import redemptions, rules
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.lots import StoredLot
from tidings_server.loyalty.store.redemptions import CONFIRMED, HELD, RETURNED, VOIDED, StoredRedemption
from tidings_server.storage.log import events
from tidings_server.storage.log.records import EventRecord, StoredEvent


class LedgerTransaction:
    """The locked customers of one write transaction, by their keys, and their points accounts."""

    def __init__(
        self,
        conn: AsyncConnection,
        customers: Mapping[int, StoredCustomer],
        *,
        codec: LoyaltyEventCodec,
        new_id: Callable[[], str],
        now_us: int,
    ) -> None:
        """`customers` are rows that are locked already."""
        self._conn = conn
        self._codec = codec
        self._new_id = new_id
        self.now_us = now_us
        self.customers = dict(customers)
        self._records: list[tuple[EventRecord, int | None]] = []
        self._accounts = {key: PointsAccount.of(row, now_us=now_us) for key, row in customers.items()}
        self._with_open_lots: set[int] = set()
        self._settled: dict[tuple[int, str], StoredRedemption] = {}
        self._first_expiries: dict[int, int] = {}
        self.fallen: dict[int, AdjustedPoints] = {}
        """What was taken of orders that stand at nothing now, and returned, by the order's key."""

    @classmethod
    async def begin(
        cls,
        conn: AsyncConnection,
        keys: Collection[int],
        *,
        codec: LoyaltyEventCodec,
        new_id: Callable[[], str],
        now_us: int,
    ) -> "LedgerTransaction":
        """Lock these customers until the write transaction ends."""
        customers = await customer_store.lock(conn, keys) if keys else {}
        return cls(conn, customers, codec=codec, new_id=new_id, now_us=now_us)

    async def account(self, key: int) -> PointsAccount:
        """A customer's account with all open lots, after the expiry of what is due."""
        await self.load_open_lots([key])
        if _is_due(self.customers[key], self.now_us):
            self.expire(key, self.now_us)
        return self._accounts[key]

    async def load_open_lots(self, keys: Iterable[int]) -> None:
        """Read the open lots of these customers, once."""
        missing = set(keys) - self._with_open_lots
        if missing:
            self._with_open_lots |= missing
            for lot in await lot_store.open_lots(self._conn, missing):
                self._accounts[lot.customer_key].load([lot])

    async def execute(self, commands: Iterable[LedgerCommand]) -> None:
        """Execute the commands of a batch of events, in order."""
        commands = list(commands)
        await self.load_open_lots({each.cause.customer_key for each in commands if self._is_due_before(each.cause)})
        for command in commands:
            match command:
                case RecordActivity():
                    await self._expire_and_record_activity(command.cause)
                case EarnPoints():
                    self._earn(command)
                case AdjustOrder():
                    await self._adjust(command)

    @property
    def has_records(self) -> bool:
        """Whether there is anything to append to the log."""
        return bool(self._records)

    def append(self, record: EventRecord, customer_key: int | None = None) -> None:
        """Add an event to be appended to the log; `customer_key` names the customer in whose events it is listed."""
        self._records.append((record, customer_key))

    def spend(self, key: int, draws: LotDraws, *, cause: EventRecord) -> None:
        """Spend points that have just been reserved."""
        self._accounts[key].confirm(draws, event_id=cause.event_id)
        points = sum(points for _, points in draws)
        self._append_points_event(derived_events.POINTS_REDEEMED, key, points, cause=cause)

    async def confirm(self, stored: StoredRedemption) -> None:
        """Spend the points that a redemption holds."""
        if not self._settle(stored, CONFIRMED):
            return
        account = await self._account_with_lots(stored)
        account.confirm(stored.lot_draws, event_id=stored.event_id)
        self._append_points_event(
            derived_events.POINTS_REDEEMED, stored.customer_key, stored.quantity, cause_id=stored.event_id
        )

    async def release(self, stored: StoredRedemption) -> None:
        """Return the points that a redemption holds."""
        if self._settle(stored, VOIDED):
            account = await self._account_with_lots(stored)
            account.release(stored.lot_draws, event_id=stored.event_id)

    def expire(self, key: int, at_us: int) -> None:
        """Expire a customer's points that were due at an instant; all open lots must be loaded."""
        event_id = self._new_id()
        points = self._accounts[key].expire(event_id=event_id, at_us=at_us)
        if points:
            self._append_points_event(derived_events.POINTS_EXPIRED, key, points, event_id=event_id)
        next_expiry_at = self._accounts[key].next_expiry()
        self.customers[key] = self.customers[key]._replace(next_expiry_at=next_expiry_at)

    def record_activity(self, key: int, at_us: int) -> None:
        """Restart the inactivity period of a customer's points."""
        account = self._accounts[key]
        account.last_activity_at = max(account.last_activity_at, at_us)

    async def write(self, customers: Iterable[StoredCustomer] | None = None) -> None:
        """Write everything, the log last. `customers` are the locked rows with other changes."""
        rows = [self._with_balances(row) for row in (self.customers.values() if customers is None else customers)]
        accounts = self._accounts.values()
        if rows:
            await customer_store.put(self._conn, rows)
        if self._settled:
            await redemptions.settle(self._conn, list(self._settled.values()))
        if lots := [lot for account in accounts for lot in account.changed.values()]:
            await lot_store.put(self._conn, lots)
        if transfers := [transfer for account in accounts for transfer in account.journal]:
            await lot_store.add_transfers(self._conn, transfers)
        if self._records:
            seqs = await events.append_in(self._conn, [record for record, _ in self._records])
            listed = [(key, seq) for seq, (_, key) in zip(seqs, self._records, strict=True) if key is not None]
            await customer_store.add_events(self._conn, listed)

    def _is_due_before(self, cause: CausingEvent) -> bool:
        row, first = self.customers[cause.customer_key], self._first_expiries.get(cause.customer_key)
        return _is_due(row, cause.at_us) or (first is not None and first <= cause.at_us)

    async def _expire_and_record_activity(self, cause: CausingEvent) -> None:
        """Points that were due before the event expire first: otherwise its activity would keep them."""
        key = cause.customer_key
        if self._is_due_before(cause):
            await self.load_open_lots([key])
            self.expire(key, cause.at_us)
            self._first_expiries.pop(key, None)
        self.record_activity(key, cause.at_us)

    def _earn(self, command: EarnPoints) -> None:
        cause = command.cause
        account = self._accounts[cause.customer_key]
        for lot in command.lots:
            account.earn(lot, event_id=cause.stored.event_id)
            self._note_expiry(account, lot)
        self._append_points_event(
            derived_events.POINTS_EARNED,
            cause.customer_key,
            sum(command.by_rule.values()),
            cause=cause.stored,
            by_rule=command.by_rule,
        )

    def _note_expiry(self, account: PointsAccount, lot: StoredLot) -> None:
        """Remember the earliest expiry of the points that this transaction brings; activity may only postpone it."""
        expires_at = account.expires_at(lot)
        if expires_at is not None:
            key = lot.customer_key
            self._first_expiries[key] = min(expires_at, self._first_expiries.get(key, expires_at))

    async def _adjust(self, command: AdjustOrder) -> None:
        """Take back points of an order, move its dates, and return what was redeemed for it."""
        cause, event_id = command.cause, command.cause.stored.event_id
        account = self._accounts[cause.customer_key]
        account.load(await lot_store.of_order(self._conn, cause.customer_key, command.order_id))
        taken = owed = returned = 0
        by_key: dict[int, int] = {}
        for rule_key, points in command.taken.items():
            part = account.take_back(command.order_key, rule_key, points, event_id=event_id)
            taken, owed = taken + part.points, owed + part.debt
            by_key[rule_key] = part.points + part.debt
        if taken or owed:
            await self._append_reversed(cause, by_key)
        if command.dates is not None:
            account.redate(command.order_key, command.dates)
            for lot in account.order_lots(command.order_key):
                self._note_expiry(account, lot)
        if command.returns_redemptions:
            for redemption in await redemptions.by_reference(self._conn, cause.customer_key, command.order_id):
                returned += await self._return(self._current(redemption), cause.stored)
        if command.is_fall:
            self.fallen[command.order_key] = AdjustedPoints(taken, owed, returned)

    async def _append_reversed(self, cause: CausingEvent, by_key: Mapping[int, int]) -> None:
        """Say what was taken back, those points that had been spent included."""
        ids = await rules.by_keys(self._conn, by_key)
        by_rule = {ids[key].id: points for key, points in by_key.items() if points and key in ids}
        total = sum(by_key.values())
        key, stored = cause.customer_key, cause.stored
        self._append_points_event(derived_events.POINTS_REVERSED, key, total, cause=stored, by_rule=by_rule)

    async def _return(self, stored: StoredRedemption, cause: StoredEvent) -> int:
        """Return the points of a redemption, spent or held; their number, 0 if it was returned or voided before."""
        state = {HELD: VOIDED, CONFIRMED: RETURNED}.get(stored.state)
        if state is None or not self._settle(stored, state):
            return 0
        account = await self._account_with_lots(stored)
        (account.release if state == VOIDED else account.refund)(stored.lot_draws, event_id=cause.event_id)
        if state == RETURNED:
            self._append_points_event(derived_events.POINTS_RETURNED, stored.customer_key, stored.quantity, cause=cause)
        return stored.quantity

    def _current(self, stored: StoredRedemption) -> StoredRedemption:
        """A redemption with the changes of this transaction."""
        return self._settled.get((stored.tenant_id, stored.event_id), stored)

    def _settle(self, stored: StoredRedemption, state: str) -> bool:
        """Change the state of a redemption; false where it was settled otherwise. The customer's lock guards it."""
        current = self._current(stored)
        if current.state != (CONFIRMED if state == RETURNED else HELD):
            return False
        settled = current._replace(state=state, settled_at=self.now_us)
        self._settled[stored.tenant_id, stored.event_id] = settled
        return True

    async def _account_with_lots(self, stored: StoredRedemption) -> PointsAccount:
        """The account of a redemption's customer, with the lots that it drew from."""
        account = self._accounts[stored.customer_key]
        missing = [key for key, _ in stored.lot_draws if key not in account]
        if missing:
            account.load(await lot_store.by_keys(self._conn, missing))
        return account

    def _append_points_event(
        self,
        topic: str,
        key: int,
        points: int,
        *,
        event_id: str = "",
        cause_id: str = "",
        cause: StoredEvent | EventRecord | None = None,
        by_rule: Mapping[str, int] | None = None,
    ) -> None:
        row, account = self.customers[key], self._accounts[key]
        moved = PointsMoved(
            event_id=event_id or self._new_id(),
            customer_id=row.id,
            at_us=self.now_us,
            points=points,
            balance=account.posted - account.held,
            cause=cause.event_id if cause else cause_id,
            by_rule=by_rule or {},
        )
        self.append(derived_events.points_record(self._codec, topic, moved, tenant=row.tenant_id, cause=cause), key)

    def _with_balances(self, row: StoredCustomer) -> StoredCustomer:
        """A customer's row with the balances of the account."""
        account = self._accounts[row.key]
        expiries = (row.next_expiry_at, account.next_changed_expiry())
        return row._replace(
            posted=account.posted,
            held=account.held,
            debt=account.debt,
            last_activity_at=account.last_activity_at,
            next_expiry_at=min((at for at in expiries if at is not None), default=None),
        )


def _is_due(row: StoredCustomer, at_us: int) -> bool:
    """Whether points of a customer may have expired by an instant."""
    return row.next_expiry_at is not None and row.next_expiry_at <= at_us
