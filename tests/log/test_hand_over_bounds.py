"""Bounds of a hand-over, and of a restart of the database, as settings give them; no process is timed."""

from tidings_server.delivery.dispatch import attempt_buffer, dispatcher, lease_renewer, prefetcher
from tidings_server.delivery.store.leases import SHARED_LEASE_US
from tidings_server.log import ownership
from tidings_server.scheduling.schedules import run_executor
from tidings_server.storage.log.head_reading import FOLLOW_S

HAND_OVER_S = 10.0
RETURN_S = 5.0
US = 1_000_000


def test_work_and_all_that_a_dead_process_held_is_taken_within_ten_seconds() -> None:
    taken_s = ownership.TTL_S + ownership.ROUND_S  # a lease that was renewed just before, and the next look of another
    delivery_s = max(taken_s, SHARED_LEASE_US / US) + dispatcher.WATCH_S + FOLLOW_S
    run_s = max(taken_s, run_executor.SHARED_LEASE_S) + run_executor.POLL_S + FOLLOW_S
    assert max(taken_s, delivery_s, run_s) <= HAND_OVER_S


def test_a_lease_outlives_the_loss_of_two_renewals() -> None:
    assert ownership.TRUST_S + ownership.ROUND_S / 2 < ownership.TTL_S
    assert 2 * ownership.ROUND_S < ownership.TTL_S
    assert 3 * lease_renewer.RENEW_S * US < SHARED_LEASE_US
    assert 3 * run_executor.RENEW_S < run_executor.SHARED_LEASE_S


def test_all_that_was_leased_is_sent_within_five_seconds_of_the_databases_return() -> None:
    """Where the process has kept its work, has lost it meanwhile, and where it does not know what it had leased."""
    retry_s = max(attempt_buffer.RETRY_S, prefetcher.RETRY_S)
    kept_s = retry_s + dispatcher.WATCH_S
    retaken_s = max(ownership.RETRY_S, attempt_buffer.RETRY_S) + dispatcher.WATCH_S  # it has given its leases back
    strays_s = retry_s + lease_renewer.RENEW_S + dispatcher.WATCH_S  # an answer was lost with the connection
    forgotten_s = SHARED_LEASE_US / US - ownership.TRUST_S + dispatcher.WATCH_S  # by a dispatcher that has ended since
    assert max(kept_s, retaken_s, strays_s, forgotten_s) <= RETURN_S
