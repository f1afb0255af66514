"""The catalogue, notification jobs and mails: what cannot be stored or read is left out, and all others go on."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.mail.test_sending import Scripted, ask, deliver
from tests.scheduling.jobs.test_notification_selection import JobRunner
from tests.support.catalogue import TENANT, World
from tests.support.deliveries import World as Deliveries
from tests.support.refusals import refuse
from tidings_server.catalogue.store.tables import catalogue_customer
from tidings_server.delivery.message import Message, OutcomeKind, Payload
from tidings_server.identity.store import tenants as tenant_rows
from tidings_server.log.dead_letters import DeadLetters
from tidings_server.mail.destination import UNREADABLE, MailDestination
from tidings_server.mail.message import MailMessage
from tidings_server.mail.rendering import MailRenderer
from tidings_server.platform.clock import ManualClock
from tidings_server.storage.database import Database
from tidings_server.storage.log.tables import event as event_table

FIVE = ("ada", "bob", "cleo", "dora", "eve")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


async def test_the_catalogue_beside_a_row_that_is_refused(database: Database, shop: World, clock: ManualClock) -> None:
    await refuse(database, catalogue_customer.c.email, "cleo@example.com")
    customers = [
        shop.event("CUSTOMER", of=name, email=f"{name}@example.com", opt_in="true", tenant=TENANT + number)
        for number, name in enumerate(FIVE)
    ]
    await shop.append(*customers)
    for _ in range(12):
        clock.advance(timedelta(minutes=6))
        await shop.follow()
    stored = {row.email for row in await shop.rows(catalogue_customer)}
    assert stored == {f"{name}@example.com" for name in FIVE if name != "cleo"}
    [letter] = await DeadLetters(database, clock, tenant_rows.tenant_ids).page(after=0, limit=10)
    assert letter.consumer == "catalogue"


async def test_the_catalogue_beside_an_event_that_cannot_be_read(shop: World, clock: ManualClock) -> None:
    events = [shop.event("CUSTOMER", of=name, email=f"{name}@example.com", opt_in="true") for name in FIVE]
    events[2] = events[2]._replace(body=b"\xff\xff")
    await shop.append(*events)
    for _ in range(12):
        clock.advance(timedelta(minutes=6))
        await shop.follow()
    assert {row.email for row in await shop.rows(catalogue_customer)} >= {
        f"{name}@example.com" for name in FIVE if name != "cleo"
    }


async def test_a_job_beside_a_mail_that_is_refused(database: Database, shop: World) -> None:
    jobs = JobRunner(shop)
    job = await jobs.job("BACK_IN_STOCK")
    await shop.stock(0)
    for name in FIVE:
        await shop.customer(name)
        await shop.wish(name)
    await shop.stock(1)
    await refuse(database, event_table.c.entity_id, "run-1/cleo")
    done = await jobs.run(job)
    assert (done.mailed, done.note) == (4, "mails that could not be stored: 1")
    assert {mail.data["customer_id"] for mail in await jobs.mails()} == set(FIVE) - {"cleo"}


class Mailbox(Scripted):
    """It takes all mail, ten at a time."""

    max_batch = 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"to": 5, "colour": "red"}',
        b"\xff",
        b'{"to": "x", "consent": {"customer_id": [1]}}',
        b"null",
    ],
)
async def test_a_mail_that_cannot_be_read_beside_good_ones(body: bytes) -> None:
    transport = Mailbox()
    destination = MailDestination(TENANT, transport, consents=None, renderer=MailRenderer())
    good = MailMessage(to="ada@example.com", subject="Hi", text="Hello").packed()
    messages = [_message(str(number), body if number == 1 else good) for number in range(3)]
    outcomes = await destination.send(messages)
    assert [outcome.kind for outcome in (outcomes[0], outcomes[2])] == [OutcomeKind.DELIVERED] * 2
    assert outcomes[1] in (UNREADABLE, outcomes[0])


async def test_a_request_for_mail_that_cannot_be_rendered_beside_good_ones(
    database: Database, clock: ManualClock
) -> None:
    world = Deliveries(database, clock)
    await ask(world, "run-1", "run-2", "run-3")

    async def spoil(conn: Any) -> None:
        await conn.execute(update(event_table).where(event_table.c.entity_id == "run-2").values(body=b"[1]"))

    await database.write_queue.run(spoil)
    database.log_cache.clear()
    transport = Mailbox()
    await deliver(world, transport)
    assert len(transport.taken) == 2


def _message(message_id: str, body: bytes) -> Message:
    payload = Payload(body, "application/json", headers={}, group="ada@example.com")
    return Message(payload, message_id, message_id, message_id, "email.requested")
