"""Tables of loyalty: customers, rules, counters, and the points ledger.

They share the metadata of `storage.tables`, which states what all tables have in common. Points are whole numbers.
Money (`*_spend`, `spend`, `value`) is BIGINT ten-thousandths of a currency unit. `customer_key` is the number of the
customer's first event.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tidings_server.storage.tables import Key, metadata

MAX_POINTS = 2_147_483_647
"""Upper limit of a customer's points: balances are int32 on the wire."""
NAME_SPACE_LENGTH = 256

customer = Table(
    "customer",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("id", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    # the profile, which clients change
    Column("is_locked", Boolean, nullable=False),
    Column("email", String(254)),
    Column("external_reference", String(256)),
    Column("profile", Text, nullable=False),
    # the account, which events change
    Column("posted", BigInteger, CheckConstraint(f"posted BETWEEN 0 AND {MAX_POINTS}", name="posted"), nullable=False),
    Column("held", BigInteger, CheckConstraint("held BETWEEN 0 AND posted", name="held"), nullable=False),
    Column("debt", BigInteger, CheckConstraint("debt >= 0", name="debt"), nullable=False),
    Column("lifetime_spend", BigInteger, nullable=False),
    Column("annual_spend", BigInteger, nullable=False),
    Column("spend_year", Integer, nullable=False),
    Column("last_activity_at", BigInteger, nullable=False),
    Column("next_expiry_at", BigInteger),
    Column("currency", String(3)),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "email"),
    Index("ix_customer_tenant", "tenant_id", "key"),
)
"""`profile` is JSON. `posted` is the number of points remaining in the lots, `held` the part that redemptions have
reserved, `debt` the points that reversals could not take back. `annual_spend` is the spend of the year `spend_year`,
counted from the creation of the customer. No points of the customer expire before `next_expiry_at`. `currency` is that
of all spend that `loyalty_foreign_value` does not name; NULL for none."""
Index(
    "ix_customer_next_expiry_at",
    customer.c.next_expiry_at,
    sqlite_where=customer.c.next_expiry_at.is_not(None),
    postgresql_where=customer.c.next_expiry_at.is_not(None),
)

