"""Turns and limits of subscriptions."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tidings_server.delivery.dispatch.endpoint_health import EndpointHealth
from tidings_server.delivery.dispatch.fair_queue import FairQueue
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.store.attempts import Pause
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import ReadySubscription
from tidings_server.delivery.store.subscriptions import PauseReason

SECOND = 1_000_000
OK = Outcome(OutcomeKind.DELIVERED, 200)
FAILED = Outcome(OutcomeKind.RETRY, 500)
TOO_LARGE = Outcome(OutcomeKind.EXPIRED)


@dataclass(frozen=True)
class Member:
    tenant_id: int
    number: int


@given(st.lists(st.builds(Member, st.integers(0, 4), st.integers(0, 20)), unique=True))
def test_everyone_gets_one_turn_and_tenants_alternate(members: list[Member]) -> None:
    queue: FairQueue[Member] = FairQueue()
    for member in [*members, *members]:
        queue.add(member)
    turns = [queue.take() for _ in members]
    assert queue.take() is None
    assert Counter(turns) == Counter(members)
    tenants = {member.tenant_id for member in members}
    assert {turn.tenant_id for turn in turns[: len(tenants)] if turn} == tenants


def health(*, is_failing: bool = False, max_concurrency: int = 32, max_per_second: int = 0) -> EndpointHealth:
    return EndpointHealth(
        ReadySubscription(1, 1, Priority.FIRST, 0, 1 if is_failing else None, max_concurrency, max_per_second)
    )


def finish(subject: EndpointHealth, *outcomes: Outcome, now: int = 0) -> Pause | None:
    subject.started(len(outcomes))
    return subject.finished(outcomes, started_at=now, now=now, policy=RetryPolicy(), uniform=max)


def test_concurrency_halves_with_failures_and_grows_with_successes() -> None:
    subject = health()
    slots = [subject.slots]
    for outcome in (OK, OK, FAILED, FAILED, FAILED, OK, OK):
        finish(subject, outcome)
        slots.append(subject.slots)
    assert slots == [4, 5, 6, 3, 1, 1, 2, 3]


def test_three_failures_in_a_row_make_it_failing_and_one_success_mends_it() -> None:
    subject = health()
    for outcome, expected in [(FAILED, False), (FAILED, False), (OK, False), (FAILED, False), (FAILED, False)]:
        finish(subject, outcome)
        assert subject.is_failing is expected
    finish(subject, FAILED)
    assert subject.is_failing
    finish(subject, OK, FAILED)
    assert not subject.is_failing


def test_an_endpoint_that_failed_before_a_restart_is_still_failing() -> None:
    subject = health(is_failing=True)
    assert subject.is_failing
    assert subject.slots == 1


def test_a_message_that_is_too_large_is_not_the_endpoints_fault() -> None:
    subject = health()
    for _ in range(5):
        finish(subject, TOO_LARGE)
    assert (subject.slots, subject.is_failing) == (4, False)


@given(st.integers(1, 1_000), st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 10)), max_size=50))
def test_never_more_than_the_rate_and_one_seconds_worth(rate: int, steps: list[tuple[int, int]]) -> None:
    subject, now, sent = health(max_per_second=rate), 0, 0
    for pause, wanted in steps:
        now += pause
        taken = min(wanted, subject.grant(now))
        if taken:
            subject.started(taken)
            sent += taken
        assert sent <= rate + now / SECOND * rate + 1e-6


def test_a_pause_is_as_long_as_the_receiver_requested() -> None:
    subject = health()
    throttled = Outcome(OutcomeKind.RETRY, 429, retry_after_s=90, throttled=True)
    assert finish(subject, throttled, OK, now=SECOND) == Pause(91 * SECOND, PauseReason.THROTTLED)
    assert subject.grant(91 * SECOND - 1) == 0
    assert subject.grant(91 * SECOND) > 0


def test_a_receiver_that_refuses_messages_one_by_one_is_well() -> None:
    """A mail server that greylists recipients: their mails wait, those behind them do not."""
    subject = health(is_failing=True)
    greylisted = Outcome(OutcomeKind.RETRY, 450, ErrorType.SERVICE, "4.2.0 greylisted", is_well=True)
    assert [finish(subject, greylisted) for _ in range(30)] == [None] * 30
    assert not subject.is_probed
    assert subject.slots > 1
