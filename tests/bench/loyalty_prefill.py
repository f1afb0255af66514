"""A past of orders for backtests, written past the server: the log's rows alone, which is all that a backtest reads."""

import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from uuid import uuid4

from tests.bench.loyalty_bodies import NAME_SPACE, customer_id, order
from tests.bench.prefill import BATCH_ROWS, INSERT, connect
from tidings.loyalty.v1.events_pb2 import NewEvent
from tidings_server.storage.log.records import Api, StoredEvent


def fill_orders(database: Path, *, tenant: int, orders: int, customers: int) -> None:
    """Append orders of many customers to the log of a server that is stopped; every consumer has seen them."""
    connection = connect(database)
    head = int(connection.execute("SELECT seq FROM log_head").fetchone()[0])
    rows = _rows(tenant=tenant, after=head, customers=customers)
    for start in range(0, orders, BATCH_ROWS):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, islice(rows, min(BATCH_ROWS, orders - start)))
        connection.execute("COMMIT")
    connection.execute("UPDATE log_head SET seq = ?, recorded_at = ?", (head + orders, time.time_ns() // 1_000))
    connection.execute("UPDATE consumer_cursor SET position = ?", (head + orders,))
    connection.close()


def _rows(*, tenant: int, after: int, customers: int) -> Iterator[StoredEvent]:
    at_us = time.time_ns() // 1_000
    sent = order()
    seq = after
    while True:
        seq += 1
        event_id, customer = str(uuid4()), customer_id(seq % customers)
        sent.order_id, sent.total = f"O-{seq}", seq % 1_000 / 4
        message = NewEvent(order=sent, event_id=event_id, customer_id=customer, name_space=NAME_SPACE)
        body = message.SerializeToString()
        yield StoredEvent(
            seq=seq,
            tenant_id=tenant,
            api=int(Api.LOYALTY),  # type: ignore[arg-type]  # the driver takes an int faster than an enum
            event_id=event_id,
            topic="order.opened",
            entity_type="ORDER",
            entity_id=sent.order_id,
            entity_ref=None,
            root_type="CUSTOMER",
            root_id=customer,
            root_ref=None,
            retailer_id=None,
            site_id=None,
            name=NAME_SPACE,
            category=None,
            type="ORDER",
            source=None,
            actor="bench",
            correlation_id=None,
            traceparent=None,
            hops=0,
            occurred_at=at_us,
            recorded_at=at_us,
            body_hash=sha256(body).digest(),
            body=body,
        )