customer_segment = Table(
    "customer_segment",
    metadata,
    Column("customer_key", BigInteger, ForeignKey("customer.key"), primary_key=True),
    Column("segment", String(128), primary_key=True),
    Column("added_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)

loyalty_segment_grant = Table(
    "loyalty_segment_grant",
    metadata,
    Column("customer_key", BigInteger, primary_key=True),
    Column("segment", String(128), primary_key=True),
    Column("source", BigInteger, primary_key=True),
    Column("expires_at", BigInteger),
)
"""Why a customer is in a segment: `source` is the key of the order, or the number of another event, whose rule has
added the customer. An order that changes takes back its own."""

loyalty_rule = Table(
    "loyalty_rule",
    metadata,
    Column("key", Key, primary_key=True),
    Column("tenant_id", Integer, nullable=False),
    Column("kind", String(8), CheckConstraint("kind IN ('RULE', 'ECONOMY')", name="kind"), nullable=False),
    Column("id", String(36), nullable=False),
    Column(
        "status",
        String(9),
        CheckConstraint("status IN ('CONFIGURE', 'TEST', 'ACTIVE', 'INACTIVE', 'ARCHIVED')", name="status"),
        nullable=False,
    ),
    Column("version", Integer, nullable=False),
    Column("name", String(256), nullable=False),
    Column("definition", Text, nullable=False),
    Column("effective_from", BigInteger),
    Column("effective_to", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("last_condition_error", String(1024), nullable=False),
    Column("last_condition_error_at", BigInteger),
    UniqueConstraint("tenant_id", "kind", "id"),
    Index("ix_loyalty_rule_tenant", "tenant_id", "kind", "key"),
    CheckConstraint("effective_to IS NULL OR effective_from IS NULL OR effective_from < effective_to", name="range"),
)
"""Rules and points economies, which have one lifecycle. `definition` is JSON of the fields without a column."""

loyalty_customer_event = Table(
    "loyalty_customer_event",
    metadata,
    Column("customer_key", BigInteger, primary_key=True),
    Column("event_seq", BigInteger, primary_key=True),
)
"""The events that are listed for a customer."""

loyalty_assessment = Table(
    "loyalty_assessment",
    metadata,
    Column("event_seq", BigInteger, primary_key=True),
    Column("rule_key", BigInteger, primary_key=True),
    Column("customer_key", BigInteger, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("assessed_at", BigInteger, nullable=False),
    Index("ix_loyalty_assessment_rule", "rule_key", "event_seq"),
)
"""One row for each event that a rule has matched; the only effect of a rule in TEST. Of an order, whose `key` is the
`event_seq`, one row for each rule that has ever matched it, with the points that the rule gives it now; -1 where it
matches no longer."""

loyalty_fulfilment_failure = Table(
    "loyalty_fulfilment_failure",
    metadata,
    Column("tenant_id", Integer, primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("rule_key", BigInteger, nullable=False),
    Column("customer_key", BigInteger, nullable=False),
    Column("fulfilments", Text, nullable=False),
    Column("reason", String(1024), nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Column("retried_at", BigInteger),
    Index("ix_loyalty_fulfilment_failure_event", "event_seq"),
    Index("ix_loyalty_fulfilment_failure_tenant", "tenant_id", "failed_at"),
)
"""Fulfilments of a rule (their indexes in it, a JSON list) that failed for the event `event_seq`; `event_id` is the id
of the errorAction event. A retry that fails is another row."""

# ---------------------------------------------------------------- the ledger

loyalty_lot = Table(
    "loyalty_lot",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("customer_key", BigInteger, ForeignKey("customer.key"), nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("rule_key", BigInteger, nullable=False),
    Column("order_id", String(128)),
    Column("order_key", BigInteger),
    Column("points", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("inactivity", String(8)),
    Column("taken", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("forgiven", BigInteger, nullable=False),
    UniqueConstraint("event_seq", "rule_key"),
    CheckConstraint("points > 0 AND remaining BETWEEN 0 AND points", name="points"),
    CheckConstraint("held BETWEEN 0 AND remaining AND expired BETWEEN 0 AND points - remaining", name="held"),
    CheckConstraint("taken >= 0 AND owed >= 0 AND forgiven >= 0 AND taken + owed + forgiven <= points", name="taken"),
    Index("ix_loyalty_lot_order", "customer_key", "order_id"),
)
"""Points earned by one rule for one event. `remaining` are those not spent, expired or taken back, `held` the part
that redemptions have reserved. They expire at `expires_at`, or after `inactivity` of the customer, a period such as
`P12M`. What the order's changes have taken back are available points (`taken`), used ones that became a debt (`owed`),
and expired ones (`forgiven`)."""
Index(
    "ix_loyalty_lot_open",
    loyalty_lot.c.customer_key,
    sqlite_where=loyalty_lot.c.remaining > 0,
    postgresql_where=loyalty_lot.c.remaining > 0,
)

loyalty_transfer = Table(
    "loyalty_transfer",
    metadata,
    Column("key", Key, primary_key=True),
    Column("customer_key", BigInteger, ForeignKey("customer.key"), nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("lot_key", BigInteger, nullable=False),
    Column("debit", SmallInteger, nullable=False),
    Column("credit", SmallInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    CheckConstraint("points > 0 AND debit <> credit", name="points"),
    Index("ix_loyalty_transfer_customer", "customer_key", "key"),
)
"""The append-only journal: `points` leave the ledger account `debit` and enter `credit`, so that all transfers sum to
zero. Accounts are numbers of `ledger.account.LedgerAccount`; `event_id` is the event that moved the points, `balance`
the customer's points after it without those held."""

loyalty_redemption = Table(
    "loyalty_redemption",
    metadata,
    Column("tenant_id", Integer, primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("customer_key", BigInteger, ForeignKey("customer.key"), nullable=False),
    Column("quantity", BigInteger, CheckConstraint("quantity > 0", name="quantity"), nullable=False),
    Column("starting_balance", BigInteger, nullable=False),
    Column("external_reference", String(256)),
    Column(
        "state",
        String(9),
        CheckConstraint("state IN ('HELD', 'CONFIRMED', 'VOIDED', 'RETURNED')", name="state"),
        nullable=False,
    ),
    Column("draws", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_loyalty_redemption_reference", "customer_key", "external_reference"),
)
"""`draws` are the points taken from each lot, as JSON: `[[lot, points], …]`."""
Index(
    "ix_loyalty_redemption_held",
    loyalty_redemption.c.created_at,
    sqlite_where=loyalty_redemption.c.state == "HELD",
    postgresql_where=loyalty_redemption.c.state == "HELD",
)

loyalty_order = Table(
    "loyalty_order",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("tenant_id", Integer, nullable=False),
    Column("customer_key", BigInteger, nullable=False),
    Column("name_space", String(NAME_SPACE_LENGTH), nullable=False),
    Column("order_id", String(128), nullable=False),
    Column("newest_seq", BigInteger, nullable=False),
    Column("stated_at", BigInteger, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("assessed_at", BigInteger),
    Column("is_standing", Boolean, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Column("spend", BigInteger, nullable=False),
    Column("base_points", BigInteger, nullable=False),
    Column("economy_key", BigInteger),
    Column("facts", Text),
    Column("points_taken", BigInteger, nullable=False),
    Column("debt_incurred", BigInteger, nullable=False),
    Column("points_returned", BigInteger, nullable=False),
    Column("currency", String(3)),
    UniqueConstraint("customer_key", "name_space", "order_id"),
    Index("ix_loyalty_order_order_id", "tenant_id", "order_id"),
)
"""An order, however many events tell of it. `key` is the number of the first, `newest_seq` of the one whose state the
order is in since `stated_at`; `placed_at` is the earliest time of any. `is_standing`: it counts, with `spend` in
`currency` (NULL: not known) and the economy's `base_points`. `assessed_at` is when it was first, and `facts` (JSON)
what it met then. `is_final`: reversed by the call. What was taken and returned is of the last time that it came to
stand at nothing."""
