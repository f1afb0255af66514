"""Endpoints are pinged until they confirm, by any process that is up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf import descriptor_pool

from tests.support.waiting import until
from tidings.collector.v1.events_pb2 import Event
from tidings_server.delivery.confirmations import (
    GIVEN_UP,
    MAX_PINGS,
    TENANT_PINGS,
    Confirmations,
    failure_text,
    next_ping_at,
)
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.delivery.store.confirmations import PingSchedule, next_ping_due
from tidings_server.delivery.store.subscriptions import DestinationKind, Subscription
from tidings_server.delivery.subscription_drafts import SubscriptionDraft
from tidings_server.delivery.subscription_secrets import SubscriptionSecrets
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.expressions.conditions import Conditions
from tidings_server.platform.clock import Ids, ManualClock, wall_us
from tidings_server.platform.errors import EndpointRefused, LostRace, NotFound
from tidings_server.platform.scope import Scope
from tidings_server.platform.sealing import Sealer
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

SCOPE = Scope(tenant=1, tenant_id="", tenant_name="", actor="ann", app_id="shop")
RHYTHM = PingSchedule(first_us=5_000_000, cap_us=60_000_000, for_us=600_000_000)
ANSWERED = Outcome(OutcomeKind.DELIVERED, 204)
REFUSED = Outcome(OutcomeKind.RETRY, 500, ErrorType.HTTP_STATUS)
UNREACHED = Outcome(OutcomeKind.RETRY, None, ErrorType.CONNECTION)


class Endpoints:
    """Answers pings as told, and remembers who was pinged."""

    def __init__(self) -> None:
        self.pinged: list[str] = []
        self.answer: Outcome | Exception = ANSWERED
        self.hold: asyncio.Event | None = None
        self.arrived = asyncio.Event()

    async def ping(self, subscription: Subscription) -> Outcome:
        self.pinged.append(subscription.endpoint)
        self.arrived.set()
        if self.hold:
            await self.hold.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def subscriptions(database: Database, clock: ManualClock) -> Subscriptions:
    conditions = Conditions(descriptor_pool.Default(), Event.DESCRIPTOR.full_name)
    secrets = SubscriptionSecrets(Sealer(b"k" * 32), clock)
    backlog: Any = None  # no test here starts in the past
    return Subscriptions(database, backlog=backlog, conditions=conditions, secrets=secrets, clock=clock, ids=Ids(clock))


@pytest.fixture
def endpoints() -> Endpoints:
    return Endpoints()


@pytest.fixture
def confirmations(
    database: Database, subscriptions: Subscriptions, endpoints: Endpoints, clock: ManualClock
) -> Confirmations:
    return Confirmations(database, subscriptions, pings=endpoints, clock=clock, rhythm=RHYTHM)


def draft(subscription_id: str, **other: Any) -> SubscriptionDraft:
    values: dict[str, Any] = {"topics": ("order.*",), "endpoint": f"https://x.test/{subscription_id}", **other}
    return SubscriptionDraft(id=subscription_id, destination=DestinationKind.WEBHOOK, **values)


async def make(subscriptions: Subscriptions, subscription_id: str = "a", **other: Any) -> Subscription:
    created = await subscriptions.create(SCOPE, Api.PUSH, draft(subscription_id, **other))
    return created.subscription


async def test_a_new_endpoint_that_answers_is_confirmed(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    await make(subscriptions)
    assert await confirmations.run_once() == 1
    assert endpoints.pinged == ["https://x.test/a"]
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).is_confirmed
    assert await confirmations.run_once() == 0


async def test_a_confirmed_subscription_is_not_paused_any_more(
    subscriptions: Subscriptions, confirmations: Confirmations
) -> None:
    await make(subscriptions)
    await confirmations.run_once()
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).paused_until is None


async def test_an_endpoint_that_refuses_is_pinged_again_with_growing_pauses(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints, clock: ManualClock
) -> None:
    await make(subscriptions)
    endpoints.answer = REFUSED
    pinged_at = []
    for second in range(200):
        if await confirmations.run_once():
            pinged_at.append(second)
        clock.advance(timedelta(seconds=1))
    assert pinged_at == [0, 5, 10, 20, 40, 80, 140]
    endpoints.answer = ANSWERED
    await confirmations.run_once()
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).is_confirmed


async def test_a_subscription_has_the_reason_of_its_last_ping_and_the_time_of_the_next(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints, clock: ManualClock
) -> None:
    await make(subscriptions)
    fresh = await subscriptions.get(SCOPE, Api.PUSH, "a")
    assert (fresh.ping_error, next_ping_at(fresh)) == (None, None)
    for endpoints.answer, reason in ((UNREACHED, "connection: "), (REFUSED, "http_status: it answered 500")):
        await confirmations.run_once()
        waiting = await subscriptions.get(SCOPE, Api.PUSH, "a")
        assert (waiting.ping_error or "").startswith(reason)
        assert next_ping_at(waiting) == clock.now_us() + RHYTHM.first_us
        clock.advance(timedelta(seconds=5))
    for _ in range(60):
        clock.advance(timedelta(seconds=10))
        await confirmations.run_once()
    given_up = await subscriptions.get(SCOPE, Api.PUSH, "a")
    assert (given_up.ping_error or "").endswith(GIVEN_UP)
    assert next_ping_at(given_up) is None
    endpoints.answer = ANSWERED
    assert (await confirmations.confirm(SCOPE, "a")).ping_error is None


@pytest.mark.parametrize(("asked_s", "waited_s"), [(40.0, 40), (2.0, 5), (1e9, None)])
async def test_the_next_ping_waits_as_long_as_the_endpoint_asks(
    subscriptions: Subscriptions,
    confirmations: Confirmations,
    endpoints: Endpoints,
    clock: ManualClock,
    *,
    asked_s: float,
    waited_s: int | None,
) -> None:
    """Never shorter than by the schedule; an endpoint that asks for longer than pings go on is not pinged again."""
    await make(subscriptions)
    endpoints.answer = replace(REFUSED, retry_after_s=asked_s)
    pinged_at = []
    for second in range(700):
        if await confirmations.run_once():
            pinged_at.append(second)
            waiting = await subscriptions.get(SCOPE, Api.PUSH, "a")
            assert (waiting.ping_error or "").endswith(GIVEN_UP) is (next_ping_at(waiting) is None)
        clock.advance(timedelta(seconds=1))
    assert pinged_at[1:2] == ([] if waited_s is None else [waited_s])


async def test_after_a_ping_on_request_too_the_next_waits_as_long_as_the_endpoint_asks(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints, clock: ManualClock
) -> None:
    await make(subscriptions)
    endpoints.answer = replace(REFUSED, retry_after_s=40.0)
    with pytest.raises(EndpointRefused):
        await confirmations.confirm(SCOPE, "a")
    assert await confirmations.run_once() == 0
    clock.advance(timedelta(seconds=40))
    assert await confirmations.run_once() == 1


async def test_a_failed_ping_on_request_is_recorded_and_a_new_endpoint_has_none(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    await make(subscriptions)
    endpoints.answer = UNREACHED
    with pytest.raises(EndpointRefused, match="connection: no connection"):
        await confirmations.confirm(SCOPE, "a")
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).ping_error
    await subscriptions.update(SCOPE, Api.PUSH, draft("a", endpoint="https://new.test/"))
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).ping_error is None


@pytest.mark.parametrize("kind", [kind for kind in ErrorType if kind is not ErrorType.NONE])
def test_every_failure_of_a_ping_has_words(kind: ErrorType) -> None:
    text = failure_text(Outcome(OutcomeKind.RETRY, None, kind, "what the receiver said"))
    assert text.startswith(f"{kind.value}: ")
    assert "receiver" not in text


async def test_an_endpoint_that_never_answers_is_given_up(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints, clock: ManualClock
) -> None:
    await make(subscriptions)
    endpoints.answer = UNREACHED
    clock.advance(timedelta(seconds=600))
    assert await confirmations.run_once() == 0


async def test_a_changed_endpoint_is_pinged_at_once(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    await make(subscriptions)
    await confirmations.run_once()
    await subscriptions.update(SCOPE, Api.PUSH, draft("a", endpoint="https://new.test/"))
    assert await confirmations.run_once() == 1
    assert endpoints.pinged[-1] == "https://new.test/"


async def test_inactive_deleted_and_confirmed_subscriptions_are_not_pinged(
    subscriptions: Subscriptions, confirmations: Confirmations
) -> None:
    await make(subscriptions, "inactive", is_active=False)
    await make(subscriptions, "deleted")
    await subscriptions.delete(SCOPE, Api.PUSH, "deleted")
    await subscriptions.confirm(SCOPE, await make(subscriptions, "confirmed"))
    assert await confirmations.run_once() == 0


async def test_an_answer_for_an_endpoint_that_was_replaced_confirms_nothing(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    await make(subscriptions)
    endpoints.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(confirmations.run_once())
        await endpoints.arrived.wait()
        await subscriptions.update(SCOPE, Api.PUSH, draft("a", endpoint="https://new.test/"))
        endpoints.hold.set()
    assert not (await subscriptions.get(SCOPE, Api.PUSH, "a")).is_confirmed


@pytest.mark.parametrize("error", [RuntimeError("no key"), LostRace()])
async def test_a_ping_that_fails_is_repeated(
    subscriptions: Subscriptions,
    confirmations: Confirmations,
    endpoints: Endpoints,
    clock: ManualClock,
    error: Exception,
) -> None:
    await make(subscriptions)
    endpoints.answer = error
    assert await confirmations.run_once() == 1
    clock.advance(timedelta(seconds=5))
    endpoints.answer = ANSWERED
    assert await confirmations.run_once() == 1
    assert (await subscriptions.get(SCOPE, Api.PUSH, "a")).is_confirmed


async def test_the_worker_pings_when_it_is_woken(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    worker = asyncio.create_task(confirmations.run())
    await make(subscriptions)
    confirmations.wake()
    await endpoints.arrived.wait()
    await until(lambda: subscriptions.get(SCOPE, Api.PUSH, "a"), lambda found: found.is_confirmed)
    worker.cancel()
    assert endpoints.pinged == ["https://x.test/a"]


async def test_a_tenant_whose_endpoints_hang_keeps_nobody_elses_unconfirmed(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    endpoints.hold = asyncio.Event()
    for number in range(MAX_PINGS + 1):
        await make(subscriptions, f"hangs-{number}")
    worker = asyncio.create_task(confirmations.run())

    async def pinged() -> list[str]:
        return endpoints.pinged

    await until(pinged, lambda found: len(found) == TENANT_PINGS)
    other = Scope(tenant=2, tenant_id="", tenant_name="", actor="bob", app_id="shop")
    await subscriptions.create(other, Api.PUSH, draft("theirs"))
    confirmations.wake()
    await until(pinged, lambda found: "https://x.test/theirs" in found)
    assert len(endpoints.pinged) == TENANT_PINGS + 1
    endpoints.hold.set()
    await until(pinged, lambda found: len(found) == MAX_PINGS + 2)
    worker.cancel()


async def test_no_worker_looks_while_no_endpoint_is_due(
    subscriptions: Subscriptions,
    confirmations: Confirmations,
    endpoints: Endpoints,
    database: Database,
    clock: ManualClock,
) -> None:
    async def due_at() -> int | None:
        async with database.read() as conn:
            found: int | None = (await conn.execute(next_ping_due(RHYTHM, database.dialect))).scalar_one()
            return found

    assert await due_at() is None
    clock.advance(timedelta(microseconds=wall_us() - clock.now_us()))  # which PostgreSQL goes by
    await subscriptions.create(SCOPE, Api.PUSH, draft("s1"))
    assert await due_at() == 0
    endpoints.answer = REFUSED
    await confirmations.run_once()
    assert await due_at() == clock.now_us() + RHYTHM.first_us
    clock.advance(timedelta(microseconds=RHYTHM.first_us))
    endpoints.answer = ANSWERED
    await confirmations.run_once()
    assert await due_at() is None


async def test_a_client_confirms_now(subscriptions: Subscriptions, confirmations: Confirmations) -> None:
    await make(subscriptions)
    assert (await confirmations.confirm(SCOPE, "a")).is_confirmed
    assert (await confirmations.confirm(SCOPE, "a")).is_confirmed


@pytest.mark.parametrize(("answer", "said"), [(REFUSED, "http_status: it answered 500"), (UNREACHED, "connection")])
async def test_a_refusal_is_an_error_of_the_call(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints, answer: Outcome, said: str
) -> None:
    await make(subscriptions)
    endpoints.answer = answer
    with pytest.raises(EndpointRefused, match=said):
        await confirmations.confirm(SCOPE, "a")
    assert not (await subscriptions.get(SCOPE, Api.PUSH, "a")).is_confirmed


async def test_only_the_tenants_own_subscription_is_pinged(
    subscriptions: Subscriptions, confirmations: Confirmations, endpoints: Endpoints
) -> None:
    await make(subscriptions)
    with pytest.raises(NotFound):
        await confirmations.confirm(Scope(2, "", "", "eve", ""), "a")
    assert endpoints.pinged == []
