"""Scheduled events over each kind of database: stored, numbered, fired exactly once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.events import IDS, record
from tests.support.installation import failure_of
from tests.support.scheduled_events import HOURLY, ON_ORDER, Stores
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.feed import LogFeed
from tidings_server.mail.rendering import MailRenderer
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import LostRace
from tidings_server.scheduling.scheduled_events.chains import MAX_RUNS
from tidings_server.scheduling.scheduled_events.consumer import EventTriggerConsumer
from tidings_server.scheduling.scheduled_events.mail_composer import MAX_LISTED
from tidings_server.scheduling.scheduled_events.scheduled_events import ScheduledEventLimits
from tidings_server.scheduling.schedules.run_retention import RunRetention
from tidings_server.scheduling.store.tables import store_scheduled_event
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import Api, EventRecord
from tidings_server.workflow.entities import Reference
from tidings_server.workflow.event_codec import EventBody, event_record

HOUR = timedelta(hours=1)


async def test_concurrently_created_events_get_distinct_ids(stores: Stores) -> None:
    made = await asyncio.gather(*(stores.create() for _ in range(10)), *(stores.create(ON_ORDER) for _ in range(5)))
    assert sorted(event["id"] for event in made) == list(range(1, 16))


async def test_each_hour_a_mail_is_sent_and_its_run_has_an_event(stores: Stores) -> None:
    made = await stores.create()
    for _ in range(3):
        await stores.pass_time(HOUR)
    assert [mail.text[6:19] for mail in await stores.mails()] == [f"2026-01-01T0{hour}" for hour in (1, 2, 3)]
    assert [run["state"] for run in await stores.runs(made["id"])] == 3 * ["DONE"]
    assert [told["state"] for told in await stores.fired()] == 3 * ["DONE"]


async def test_each_event_fires_each_trigger_once(stores: Stores) -> None:
    made = [await stores.create(ON_ORDER) for _ in range(3)]
    for number in range(20):
        await stores.send("ORDER", f"o-{number}")
    await stores.settle()
    assert len(await stores.mails()) == 60
    for event in made:
        assert len({run["id"] for run in await stores.runs(event["id"])}) == 20


async def test_a_trigger_created_meanwhile_fires_for_later_events(stores: Stores) -> None:
    await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-1")
    await stores.settle()
    late = await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-2")
    await stores.settle()
    await stores.delete(1)
    await stores.send("ORDER", "o-3")
    await stores.settle()
    assert sorted(mail.subject for mail in await stores.mails()) == ["Order o-1", "Order o-2", "Order o-2", "Order o-3"]
    assert len(await stores.runs(late["id"])) == 2


async def test_two_consumers_fire_no_trigger_twice(stores: Stores) -> None:
    made = await stores.create(ON_ORDER)
    database, clock = stores.installation.database, stores.installation.clock
    runners = [runner(database, clock), runner(database, clock)]
    for _ in range(5):
        await asyncio.gather(*(stores.send("ORDER", "o") for _ in range(20)))
        await asyncio.gather(*(each.run_once() for each in (*runners, *runners)))
    await stores.settle()
    assert len(await stores.mails()) == 100
    assert (await stores.runs(made["id"]))[0]["state"] == "DONE"


async def test_reports_list_articles_and_orders(stores: Stores) -> None:
    report = {**HOURLY, "action": {"to": "ada@example.com", "days": 3}}
    await stores.create({**report, "actionType": "BEST_BEFORE_EMAIL"})
    await stores.create({**report, "actionType": "UNDELIVERED_ORDER_EMAIL"})
    await stores.send("ORDER", "o-1", status="NEW")
    await stores.send("INVENTORY_LEVEL", "l-1", variant_id="v-1", quantity="2.5", best_before="2026-01-06")
    stores.installation.clock.advance(timedelta(days=3, minutes=-30))
    await stores.settle()
    await stores.pass_time(HOUR)
    by_kind = {mail.fallback: mail.data for mail in await stores.mails()}
    assert by_kind["best_before"]["items"] == [{"id": "v-1", "name": "", "best_before": "2026-01-06", "quantity": 2.5}]
    assert [order["id"] for order in by_kind["undelivered"]["orders"]] == ["o-1"]


async def test_a_report_that_lists_only_the_first_says_how_many_more_there_are(stores: Stores) -> None:
    report = {**HOURLY, "action": {"to": "ada@example.com", "days": 3}}
    made = [
        await stores.create({**report, "actionType": kind}) for kind in ("UNDELIVERED_ORDER_EMAIL", "BEST_BEFORE_EMAIL")
    ]
    for number in range(MAX_LISTED + 3):
        await stores.send("ORDER", f"o-{number}", status="NEW")
        await stores.send(
            "INVENTORY_LEVEL", f"l-{number}", variant_id=f"v-{number}", quantity=1, best_before="2026-01-06"
        )
    stores.installation.clock.advance(timedelta(days=3, hours=1))
    await stores.settle()
    for each, noun in zip(made, ("orders", "articles"), strict=True):
        [mail] = (await stores.preview(each["id"]))["mails"]
        assert f"{MAX_LISTED + 3} {noun}" in mail["subject"]
        assert "… and 3 more." in mail["text"]
        assert "… and 3 more." in mail["html"]


async def test_the_same_request_again_makes_one(stores: Stores) -> None:
    header = {"idempotency-key": "k"}
    first, second = await asyncio.gather(stores.create(**header), stores.create(**header))
    assert first == second
    assert len(await stores.listed()) == 1


async def test_a_store_has_no_more_than_it_may(stores: Stores) -> None:
    stores.scheduling.events._limits = ScheduledEventLimits(events=2, characters=10_000)
    await stores.create({**HOURLY, "trigger": {"cron": "0 * * * *", "x": "y" * 11_000}})
    assert (await failure_of(stores.create())).body["errorCode"] == 907002
    await stores.delete(1)
    await stores.create()


async def test_old_runs_are_deleted(stores: Stores) -> None:
    made = await stores.create()
    for _ in range(4):
        await stores.pass_time(HOUR)
    stores.installation.clock.advance(timedelta(days=2, hours=-2, minutes=30))
    forgetting = RunRetention(stores.installation.database, stores.installation.clock, days=2)
    assert await forgetting.run_once() == 2
    assert await forgetting.run_once() == 0
    assert len(await stores.runs(made["id"])) == 2


@pytest.mark.parametrize("by", ["neighbour", "stranger"])
async def test_another_stores_are_unknown(stores: Stores, by: str) -> None:
    await stores.create()
    assert await stores.listed(by=by) == []
    assert (await failure_of(stores.delete(1, by=by))).status == 404


def runner(database: Database, clock: Clock) -> ConsumerRunner:
    conditions, bodies = event_conditions(), DialectBodies(MailRenderer())
    return ConsumerRunner(
        EventTriggerConsumer(database, conditions, bodies, clock),
        feed=LogFeed(database),
        database=database,
        clock=clock,
    )


def on(topic: str) -> dict[str, Any]:
    return {**ON_ORDER, "trigger": {"topic": topic}, "action": {"to": "ada@example.com", "subject": "s", "body": "b"}}


async def test_triggers_that_fire_each_other_come_to_an_end(stores: Stores) -> None:
    """Three triggers on the end of a run: each way from the first event passes each of them once."""
    await stores.create(ON_ORDER)
    for _ in range(3):
        await stores.create(on("schedule.fired"))
    await stores.send("ORDER", "o-1")
    await stores.settle()
    assert len(await stores.mails()) == 1 + 3 + 3 * 2 + 3 * 2 * 1


async def test_a_trigger_on_its_own_mails_fires_once(stores: Stores) -> None:
    await stores.create(ON_ORDER)
    await stores.create(on("email.requested"))
    await stores.send("ORDER", "o-1")
    await stores.settle()
    assert len(await stores.mails()) == 2


@pytest.mark.parametrize(
    "follows",
    [
        record(api=Api.LOYALTY, topic="points.earned", body=b""),
        event_record(
            "confirmed",
            EventBody(),
            entity=Reference("ORDER", "o-1"),
            root=None,
            at_us=0,
            event_id="",
            tenant_id=1,
            retailer_id="1",
            actor="",
        ),
    ],
    ids=["loyalty", "workflow"],
)
async def test_each_change_of_one_order_has_an_allowance_of_its_own(stores: Stores, follows: EventRecord) -> None:
    """What loyalty and workflows make of an order follows from its change, not from the order."""
    await stores.create(on(follows.topic))
    changes = [record(topic="order.updated") for _ in range(MAX_RUNS // 2 + 5)]
    queue = stores.installation.database.write_queue
    for change in changes:
        caused = follows._replace(correlation_id=change.event_id, hops=1)
        await queue.append([change, *(caused._replace(event_id=IDS.uuid7()) for _ in range(2))])
    await stores.settle()
    assert len(await stores.mails()) == len(changes) * 2 > MAX_RUNS


async def test_all_that_follows_from_one_event_shares_an_allowance(stores: Stores) -> None:
    """Six triggers on each other would be 6! ways; the first event's own runs are not counted out."""
    await stores.create(ON_ORDER)
    for _ in range(6):
        await stores.create(on("schedule.fired"))
    for number in range(2):
        await stores.send("ORDER", f"o-{number}")
    await stores.settle()
    assert len(await stores.mails()) == 2 * MAX_RUNS


