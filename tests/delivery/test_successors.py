"""Successors: deliveries in order are leased with the record of the one before them, or looked for."""

from collections.abc import Sequence

from tidings_server.delivery.dispatch.successors import MOST, Successors
from tidings_server.delivery.message import Outcome, OutcomeKind
from tidings_server.delivery.retry_decision import AttemptResult
from tidings_server.delivery.store.deliveries import Priority
from tidings_server.delivery.store.leases import Lease

KEY = 7


def lease(order: str | None) -> Lease:
    return Lease(
        id=1,
        tenant_id=1,
        subscription_key=KEY,
        priority=Priority.FIRST,
        seq=1,
        replay_id="",
        attempts=0,
        tries=0,
        tries_from=None,
        created_at=0,
        lease_until=1,
        order_key=order,
        due_at=0,
    )


class Dispatcher:
    """The leases held, and the number of looks asked for."""

    def __init__(self, *orders: str | None) -> None:
        self.held = [lease(order) for order in orders]
        self.looks = 0
        self.successors = Successors(lambda: self.held, look=self.look)

    def look(self) -> None:
        self.looks += 1

    def record(self, order: str | None, *, then: Sequence[str] = ()) -> None:
        """The attempt is written; these are leased with it."""
        self.held = [each for each in self.held if each.order_key != order] + [lease(each) for each in then]
        self.successors.recorded([AttemptResult(lease(order), 0, Outcome(OutcomeKind.DELIVERED))])


def test_what_waits_for_a_delivery_of_this_process_is_not_looked_for() -> None:
    dispatcher = Dispatcher("a", "b", None)
    dispatcher.successors.queued({(KEY, "a")})
    dispatcher.record("a", then=["a"])
    dispatcher.record("b")
    dispatcher.record(None)
    assert dispatcher.looks == 0


def test_what_was_queued_while_the_delivery_before_it_was_recorded_is_looked_for_once() -> None:
    dispatcher = Dispatcher("a")
    dispatcher.successors.queued({(KEY, "a")})
    dispatcher.record("a")
    assert dispatcher.looks == 1
    dispatcher.record("a")
    assert dispatcher.looks == 1


def test_what_waits_for_another_process_or_for_nothing_is_looked_for_at_once() -> None:
    dispatcher = Dispatcher("a")
    dispatcher.successors.queued({(KEY, "a"), (KEY, "b")})
    assert dispatcher.looks == 1
    dispatcher.successors.queued({(KEY + 1, "a")})
    assert dispatcher.looks == 2


def test_entities_without_end_are_not_remembered() -> None:
    dispatcher = Dispatcher(*map(str, range(MOST + 1)))
    dispatcher.successors.queued({(KEY, str(number)) for number in range(MOST + 1)})
    dispatcher.successors.queued({(KEY, "0")})
    dispatcher.record("1")
    dispatcher.record("0")
    assert dispatcher.looks == 1, "of the one that came last"
