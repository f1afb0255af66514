"""From a request for mail in the log to the transport, by way of the delivery engine."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.deliveries import POLICY, TENANT, NoSender, World, sending
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.delivery.matching import SubscriptionMatcher
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind
from tidings_server.delivery.retry_policy import RetryPolicy
from tidings_server.delivery.router import Router
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.tables import subscription
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.mail.captured_mail import CapturedMails
from tidings_server.mail.message import MailTransport, OutgoingMail
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.requests import EmailRequest, email_of, email_requested
from tidings_server.mail.store import captured_mail
from tidings_server.mail.transport.captured import CaptureTransport
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database

DELIVERED = Outcome(OutcomeKind.DELIVERED)
BUSY = Outcome(OutcomeKind.RETRY, 450, ErrorType.SERVICE, "450 later")
REFUSED = Outcome(OutcomeKind.EXPIRED, 550, ErrorType.REFUSED_CONTENT, "550 nobody here")


class Scripted:
    """A transport that answers as it is told, then takes everything."""

    max_batch = 3

    def __init__(self, *answers: Outcome) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[int, str, str]] = []

    async def send(self, tenant: int, mails: Sequence[OutgoingMail]) -> list[Outcome]:
        self.taken += [(tenant, each.id, each.mail.subject) for each in mails]
        return [self.answers.pop(0) if self.answers else DELIVERED for _ in mails]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def world(database_url: str, clock: ManualClock) -> AsyncIterator[World]:
    database = await Database.open(database_url, clock=clock)
    yield World(database, clock)
    await database.close()


async def ask(world: World, *sources: str, tenant: int = TENANT, to: str = "ada@example.com", **mail: Any) -> None:
    request = EmailRequest(to=to, **{"subject": "Hi", "text": "Hello", **mail})
    records = [
        email_requested(request, tenant_id=tenant, source=source, at_us=world.clock.now_us()) for source in sources
    ]
    await world.database.write_queue.append(records)


async def deliver(world: World, transport: MailTransport, *, policy: RetryPolicy = POLICY) -> None:
    """Routes what was asked for, and sends what is due."""
    bodies = DialectBodies()
    audiences = SubscriptionMatcher(world.database, event_conditions(), bodies)
    router = Router(world.database, audiences, clock=world.clock, sender=NoSender())
    running = ConsumerRunner(router, feed=LogFeed(world.database), database=world.database, clock=world.clock)
    while await running.run_once():
        pass
    async with sending(world, payloads=bodies, mail_transport=transport, policy=policy) as sender:
        await sender.dispatcher.run_once()


async def states(world: World) -> list[tuple[str, int, str]]:
    return [(row.state, row.attempts, row.reason) for row in await world.rows()]


async def test_asking_is_all_there_is_to_do(world: World) -> None:
    transport = Scripted()
    await ask(world, "run-1", "run-2")
    await ask(world, "run-1", tenant=8)
    await deliver(world, transport)
    assert sorted(tenant for tenant, _, _ in transport.taken) == [TENANT, TENANT, 8]
    assert await states(world) == [("SUCCEEDED", 1, "")] * 3
    async with world.database.read() as conn:
        made = (await conn.execute(select(subscription.c.tenant_id, subscription.c.destination))).all()
    assert sorted(map(tuple, made)) == [(TENANT, "MAIL"), (8, "MAIL")]


async def test_asking_twice_is_one_mail(world: World) -> None:
    transport = Scripted()
    await ask(world, "run-1")
    await deliver(world, transport)
    await ask(world, "run-1")
    await deliver(world, transport)
    assert len(transport.taken) == 1


async def test_subscriptions_to_everything_do_not_get_mail_requests(world: World) -> None:
    for topics in (("*",), ("email.*",)):
        await world.subscription(topics=topics)
    transport = Scripted()
    await ask(world, "run-1")
    await deliver(world, transport)
    assert len(await world.rows()) == len(transport.taken) == 1


async def test_a_busy_server_is_retried_and_the_mail_keeps_its_id(world: World, clock: ManualClock) -> None:
    transport = Scripted(BUSY)
    await ask(world, "run-1")
    await deliver(world, transport)
    assert await states(world) == [("PENDING", 1, "service 450")]
    clock.advance(timedelta(hours=1))
    await deliver(world, transport)
    assert await states(world) == [("SUCCEEDED", 2, "")]
    assert len(transport.taken) == 2
    assert len(set(transport.taken)) == 1


async def test_a_mail_refused_permanently_or_for_too_long_expires_with_the_reason(
    world: World, clock: ManualClock
) -> None:
    await ask(world, "run-1")
    await deliver(world, Scripted(REFUSED))
    assert await states(world) == [("EXPIRED", 1, "550 nobody here")]
    await ask(world, "run-2")
    policy = RetryPolicy(horizon_s=60)
    await deliver(world, Scripted(BUSY), policy=policy)
    clock.advance(timedelta(seconds=59))
    await deliver(world, Scripted(BUSY), policy=policy)
    assert [state for state, _, _ in await states(world)] == ["EXPIRED", "EXPIRED"]
    assert len(await world.log("delivery.expired")) == 2


async def test_a_template_that_cannot_be_filled_waits_for_a_better_one(world: World) -> None:
    transport = Scripted()
    await ask(world, "run-1", subject="", text="", template_id="nosuch")
    await ask(world, "run-2")
    await deliver(world, transport)
    assert sorted(state for state, _, _ in await states(world)) == ["PENDING", "SUCCEEDED"]


@pytest.mark.parametrize("address", ["a,b@c.se", "<a@b.se>", "a@b..se", "a@b.se."])
async def test_a_letter_to_what_is_no_address_is_never_sent(world: World, address: str) -> None:
    transport = Scripted()
    await ask(world, "run-1", to=address)
    await deliver(world, transport)
    assert transport.taken == []
    assert await states(world) == [("EXPIRED", 1, "the recipient has no valid address")]


async def test_mail_that_was_stopped_starts_again_with_the_next_mail(world: World, clock: ManualClock) -> None:
    await ask(world, "run-1")
    await deliver(world, Scripted())

    async def stop(conn: Any) -> None:
        await table.bump(conn)
        await conn.execute(subscription.update().values(is_active=False, inactive_reason="failed for 5 days"))

    await world.database.write_queue.run(stop)
    clock.advance(timedelta(seconds=1))
    transport = Scripted()
    await ask(world, "run-2")
    await deliver(world, transport)
    assert len(transport.taken) == 1


async def test_captured_mail_is_listed_newest_first_and_each_mail_once(world: World, clock: ManualClock) -> None:
    captured = CapturedMails(world.database, clock)
    transport = CaptureTransport(captured.store)
    data = {"items": [{"name": "Ö"}]}
    await ask(world, "run-1", subject="first", data=data, template_id="d-1")
    await deliver(world, transport)
    await ask(world, "run-2", subject="second", to="bob@example.com", html="<p>Hi</p>")
    await deliver(world, transport)
    second, first = await captured.list(TENANT, before=None, limit=10)
    assert (first.recipient, first.subject, first.text, first.template_id) == (
        "ada@example.com",
        "first",
        "Hello",
        "d-1",
    )
    assert (first.data, second.html, second.data) == (data, "<p>Hi</p>", {})
    assert await captured.list(TENANT, before=second.key, limit=10) == [first]
    assert await captured.list(TENANT, before=None, limit=10, recipient="bob@example.com") == [second]
    assert await captured.list(8, before=None, limit=10) == []
    [event, _] = await world.log("email.requested")
    await captured.store(TENANT, [OutgoingMail(first.id, MailRenderer().render(email_of(event)))])
    assert len(await captured.list(TENANT, before=None, limit=10)) == 2


async def test_old_captured_mail_is_deleted(world: World, clock: ManualClock) -> None:
    captured = CapturedMails(world.database, clock)
    await ask(world, "run-1", subject="old")
    await deliver(world, CaptureTransport(captured.store))
    clock.advance(timedelta(days=2))
    await ask(world, "run-2", subject="new")
    await deliver(world, CaptureTransport(captured.store))
    before = clock.now_us() - 86_400_000_000
    forgotten = [
        await world.database.write_queue.run(lambda conn: captured_mail.delete_old(conn, before_us=before, limit=10))
        for _ in range(2)
    ]
    assert forgotten == [1, 0]
    assert [mail.subject for mail in await captured.list(TENANT, before=None, limit=10)] == ["new"]
