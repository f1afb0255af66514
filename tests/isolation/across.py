"""Functions of stores whose statements keep to no tenant, and why that is right. Everything else names one."""

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from tidings_server.delivery.store import attempts as delivery_attempts
from tidings_server.delivery.store import confirmations as delivery_confirmations
from tidings_server.delivery.store import deliveries as delivery_deliveries
from tidings_server.delivery.store import delivery_counts, delivery_history
from tidings_server.delivery.store import lease_renewal as delivery_lease_renewal
from tidings_server.delivery.store import leases as delivery_leases
from tidings_server.delivery.store import recoveries as delivery_recoveries
from tidings_server.delivery.store import redeliveries as delivery_redeliveries
from tidings_server.delivery.store import replays as delivery_replays
from tidings_server.delivery.store import subscriptions as delivery_subscriptions
from tidings_server.delivery.store.retention import DeliveryRetention
from tidings_server.identity.store import credentials as identity_credentials
from tidings_server.identity.store import quotas as identity_quotas
from tidings_server.identity.store import retailers_and_stores as identity_retailers_and_stores
from tidings_server.identity.store import tenants as identity_tenants
from tidings_server.log.store import event_counts as log_event_counts
from tidings_server.log.store import failed_events as log_failed_events
from tidings_server.log.store import retention as log_retention
from tidings_server.log.store.cursors import CursorTable
from tidings_server.log.store.retention import ConsumerRetention
from tidings_server.loyalty.store import assessments as loyalty_assessments
from tidings_server.loyalty.store import customers as loyalty_customers
from tidings_server.loyalty.store import fulfilment_failures as loyalty_fulfilment_failures
from tidings_server.loyalty.store import lots as loyalty_lots
from tidings_server.loyalty.store import pending_events as loyalty_pending_events
from tidings_server.loyalty.store import profiles as loyalty_profiles
from tidings_server.loyalty.store import redemptions as loyalty_redemptions
from tidings_server.loyalty.store import rules as loyalty_rules
from tidings_server.privacy.store import persons as privacy_persons
from tidings_server.push.store import deliveries as push_deliveries
from tidings_server.push.store import pages as push_pages
from tidings_server.rpc.store import idempotency as rpc_idempotency
from tidings_server.scheduling.store import run_leases as scheduling_run_leases
from tidings_server.scheduling.store import runs as scheduling_runs
from tidings_server.scheduling.store import scheduled_events as scheduling_scheduled_events
from tidings_server.scheduling.store import schedules as scheduling_schedules
from tidings_server.storage.log import events as log_events
from tidings_server.storage.log import head_reading
from tidings_server.workflow.store import outcomes as workflow_outcomes
from tidings_server.workflow.store import scheduled_events as workflow_scheduled_events
from tidings_server.workflow.store import search as workflow_search
from tidings_server.workflow.store import workflows as workflow_workflows

WORKER = "a worker's: it serves all tenants, and no caller sees what it reads"
NOBODY_YET = "asked before it is known who asks: a credential is found by its own name"
OPERATORS = "the operator's, who is above tenants"
BY_PARENT = "by the key of a row that was found under its tenant in the same use case"
BY_STORE = "by a store's id, which is unique among all tenants, and the caller's own"
POSITIONS = "tells positions and times of the log, nothing of its events"

_REASONS: Mapping[str, tuple[ModuleType | Callable[..., Any], ...]] = {
    WORKER: (
        # A module without a function is all of it.
        delivery_attempts,
        delivery_leases,
        delivery_lease_renewal,
        delivery_confirmations,
        delivery_deliveries,
        identity_quotas,
        CursorTable,
        log_failed_events,
        ConsumerRetention,
        DeliveryRetention,
        delivery_replays,
        delivery_recoveries.unfinished,
        delivery_counts.add,
        delivery_counts.remove,
        log_event_counts.add,
        log_event_counts.remove,
        log_retention,
        loyalty_customers.with_due_points,
        loyalty_pending_events.pending,
        workflow_outcomes.after,
        rpc_idempotency.older,
        rpc_idempotency.remove_all,
        scheduling_runs.active,
        scheduling_runs.first_active,
        scheduling_run_leases.complete,
        scheduling_runs.old,
        scheduling_runs.delete_all,
        scheduling_run_leases.lock_leased,
        scheduling_run_leases.extend_lease,
        scheduling_run_leases.next_due,
        scheduling_run_leases.release_leases,
        scheduling_run_leases.due_keys,
        scheduling_run_leases._due,
        scheduling_run_leases._shared_keys,
        scheduling_run_leases.renew,
        scheduling_run_leases.take,
        workflow_scheduled_events.next_due,
        scheduling_schedules.due,
        scheduling_schedules.get,
        scheduling_schedules.lock,
        scheduling_schedules.set_next_at,
        scheduling_schedules.next_due,
        log_events.headers,
        head_reading.follow_writes,  # the look of all workers: whether and when there is work
        workflow_search.envelopes_at,
    ),
    NOBODY_YET: (identity_tenants._credential, identity_tenants.credentials_by_key),
    OPERATORS: (
        identity_credentials.get,
        identity_credentials.next_user_id,
        identity_credentials.page,
        identity_credentials.remove_ended_portals,
        identity_tenants.replace_secret,
        identity_tenants.revoke_credential,
        log_events.ids_at,
        privacy_persons,
        identity_retailers_and_stores.find_store,
        identity_retailers_and_stores.last_store,
    ),
    BY_STORE: (scheduling_scheduled_events.next_id, scheduling_scheduled_events.remove),
    BY_PARENT: (
        log_events.page,  # a feed reads for all
        log_events.at,  # positions that the projection found under the tenant
        push_pages.fetch_page,  # deliveries of one subscription
        delivery_history.events,
        delivery_history.page,
        loyalty_profiles.change,
        loyalty_customers.by_keys,
        loyalty_customers.lock,
        loyalty_fulfilment_failures.not_retried,
        loyalty_assessments.page,
        delivery_history.events,
        delivery_history.page,
        loyalty_lots.by_keys,
        loyalty_lots.count,
        loyalty_lots.history,
        loyalty_lots.journal,
        loyalty_lots.of_order,
        loyalty_lots.open_lots,
        loyalty_redemptions.by_reference,
        loyalty_redemptions.held_before,
        loyalty_redemptions.settle,
        loyalty_rules.by_keys,
        loyalty_rules.change,
        loyalty_rules.record_condition_error,
        workflow_outcomes.of,
        workflow_outcomes.touching,
        workflow_outcomes.with_audits,
        push_deliveries._has_unscanned,
        delivery_redeliveries.expired,
        delivery_redeliveries.predecessors,
        delivery_redeliveries.due_before,
        delivery_redeliveries.bring_forward,
        delivery_redeliveries.delivery_states,
        scheduling_runs.find,
        scheduling_runs.page,
        scheduling_schedules.change,
        delivery_subscriptions.by_keys,
        delivery_subscriptions.note_condition_error,
        delivery_subscriptions.end_pause,
        workflow_workflows.activate,
    ),
    POSITIONS: (log_events.locate,),
}


def is_across(origin: str) -> bool:
    """Whether a statement of this function (its module and qualified name) may keep to no tenant."""
    return bool({origin, origin.rpartition(".")[0]} & _ACROSS)


def _names() -> Iterator[str]:
    for allowed in _REASONS.values():
        yield from (
            each.__name__ if isinstance(each, ModuleType) else f"{each.__module__}.{each.__qualname__}"
            for each in allowed
        )


_ACROSS = frozenset(_names())
