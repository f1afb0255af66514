"""A page: what some events come to, gathered before their unit and written in it."""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty import derived_events
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.event_codec import FulfilmentFailed, LoyaltyBodies
from tidings_server.loyalty.ledger.commands import Happened, Move
from tidings_server.loyalty.ledger.transaction import Posting
from tidings_server.loyalty.rules.rule import Rule
from tidings_server.loyalty.store import assessments, customers, orders, rules
from tidings_server.loyalty.store import counters as loyalty_counters
from tidings_server.loyalty.store.assessments import NewAssessment, StoredFailure
from tidings_server.loyalty.store.counters import StoredCounter, StoredTally
from tidings_server.loyalty.store.customers import Membership, StoredCustomer
from tidings_server.loyalty.store.orders import StoredOrder
from tidings_server.platform import failpoints
from tidings_server.storage.log.records import EventRecord

MAX_ROWS: Final = 1_000
"""Rows of one unit; one event's are never parted. They are narrow and go in a few statements, about 10 ms in all."""
MAX_BYTES: Final = 4 << 20
ROWS_AN_EVENT: Final = 4
"""What each event writes at least: itself as the customer's, the account, a counter, what it brings."""


class Page:
    """The plan of some events. Everything is gathered in the order of the log."""

    def __init__(self, bodies: LoyaltyBodies, *, new_id: Callable[[], str], now_us: int) -> None:
        self._bodies = bodies
        self.new_id = new_id
        self.now_us = now_us
        self.covered = 0
        self.standings: dict[int, Standing] = {}
        self.events: list[tuple[int, int]] = []
        self.moves: list[Move] = []
        self.assessments: list[NewAssessment] = []
        self.orders: list[StoredOrder] = []
        self.failures: list[StoredFailure] = []
        self.condition_errors: dict[int, str] = {}
        self.records: list[tuple[EventRecord, int | None]] = []
        self.places: dict[int, int] = {}
        """How many lots an event has, by its number."""
        self._left: dict[tuple[int, str], None] = {}
        self._joined: dict[tuple[int, str], Membership] = {}
        self._changed: dict[int, Standing] = {}
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no further event fits."""
        rows = len(self.events) * ROWS_AN_EVENT + len(self.assessments) + len(self.records) + len(self.moves)
        return rows >= MAX_ROWS or self._bytes >= MAX_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write: no event of a customer's, and no failure to be told."""
        return not self.events and not self.records

    def next_place(self, event_seq: int) -> int:
        """The place of one more lot of an event."""
        place = self.places.get(event_seq, 0)
        self.places[event_seq] = place + 1
        return place

    def touch(self, standing: Standing) -> None:
        """Note that an event changes a customer's account."""
        self._changed[standing.key] = standing

    def send(self, record: EventRecord, customer_key: int | None = None) -> None:
        """Note an event that follows; `customer_key`: in whose history it stands, if in anybody's."""
        self.records.append((record, customer_key))
        self._bytes += len(record.body)

    def join(self, membership: Membership) -> None:
        """Note that a customer comes into a segment."""
        name = membership.customer_key, membership.segment
        self._left.pop(name, None)
        self._joined[name] = membership

    def leave(self, customer_key: int, segment: str) -> None:
        """Note that a customer leaves a segment."""
        self._joined.pop((customer_key, segment), None)
        self._left[customer_key, segment] = None

    def fail(self, cause: Happened, rule: Rule, failed: Collection[int], reason: str) -> None:
        """Note that some fulfilments of a rule (by their places) have failed; an event says so."""
        event_id = self.new_id()
        self.failures.append(
            StoredFailure(
                tenant_id=cause.stored.tenant_id,
                event_id=event_id,
                event_seq=cause.stored.seq,
                rule_key=rule.key,
                customer_key=cause.customer_key,
                fulfilments=json.dumps(list(failed)),
                reason=reason,
                failed_at=self.now_us,
                retried_at=None,
            )
        )
        body = FulfilmentFailed(
            event_id=event_id,
            customer_id=cause.event.customer_id,
            rule_id=rule.id,
            rule_name=rule.draft.name,
            reason=reason,
            at_us=self.now_us,
            source=cause.stored,
        )
        self.send(derived_events.failure_record(self._bodies, body), cause.customer_key)

    async def apply(self, conn: AsyncConnection) -> None:
        """Write everything: customers and their points first, the log last."""
        if self.is_empty:
            return
        await customers.add(conn, [each.row for each in self.standings.values() if each.is_new])
        keys = self._changed.keys() | {move.cause.customer_key for move in self.moves}
        posting = await Posting.of(conn, keys, bodies=self._bodies, new_id=self.new_id, now_us=self.now_us)
        failpoints.hit("loyalty.locked")
        await posting.make(self.moves)
        await self._write_rows(conn)
        for record, customer_key in self.records:
            posting.store(record, customer_key)
        await posting.write(self._accounts(posting.customers.values()))

    async def _write_rows(self, conn: AsyncConnection) -> None:
        await customers.note_events(conn, self.events)
        counters, days = self._counters()
        await loyalty_counters.put(conn, counters, days)
        await assessments.add(conn, self.assessments)
        await orders.add_orders(conn, self.orders)
        await customers.leave(conn, self._left)
        await customers.join(conn, list(self._joined.values()))
        await assessments.fail(conn, self.failures)
        for key, error in self.condition_errors.items():
            await rules.note_condition_error(conn, key, error, self.now_us)

    def _accounts(self, rows: Iterable[StoredCustomer]) -> list[StoredCustomer]:
        """The customers' rows with the spend that events have changed."""
        return [_with_spend(row, self._changed[row.key]) if row.key in self._changed else row for row in rows]

    def _counters(self) -> tuple[list[StoredCounter], list[StoredTally]]:
        counters, days = [], []
        for standing in self._changed.values():
            for kind, name_space in standing.counted:
                count = standing.counts[kind, name_space]
                name = standing.key, kind.value, name_space
                counters.append(StoredCounter(*name, count.events, count.value, count.day, count.day_events))
                days += [StoredTally(*name, day, events) for day, events in count.finished]
        return counters, days


def _with_spend(row: StoredCustomer, standing: Standing) -> StoredCustomer:
    return row._replace(
        lifetime_spend=standing.lifetime_spend,
        annual_spend=standing.annual_spend,
        spend_year=standing.spend_year,
    )