async def test_events_that_a_receiver_posts_back_have_an_allowance_of_their_own(stores: Stores) -> None:
    """A service that answers webhooks may give all its events one correlation id, which is its own and no event's."""
    await stores.create(ON_ORDER)
    sent = [record(body=b"", correlation_id="nightly-sync", hops=1) for _ in range(MAX_RUNS + 10)]
    await stores.installation.database.write_queue.append(sent)
    await stores.settle()
    assert len(await stores.mails()) == len(sent)


async def test_a_plan_holds_while_triggers_are_made_and_those_that_are_gone_fire_no_more(stores: Stores) -> None:
    """Whoever changes triggers all the time holds up nobody's events, and misses none of its own."""
    kept, removed = await stores.create(ON_ORDER), await stores.create(ON_ORDER)
    await stores.send("ORDER", "o-1")
    database, clock = stores.installation.database, stores.installation.clock
    consumer = EventTriggerConsumer(database, event_conditions(), DialectBodies(MailRenderer()), clock)
    async with database.read() as conn:
        [sent] = [each for each in await log.page(conn, after=0, limit=100) if each.topic == "order.created"]
    plan = await consumer.plan([sent])
    later = await stores.create(ON_ORDER)
    await stores.delete(removed["id"])
    await database.write_queue.run(plan.apply)
    runs = [await stores.runs(each["id"]) for each in (kept, later)]
    assert [len(each) for each in runs] == [1, 0]
    assert len(plan.runs) == 1


async def test_a_plan_that_misses_a_trigger_is_void(stores: Stores) -> None:
    await stores.create(ON_ORDER)
    database, clock = stores.installation.database, stores.installation.clock
    consumer = EventTriggerConsumer(database, event_conditions(), DialectBodies(MailRenderer()), clock)
    await stores.send("ORDER", "o-1")
    async with database.read() as conn:
        [sent] = [each for each in await log.page(conn, after=0, limit=100) if each.topic == "order.created"]
    plan = await consumer.plan([sent])
    await stores.create(ON_ORDER)
    earlier = update(store_scheduled_event).values(after_seq=sent.seq - 1)
    await database.write_queue.run(lambda conn: conn.execute(earlier))
    with pytest.raises(LostRace):
        await database.write_queue.run(plan.apply)
