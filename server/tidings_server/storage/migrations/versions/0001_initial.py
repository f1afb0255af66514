"""Make the first schema, that of 0.1.0."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, the head of an empty log and the counters of configuration."""
    op.create_table(
        "captured_mail",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("template_id", sa.String(length=128), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_captured_mail")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_captured_mail_tenant_id_id")),
    )
    op.create_index("ix_captured_mail_tenant", "captured_mail", ["tenant_id", "key"])
    op.create_table(
        "catalogue_customer",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=1024), nullable=False),
        sa.Column("first_name", sa.String(length=1024), nullable=False),
        sa.Column("opt_in", sa.Boolean(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalogue_customer")),
    )
    op.create_table(
        "catalogue_item",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("product_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("price_seq", sa.BigInteger(), nullable=False),
        sa.Column("price_at", sa.BigInteger(), nullable=False),
        sa.Column("first_price", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("restocked_seq", sa.BigInteger(), nullable=False),
        sa.Column("low_seq", sa.BigInteger(), nullable=False),
        sa.Column("best_before", sa.String(length=10), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalogue_item")),
    )
    op.create_index("ix_catalogue_item_best_before", "catalogue_item", ["tenant_id", "best_before"])
    op.create_index("ix_catalogue_item_product", "catalogue_item", ["tenant_id", "product_id"])
    op.create_table(
        "catalogue_order",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=128), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalogue_order")),
    )
    op.create_index("ix_catalogue_order_open", "catalogue_order", ["tenant_id", "is_open", "created_at"])
    op.create_table(
        "catalogue_product",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("best_before", sa.String(length=10), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalogue_product")),
    )
    op.create_index("ix_catalogue_product_best_before", "catalogue_product", ["tenant_id", "best_before"])
    op.create_table(
        "catalogue_stock_level",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "place", name=op.f("pk_catalogue_stock_level")),
    )
    op.create_table(
        "config_version",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_config_version")),
    )
    op.create_table(
        "consumer_cursor",
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_consumer_cursor")),
    )
    op.create_table(
        "customer",
        sa.Column("key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("external_reference", sa.String(length=256), nullable=True),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("lifetime_spend", sa.BigInteger(), nullable=False),
        sa.Column("annual_spend", sa.BigInteger(), nullable=False),
        sa.Column("spend_year", sa.Integer(), nullable=False),
        sa.Column("last_activity_at", sa.BigInteger(), nullable=False),
        sa.Column("next_expiry_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("debt >= 0", name=op.f("ck_customer_debt")),
        sa.CheckConstraint("held BETWEEN 0 AND posted", name=op.f("ck_customer_held")),
        sa.CheckConstraint("posted BETWEEN 0 AND 2147483647", name=op.f("ck_customer_posted")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_customer")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_customer_tenant_id_email")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_customer_tenant_id_id")),
    )
    op.create_index(
        "ix_customer_next_expiry_at",
        "customer",
        ["next_expiry_at"],
        sqlite_where=sa.text("next_expiry_at IS NOT NULL"),
        postgresql_where=sa.text("next_expiry_at IS NOT NULL"),
    )
    op.create_index("ix_customer_tenant", "customer", ["tenant_id", "key"])
    op.create_table(
        "data_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_data_key")),
    )
    op.create_table(
        "entity",
        sa.Column("key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("retailer_id", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("subtype", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=1024), nullable=False),
        sa.Column("ref", sa.String(length=1024), nullable=True),
        sa.Column("root_type", sa.String(length=128), nullable=True),
        sa.Column("root_id", sa.String(length=1024), nullable=True),
        sa.Column("root_ref", sa.String(length=1024), nullable=True),
        sa.Column("status", sa.String(length=128), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("id_hash", sa.BigInteger(), nullable=False),
        sa.Column("ref_hash", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_entity")),
    )
    op.create_index("ix_entity_id_hash", "entity", ["tenant_id", "id_hash"])
    op.create_index("ix_entity_ref_hash", "entity", ["tenant_id", "ref_hash"])
    op.create_index("ix_entity_status", "entity", ["tenant_id", "type", "status", "key"])
    op.create_index("ix_entity_tenant", "entity", ["tenant_id", "key"])
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("data_source", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'DONE') = (sealed IS NULL)", name=op.f("ck_erasure_forgotten")),
        sa.CheckConstraint("state IN ('RUNNING', 'DONE')", name=op.f("ck_erasure_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_state", "erasure", ["state"])
    op.create_table(
        "event",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("api", sa.SmallInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("entity_type", sa.String(length=128), nullable=True),
        sa.Column("entity_id", sa.String(length=1024), nullable=True),
        sa.Column("entity_ref", sa.String(length=1024), nullable=True),
        sa.Column("root_type", sa.String(length=128), nullable=True),
        sa.Column("root_id", sa.String(length=1024), nullable=True),
        sa.Column("root_ref", sa.String(length=1024), nullable=True),
        sa.Column("retailer_id", sa.String(length=128), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=1024), nullable=True),
        sa.Column("category", sa.String(length=128), nullable=True),
        sa.Column("type", sa.String(length=128), nullable=True),
        sa.Column("source", sa.String(length=128), nullable=True),
        sa.Column("actor", sa.String(length=255), nullable=True),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column("traceparent", sa.String(length=64), nullable=True),
        sa.Column("hops", sa.SmallInteger(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("tenant_id", "api", "event_id", name=op.f("uq_event_tenant_id_api_event_id")),
    )
    op.create_table(
        "event_count",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "hour", "topic", name=op.f("pk_event_count")),
    )
    op.create_table(
        "event_outcome",
        sa.Column("number", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("workflow", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("ruleset", sa.String(length=1024), nullable=True),
        sa.Column("entity_key", sa.BigInteger(), nullable=True),
        sa.Column("entity_id", sa.String(length=1024), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("audits", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('NO_MATCH', 'SUCCESS', 'FAILED', 'COMPLETE')", name=op.f("ck_event_outcome_status")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_outcome")),
        sa.UniqueConstraint("seq", name=op.f("uq_event_outcome_seq")),
    )
    op.create_index("ix_event_outcome_entity", "event_outcome", ["entity_key", "seq"])
    op.create_table(
        "failed_event",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=1200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=1024), nullable=False),
        sa.CheckConstraint("state IN ('QUEUED', 'DEAD')", name=op.f("ck_failed_event_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_event")),
        sa.UniqueConstraint("consumer", "seq", name=op.f("uq_failed_event_consumer_seq")),
    )
    op.create_index("ix_failed_event_due", "failed_event", ["consumer", "state", "due_at"])
    op.create_index("ix_failed_event_queue", "failed_event", ["consumer", "state", "key", "seq"])
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=36), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answer_metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "method", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_table(
        "log_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "loyalty_assessment",
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("rule_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("assessed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_seq", "rule_key", name=op.f("pk_loyalty_assessment")),
    )
    op.create_index("ix_loyalty_assessment_rule", "loyalty_assessment", ["rule_key", "event_seq"])
    op.create_table(
        "loyalty_counter",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("name_space", sa.String(length=256), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("last_day_events", sa.BigInteger(), nullable=False),
        sa.Column("last_day_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_key", "kind", "name_space", name=op.f("pk_loyalty_counter")),
    )
    op.create_table(
        "loyalty_customer_event",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_key", "event_seq", name=op.f("pk_loyalty_customer_event")),
    )
    op.create_table(
        "loyalty_daily_counter",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("name_space", sa.String(length=256), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_key", "kind", "name_space", "day", name=op.f("pk_loyalty_daily_counter")),
    )
    op.create_table(
        "loyalty_fulfilment_failure",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("rule_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("fulfilments", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=1024), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.Column("retried_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name=op.f("pk_loyalty_fulfilment_failure")),
    )
    op.create_index("ix_loyalty_fulfilment_failure_event", "loyalty_fulfilment_failure", ["event_seq"])
    op.create_index("ix_loyalty_fulfilment_failure_tenant", "loyalty_fulfilment_failure", ["tenant_id", "failed_at"])
    op.create_table(
        "loyalty_order",
        sa.Column("key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("name_space", sa.String(length=256), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("newest_seq", sa.BigInteger(), nullable=False),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("assessed_at", sa.BigInteger(), nullable=True),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=False),
        sa.Column("base_points", sa.BigInteger(), nullable=False),
        sa.Column("economy_key", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("points_taken", sa.BigInteger(), nullable=False),
        sa.Column("debt_incurred", sa.BigInteger(), nullable=False),
        sa.Column("points_returned", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_loyalty_order")),
        sa.UniqueConstraint(
            "customer_key", "name_space", "order_id", name=op.f("uq_loyalty_order_customer_key_name_space_order_id")
        ),
    )
    op.create_index("ix_loyalty_order_order_id", "loyalty_order", ["tenant_id", "order_id"])
    op.create_table(
        "loyalty_rule",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=True),
        sa.Column("effective_to", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_condition_error", sa.String(length=1024), nullable=False),
        sa.Column("last_condition_error_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('RULE', 'ECONOMY')", name=op.f("ck_loyalty_rule_kind")),
        sa.CheckConstraint(
            "status IN ('CONFIGURE', 'TEST', 'ACTIVE', 'INACTIVE', 'ARCHIVED')", name=op.f("ck_loyalty_rule_status")
        ),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_from IS NULL OR effective_from < effective_to",
            name=op.f("ck_loyalty_rule_range"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_loyalty_rule")),
        sa.UniqueConstraint("tenant_id", "kind", "id", name=op.f("uq_loyalty_rule_tenant_id_kind_id")),
    )
    op.create_index("ix_loyalty_rule_tenant", "loyalty_rule", ["tenant_id", "kind", "key"])
    op.create_table(
        "loyalty_segment_grant",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("segment", sa.String(length=128), nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("customer_key", "segment", "source", name=op.f("pk_loyalty_segment_grant")),
    )
    op.create_table(
        "process",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
    )
    op.create_table(
        "relay_checkpoint",
        sa.Column("stream", sa.String(length=64), nullable=False),
        sa.Column("stream_seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rewinds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_relay_checkpoint")),
    )
    op.create_table(
        "schedule",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("timing", sa.Text(), nullable=True),
        sa.Column("catch_up", sa.String(length=8), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.String(length=8), nullable=False),
        sa.Column("jitter_s", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('JOB', 'EVENT')", name=op.f("ck_schedule_kind")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_next_at", "schedule", ["next_at"])
    op.create_table(
        "scheduled_event",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("cause_seq", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name=op.f("pk_scheduled_event")),
    )
    op.create_index("ix_scheduled_event_due_at", "scheduled_event", ["due_at"])
    op.create_table(
        "sent_notification",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "item_id", "kind", name=op.f("pk_sent_notification")),
    )
    op.create_table(
        "server_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_key")),
    )
    op.create_table(
        "shared_count",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("process", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "process", name=op.f("pk_shared_count")),
    )
    op.create_table(
        "subscription",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("api", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.Column("entity_type", sa.String(length=128), nullable=True),
        sa.Column("on_create", sa.Boolean(), nullable=False),
        sa.Column("on_change", sa.Boolean(), nullable=False),
        sa.Column("on_delete", sa.Boolean(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("app_id", sa.String(length=255), nullable=False),
        sa.Column("no_callback", sa.Boolean(), nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.String(length=8), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("access_key", sa.String(length=255), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("ordered_max_wait_s", sa.Integer(), nullable=False),
        sa.Column("max_concurrency", sa.Integer(), nullable=False),
        sa.Column("max_per_second", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("pause_reason", sa.String(length=16), nullable=True),
        sa.Column("ping_error", sa.String(length=255), nullable=True),
        sa.Column("inactive_reason", sa.String(length=255), nullable=False),
        sa.Column("last_condition_error", sa.String(length=1024), nullable=False),
        sa.Column("last_condition_error_at", sa.BigInteger(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "destination IN ('SQS', 'SNS', 'WEBHOOK', 'MAIL')", name=op.f("ck_subscription_destination")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subscription")),
        sa.UniqueConstraint("tenant_id", "api", "id", name=op.f("uq_subscription_tenant_id_api_id")),
    )
    op.create_table(
        "tenant",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'DELETING')", name=op.f("ck_tenant_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tenant")),
        sa.UniqueConstraint("id", name=op.f("uq_tenant_id")),
        sa.UniqueConstraint("name", name=op.f("uq_tenant_name")),
    )
    op.create_table(
        "tenant_usage",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_usage")),
    )
    op.create_table(
        "wishlist_item",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("lists", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "item_id", name=op.f("pk_wishlist_item")),
    )
    op.create_table(
        "work_lease",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_work_lease")),
    )
    op.create_table(
        "workflow",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("entity_type", sa.String(length=128), nullable=False),
        sa.Column("entity_subtype", sa.String(length=128), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_workflow")),
        sa.UniqueConstraint(
            "tenant_id", "entity_type", "entity_subtype", name=op.f("uq_workflow_tenant_id_entity_type_entity_subtype")
        ),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_workflow_tenant_id_name")),
    )
    op.create_table(
        "credential",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("old_secret_hash", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.String(length=128), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("application", sa.String(length=255), nullable=True),
        sa.Column("frame_origin", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('CLIENT', 'USER', 'API_KEY', 'STORE_KEY', 'USER_TOKEN', 'OPERATOR', 'PORTAL')",
            name=op.f("ck_credential_kind"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.number"], name=op.f("fk_credential_tenant_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_credential")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_credential_kind_name")),
    )
    op.create_table(
        "customer_segment",
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("segment", sa.String(length=128), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["customer_key"], ["customer.key"], name=op.f("fk_customer_segment_customer_key")),
        sa.PrimaryKeyConstraint("customer_key", "segment", name=op.f("pk_customer_segment")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("subscription_key", BIG_KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("replay_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tries_from", sa.BigInteger(), nullable=True),
        sa.Column("order_key", sa.String(length=1200), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint("state IN ('PENDING', 'SUCCEEDED', 'EXPIRED')", name=op.f("ck_delivery_state")),
        sa.CheckConstraint("priority IN (0, 1)", name=op.f("ck_delivery_priority")),
        sa.ForeignKeyConstraint(["subscription_key"], ["subscription.key"], name=op.f("fk_delivery_subscription_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "subscription_key", "seq", "replay_id", name=op.f("uq_delivery_subscription_key_seq_replay_id")
        ),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["priority", "subscription_key", "due_at"],
        sqlite_where=sa.text("state = 'PENDING'"),
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "ix_delivery_expired",
        "delivery",
        ["subscription_key", "updated_at"],
        sqlite_where=sa.text("state = 'EXPIRED'"),
        postgresql_where=sa.text("state = 'EXPIRED'"),
    )
    op.create_index(
        "ix_delivery_order",
        "delivery",
        ["subscription_key", "order_key", "seq"],
        sqlite_where=sa.text("state = 'PENDING' AND order_key IS NOT NULL"),
        postgresql_where=sa.text("state = 'PENDING' AND order_key IS NOT NULL"),
    )
    op.create_index("ix_delivery_seq", "delivery", ["seq"])
    op.create_index("ix_delivery_tenant", "delivery", ["tenant_id", "id"])
    op.create_table(
        "delivery_count",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subscription_key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_key"], ["subscription.key"], name=op.f("fk_delivery_count_subscription_key")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "hour", "subscription_key", name=op.f("pk_delivery_count")),
    )
    op.create_table(
        "endpoint_alert",
        sa.Column("subscription_key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("is_exhausted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_key"], ["subscription.key"], name=op.f("fk_endpoint_alert_subscription_key")
        ),
        sa.PrimaryKeyConstraint("subscription_key", name=op.f("pk_endpoint_alert")),
    )
    op.create_table(
        "issuer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=1024), nullable=False),
        sa.Column("audience", sa.String(length=255), nullable=False),
        sa.Column("jwks_url", sa.String(length=2048), nullable=False),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.Column("retailer_claim", sa.String(length=128), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.number"], name=op.f("fk_issuer_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer")),
        sa.UniqueConstraint("issuer", "audience", name=op.f("uq_issuer_issuer_audience")),
    )
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("schedule_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("notification", sa.String(length=16), nullable=False),
        sa.Column("number_of_items", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.String(length=128), nullable=False),
        sa.Column("utm_medium", sa.String(length=1024), nullable=False),
        sa.Column("campaign_id", sa.String(length=1024), nullable=False),
        sa.Column("schedule", sa.String(length=1024), nullable=False),
        sa.Column("schedule_expression", sa.String(length=1024), nullable=False),
        sa.Column("time_zone", sa.String(length=128), nullable=False),
        sa.Column("catch_up", sa.String(length=8), nullable=False),
        sa.Column("catch_up_window_s", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.String(length=8), nullable=False),
        sa.Column("jitter_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "notification IN ('REMINDER', 'PRICE_DROP', 'LOW_STOCK', 'BACK_IN_STOCK')", name=op.f("ck_job_notification")
        ),
        sa.ForeignKeyConstraint(["schedule_key"], ["schedule.key"], name=op.f("fk_job_schedule_key")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job")),
        sa.UniqueConstraint("schedule_key", name=op.f("uq_job_schedule_key")),
    )
    op.create_table(
        "loyalty_lot",
        sa.Column("key", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("rule_key", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=True),
        sa.Column("order_key", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("inactivity", sa.String(length=8), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("forgiven", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "held BETWEEN 0 AND remaining AND expired BETWEEN 0 AND points - remaining",
            name=op.f("ck_loyalty_lot_held"),
        ),
        sa.CheckConstraint("points > 0 AND remaining BETWEEN 0 AND points", name=op.f("ck_loyalty_lot_points")),
        sa.CheckConstraint(
            "taken >= 0 AND owed >= 0 AND forgiven >= 0 AND taken + owed + forgiven <= points",
            name=op.f("ck_loyalty_lot_taken"),
        ),
        sa.ForeignKeyConstraint(["customer_key"], ["customer.key"], name=op.f("fk_loyalty_lot_customer_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_loyalty_lot")),
        sa.UniqueConstraint("event_seq", "rule_key", name=op.f("uq_loyalty_lot_event_seq_rule_key")),
    )
    op.create_index(
        "ix_loyalty_lot_open",
        "loyalty_lot",
        ["customer_key"],
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index("ix_loyalty_lot_order", "loyalty_lot", ["customer_key", "order_id"])
    op.create_table(
        "loyalty_redemption",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("starting_balance", sa.BigInteger(), nullable=False),
        sa.Column("external_reference", sa.String(length=256), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("draws", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('HELD', 'CONFIRMED', 'VOIDED', 'RETURNED')", name=op.f("ck_loyalty_redemption_state")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_loyalty_redemption_quantity")),
        sa.ForeignKeyConstraint(["customer_key"], ["customer.key"], name=op.f("fk_loyalty_redemption_customer_key")),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name=op.f("pk_loyalty_redemption")),
    )
    op.create_index(
        "ix_loyalty_redemption_held",
        "loyalty_redemption",
        ["created_at"],
        sqlite_where=sa.text("state = 'HELD'"),
        postgresql_where=sa.text("state = 'HELD'"),
    )
    op.create_index("ix_loyalty_redemption_reference", "loyalty_redemption", ["customer_key", "external_reference"])
    op.create_table(
        "loyalty_transfer",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("customer_key", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("lot_key", sa.BigInteger(), nullable=False),
        sa.Column("debit", sa.SmallInteger(), nullable=False),
        sa.Column("credit", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0 AND debit <> credit", name=op.f("ck_loyalty_transfer_points")),
        sa.ForeignKeyConstraint(["customer_key"], ["customer.key"], name=op.f("fk_loyalty_transfer_customer_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_loyalty_transfer")),
    )
    op.create_index("ix_loyalty_transfer_customer", "loyalty_transfer", ["customer_key", "key"])
    op.create_table(
        "recovery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("subscription_key", BIG_KEY, nullable=True),
        sa.Column("application", sa.String(length=255), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("error_type", sa.String(length=64), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("at_subscription", BIG_KEY, nullable=False),
        sa.Column("at_expired", sa.BigInteger(), nullable=False),
        sa.Column("at_delivery", BIG_KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("cancelled", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('QUEUEING', 'SENDING', 'DONE', 'CANCELLED')", name=op.f("ck_recovery_state")),
        sa.ForeignKeyConstraint(["subscription_key"], ["subscription.key"], name=op.f("fk_recovery_subscription_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
    )
    op.create_index("ix_recovery_tenant", "recovery", ["tenant_id", "created_at"])
    op.create_table(
        "replay",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("subscription_key", BIG_KEY, nullable=False),
        sa.Column("is_start", sa.Boolean(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint("state IN ('RUNNING', 'DONE', 'FAILED')", name=op.f("ck_replay_state")),
        sa.ForeignKeyConstraint(["subscription_key"], ["subscription.key"], name=op.f("fk_replay_subscription_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
    )
    op.create_index(
        "ix_replay_open",
        "replay",
        ["subscription_key"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "retailer",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.number"], name=op.f("fk_retailer_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_retailer")),
    )
    op.create_table(
        "schedule_run",
        sa.Column("key", BIG_KEY, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("schedule_key", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=8), nullable=False),
        sa.Column("cause_number", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("mailed", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=1024), nullable=False),
        sa.Column("cause_id", sa.String(length=128), nullable=True),
        sa.Column("hops", sa.SmallInteger(), nullable=False),
        sa.Column("root_id", sa.String(length=128), nullable=True),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('WAITING', 'RUNNING')) = (due_at IS NOT NULL)", name=op.f("ck_schedule_run_due")
        ),
        sa.CheckConstraint("cause IN ('TIME', 'EVENT', 'MANUAL')", name=op.f("ck_schedule_run_cause")),
        sa.CheckConstraint(
            "state IN ('WAITING', 'RUNNING', 'DONE', 'SKIPPED', 'FAILED')", name=op.f("ck_schedule_run_state")
        ),
        sa.ForeignKeyConstraint(["schedule_key"], ["schedule.key"], name=op.f("fk_schedule_run_schedule_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint(
            "schedule_key", "cause", "cause_number", name=op.f("uq_schedule_run_schedule_key_cause_cause_number")
        ),
    )
    op.create_index("ix_schedule_run_active", "schedule_run", ["schedule_key", "due_at"])
    op.create_index("ix_schedule_run_due_at", "schedule_run", ["due_at"])
    op.create_index("ix_schedule_run_id", "schedule_run", ["id"])
    op.create_index("ix_schedule_run_newest", "schedule_run", ["schedule_key", "key"])
    op.create_index("ix_schedule_run_root", "schedule_run", ["tenant_id", "root_id"])
    op.create_table(
        "store",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.number"], name=op.f("fk_store_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
    )
    op.create_table(
        "tenant_quota",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events_per_second", sa.Integer(), nullable=True),
        sa.Column("subscriptions", sa.Integer(), nullable=True),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.number"], name=op.f("fk_tenant_quota_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_quota")),
    )
    op.create_table(
        "workflow_version",
        sa.Column("workflow_key", BIG_KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["workflow_key"], ["workflow.key"], name=op.f("fk_workflow_version_workflow_key")),
        sa.PrimaryKeyConstraint("workflow_key", "number", name=op.f("pk_workflow_version")),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("delivery_id", BIG_KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=9), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error_type", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attempt")),
    )
    op.create_table(
        "recovery_item",
        sa.Column("recovery_id", sa.String(length=36), nullable=False),
        sa.Column("delivery_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recovery_id"], ["recovery.id"], name=op.f("fk_recovery_item_recovery_id")),
        sa.PrimaryKeyConstraint("recovery_id", "delivery_id", name=op.f("pk_recovery_item")),
    )
    op.create_index("ix_recovery_item_delivery", "recovery_item", ["delivery_id"])
    op.create_table(
        "store_scheduled_event",
        sa.Column("store_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("schedule_key", sa.BigInteger(), nullable=False),
        sa.Column("trigger_type", sa.String(length=8), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("action_type", sa.String(length=32), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("reserved_id", sa.String(length=36), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["schedule_key"], ["schedule.key"], name=op.f("fk_store_scheduled_event_schedule_key")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_store_scheduled_event_store_id")),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_store_scheduled_event")),
        sa.UniqueConstraint("schedule_key", name=op.f("uq_store_scheduled_event_schedule_key")),
        sa.UniqueConstraint("store_id", "reserved_id", name=op.f("uq_store_scheduled_event_store_id_reserved_id")),
    )
    op.create_index("ix_store_scheduled_event_trigger", "store_scheduled_event", ["tenant_id", "trigger_type"])

    op.bulk_insert(
        sa.table("log_head", sa.column("id"), sa.column("seq"), sa.column("recorded_at")),
        [{"id": 1, "seq": 0, "recorded_at": 0}],
    )
    op.bulk_insert(
        sa.table("config_version", sa.column("kind"), sa.column("version")),
        [
            {"kind": "subscriptions", "version": 0},
            {"kind": "credentials", "version": 0},
            {"kind": "workflows", "version": 0},
            {"kind": "outcomes", "version": 0},
            {"kind": "tenant_numbers", "version": 0},
            {"kind": "redactions", "version": 0},
            {"kind": "loyalty", "version": 0},
            {"kind": "schedules", "version": 0},
        ],
    )
    if op.get_bind().dialect.name == "postgresql":
        _search()


def _search() -> None:
    """The search projection, which on SQLite is a file of its own."""
    op.create_table(
        "search_cursor",
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_search_cursor")),
    )
    op.create_table(
        "search_event",
        sa.Column("seq", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("family", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_search_event")),
    )
    op.create_index("ix_search_event_entity", "search_event", ["tenant_id", "entity", "seq"])
    op.create_index("ix_search_event_family", "search_event", ["tenant_id", "family", "seq"])
    op.create_index("ix_search_event_tenant", "search_event", ["tenant_id", "seq"])
    op.create_index("ix_search_event_topic", "search_event", ["tenant_id", "topic", "seq"])
    op.create_table(
        "search_record",
        sa.Column("position", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("retailer", sa.BigInteger(), nullable=False),
        sa.Column("entity_type", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        sa.Column("entity_ref", sa.BigInteger(), nullable=True),
        sa.Column("root_type", sa.BigInteger(), nullable=True),
        sa.Column("root_id", sa.BigInteger(), nullable=True),
        sa.Column("root_ref", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_search_record")),
    )
    op.create_index("ix_search_record_at", "search_record", ["tenant_id", "at", "position", "retailer", "type"])
    op.create_index(
        "ix_search_record_category", "search_record", ["tenant_id", "category", "at", "position", "retailer", "type"]
    )
    op.create_index(
        "ix_search_record_entity_id",
        "search_record",
        ["tenant_id", "entity_id", "at", "position", "entity_type"],
        sqlite_where=sa.text("entity_id IS NOT NULL"),
        postgresql_where=sa.text("entity_id IS NOT NULL"),
    )
    op.create_index(
        "ix_search_record_entity_ref",
        "search_record",
        ["tenant_id", "entity_ref", "at", "position", "entity_type"],
        sqlite_where=sa.text("entity_ref IS NOT NULL"),
        postgresql_where=sa.text("entity_ref IS NOT NULL"),
    )
    op.create_index(
        "ix_search_record_name", "search_record", ["tenant_id", "name", "at", "position", "retailer", "type"]
    )
    op.create_index(
        "ix_search_record_root_id",
        "search_record",
        ["tenant_id", "root_id", "at", "position", "root_type"],
        sqlite_where=sa.text("root_id IS NOT NULL"),
        postgresql_where=sa.text("root_id IS NOT NULL"),
    )
    op.create_index(
        "ix_search_record_root_ref",
        "search_record",
        ["tenant_id", "root_ref", "at", "position", "root_type"],
        sqlite_where=sa.text("root_ref IS NOT NULL"),
        postgresql_where=sa.text("root_ref IS NOT NULL"),
    )
    op.create_index(
        "ix_search_record_status", "search_record", ["tenant_id", "status", "at", "position", "retailer", "type"]
    )
