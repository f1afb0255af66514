"""Bounds of a hand-over after `kill -9`, as the settings of the leases give them; no process is timed."""

from tidings_server.delivery.dispatch import dispatcher, lease_renewer
from tidings_server.delivery.store.leases import SHARED_LEASE_US
from tidings_server.log import ownership
from tidings_server.scheduling.schedules import run_executor
from tidings_server.storage.log.head_reading import FOLLOW_S

HAND_OVER_S = 10.0
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
