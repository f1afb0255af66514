"""An assessment batch: the effects of some events, planned before their write transaction and written in it."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.assessment.segment_changes import SegmentChanges
from tidings_server.loyalty.event_codec import FulfilmentFailed, LoyaltyEventCodec
from tidings_server.loyalty.ledger.commands import AdjustedPoints, CausingEvent, LedgerCommand
from tidings_server.loyalty.ledger.transaction import LedgerTransaction
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.store import assessments, counters, customers, fulfilment_failures, orders, rules
from tidings_server.loyalty.store.assessments import AssessmentRow
from tidings_server.loyalty.store.counters import StoredCounter, StoredDailyCounter, StoredForeignValue
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.fulfilment_failures import StoredFailure
from tidings_server.loyalty.store.orders import StoredOrder
from tidings_server.platform import failpoints
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 1_000
"""Rows of one transaction; those of one event stay together. Narrow rows in a few statements, about 10 ms in all."""
MAX_BYTES: Final = 4 << 20
ROWS_PER_EVENT: Final = 4
"""Rows that each event writes at least: its listing, the account, a counter, an effect."""


class AssessmentBatch:
    """Planned effects of events, in the order of the log."""

    def __init__(self, codec: LoyaltyEventCodec, *, new_id: Callable[[], str], now_us: int) -> None:
        self._codec = codec
        self.new_id = new_id
        self.now_us = now_us
        self.covered = 0
        self.new_customers: dict[int, CustomerState] = {}
        self.events: list[tuple[int, int]] = []
        self.commands: list[LedgerCommand] = []
        self.assessments: list[AssessmentRow] = []
        self.changed_assessments: dict[tuple[int, int], AssessmentRow] = {}
        """Assessments of orders, by the order's key and the rule's, which may be stored already."""
        self.orders: dict[int, StoredOrder] = {}
        """Orders by their keys."""
        self.segments = SegmentChanges()
        self.failures: list[StoredFailure] = []
        self.condition_errors: dict[int, str] = {}
        self.records: list[tuple[EventRecord, int | None]] = []
        self.lot_counts: dict[int, int] = {}
        """Number of lots of an event, by the event's number."""
        self._changed: dict[int, CustomerState] = {}
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no further event fits."""
        rows = len(self.events) * ROWS_PER_EVENT + len(self.assessments) + len(self.records) + len(self.commands)
        return rows >= MAX_ROWS or self._bytes >= MAX_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.events and not self.records

    def next_lot_index(self, event_seq: int) -> int:
        """Index of one more lot of an event."""
        index = self.lot_counts.get(event_seq, 0)
        self.lot_counts[event_seq] = index + 1
        return index

    def mark_changed(self, state: CustomerState) -> None:
        """Write a customer's spend and counters with the batch."""
        self._changed[state.key] = state

    def append(self, record: EventRecord, customer_key: int | None = None) -> None:
        """Append a derived event to the log; `customer_key` names the customer in whose events it is listed."""
        self.records.append((record, customer_key))
        self._bytes += len(record.body)

    def record_failure(self, cause: CausingEvent, rule: LoyaltyRule, indexes: Collection[int], *, reason: str) -> None:
        """Record that fulfilments of a rule, by their indexes, have failed, with an errorAction event."""
        event_id = self.new_id()
        self.failures.append(
            StoredFailure(
                tenant_id=cause.stored.tenant_id,
                event_id=event_id,
                event_seq=cause.stored.seq,
                rule_key=rule.key,
                customer_key=cause.customer_key,
                fulfilments=json.dumps(list(indexes)),
                reason=reason,
                failed_at=self.now_us,
                retried_at=None,
            )
        )
        failed = FulfilmentFailed(
            event_id=event_id,
            customer_id=cause.event.customer_id,
            rule_id=rule.id,
            rule_name=rule.draft.name,
            reason=reason,
            at_us=self.now_us,
            source=cause.stored,
        )
        self.append(derived_events.failure_record(self._codec, failed), cause.customer_key)

    async def apply(self, conn: AsyncConnection) -> None:
        """Write everything: customers and their points first, the log last."""
        if self.is_empty:
            return
        await customers.add(conn, [each.row for each in self.new_customers.values()])
        keys = self._changed.keys() | {command.cause.customer_key for command in self.commands}
        transaction = await LedgerTransaction.begin(
            conn, keys, codec=self._codec, new_id=self.new_id, now_us=self.now_us
        )
        failpoints.hit("loyalty.locked")
        await transaction.execute(self.commands)
        await self._write_rows(conn, transaction.fallen)
        for record, customer_key in self.records:
            transaction.append(record, customer_key)
        await transaction.write(self._with_spend(transaction.customers.values()))

    async def _write_rows(self, conn: AsyncConnection, fallen: Mapping[int, AdjustedPoints]) -> None:
        await customers.add_events(conn, self.events)
        await counters.put(conn, *self._counters())
        await counters.add_foreign(conn, self._foreign_values())
        await assessments.add(conn, self.assessments)
        await assessments.put(conn, list(self.changed_assessments.values()))
        await orders.put(conn, [_with_points(row, fallen.get(key)) for key, row in self.orders.items()])
        await self.segments.write(conn)
        await fulfilment_failures.add(conn, self.failures)
        for key, error in self.condition_errors.items():
            await rules.record_condition_error(conn, key, error, at_us=self.now_us)

    def _with_spend(self, rows: Iterable[StoredCustomer]) -> list[StoredCustomer]:
        """The customers' rows with the spend that events have changed."""
        return [_with_spend(row, self._changed[row.key]) if row.key in self._changed else row for row in rows]

    def _counters(self) -> tuple[list[StoredCounter], list[StoredDailyCounter]]:
        totals, days = [], []
        for state in self._changed.values():
            for kind, name_space in state.counted:
                counter = state.counters[kind, name_space]
                name = state.key, kind.value, name_space
                last = counter.last_day, counter.last_day_events, counter.last_day_value
                totals.append(StoredCounter(*name, counter.events, counter.value, *last))
                days += [StoredDailyCounter(*name, day, *change) for day, change in counter.day_changes.items()]
        return totals, days

    def _foreign_values(self) -> list[StoredForeignValue]:
        return [
            StoredForeignValue(state.key, name.currency, name.kind.value, name.name_space, name.day, value)
            for state in self._changed.values()
            for name, value in state.foreign.changes.items()
        ]


def _with_spend(row: StoredCustomer, state: CustomerState) -> StoredCustomer:
    return row._replace(
        created_at=state.created_at,
        lifetime_spend=state.lifetime_spend,
        annual_spend=state.annual_spend,
        spend_year=state.spend_year,
        currency=state.currency or None,
    )


def _with_points(row: StoredOrder, fallen: AdjustedPoints | None) -> StoredOrder:
    """An order's row with what its coming to nothing has taken and returned, since it stood last."""
    if fallen is None or row.is_standing:
        return row
    return row._replace(
        points_taken=row.points_taken + fallen.taken,
        debt_incurred=row.debt_incurred + fallen.debt,
        points_returned=row.points_returned + fallen.returned,
    )
