"""Functions of store/ whose statements keep to no tenant, and why that is right. Everything else names one."""

from collections.abc import Iterator, Mapping

WORKER = "a worker's: it serves all tenants, and no caller sees what it reads"
NOBODY_YET = "asked before it is known who asks: a credential is found by its own name"
OPERATORS = "the operator's, who is above tenants"
BY_PARENT = "by the key of a row that was found under its tenant in the same use case"
BY_STORE = "by a store's id, which is unique among all tenants, and the caller's own"
POSITIONS = "tells positions and times of the log, nothing of its events"

_REASONS: Mapping[str, tuple[str, ...]] = {
    WORKER: (
        # A module without a function is all of it.
        "attempts",
        "claiming",
        "confirmations",
        "deliveries",
        "quotas",
        "reactors",
        "replays",
        "retention",
        "loyalty_accounts.due",
        "loyalty_waiting.behind",
        "outcomes.after",
        "schedule_runs.active",
        "schedule_runs.end",
        "schedule_runs.forget",
        "schedule_runs.held",
        "schedule_runs.keep",
        "schedule_runs.next_due",
        "schedule_runs.release",
        "schedule_runs.take",
        "scheduled.next_due",
        "schedules.due",
        "schedules.get",
        "schedules.hold",
        "schedules.move",
        "schedules.next_due",
        "search.envelopes",
        "search_records.envelopes",
        "search_records.envelopes_at",
    ),
    NOBODY_YET: ("identity._credential", "identity.credentials_by_key"),
    OPERATORS: (
        "credentials.get",
        "credentials.next_user_id",
        "credentials.page",
        "identity.replace_secret",
        "identity.revoke_credential",
        "log.ids_at",
        "persons",
        "premises.find_store",
        "premises.last_store",
    ),
    BY_STORE: ("store_events.next_id", "store_events.remove"),
    BY_PARENT: (
        "log._read",  # positions that the projection found under the tenant; a feed reads for all
        "log.at",
        "pages.page",  # deliveries of one subscription
        "customers.change",
        "loyalty_accounts.by_keys",
        "loyalty_accounts.lock",
        "loyalty_assessments.open_failures",
        "loyalty_assessments.page",
        "loyalty_lots.by_keys",
        "loyalty_lots.count",
        "loyalty_lots.history",
        "loyalty_lots.journal",
        "loyalty_lots.of_order",
        "loyalty_lots.open_lots",
        "loyalty_orders.redeemed_for",
        "loyalty_orders.settle",
        "loyalty_rules.by_keys",
        "loyalty_rules.change",
        "loyalty_rules.note_condition_error",
        "outcomes.of",
        "outcomes.touching",
        "outcomes.with_audits",
        "push_deliveries._is_longer",
        "redeliveries.expired",
        "redeliveries.fates",
        "schedule_runs.find",
        "schedule_runs.page",
        "schedules.change",
        "subscriptions.by_keys",
        "subscriptions.note_condition_error",
        "workflows.activate",
    ),
    POSITIONS: ("log.locate",),
}


def is_across(origin: str) -> bool:
    """Whether a statement of this function (`module.function`) may keep to no tenant."""
    return bool({origin, origin.partition(".")[0]} & _ACROSS.keys())


def _by_function() -> Iterator[tuple[str, str]]:
    for reason, functions in _REASONS.items():
        yield from ((function, reason) for function in functions)


_ACROSS: Mapping[str, str] = dict(_by_function())
