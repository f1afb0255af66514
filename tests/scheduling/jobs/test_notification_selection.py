"""Recipients and contents of each kind of notification, each sent once."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.catalogue import World
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.mail.requests import EmailRequest, email_of
from tidings_server.platform.clock import ManualClock
from tidings_server.scheduling.jobs.notification_selection import NotificationSelection
from tidings_server.scheduling.jobs.run_handler import NotificationRunHandler
from tidings_server.scheduling.schedules.run_handler import LeasedRun, RunCause, RunOutcome, RunState, ScheduleKind
from tidings_server.scheduling.store import jobs
from tidings_server.scheduling.store.job_tables import job as job_table
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.scheduling.store.tables import schedule
from tidings_server.storage.log import events as log

Transaction = Callable[[AsyncConnection], Awaitable[None]]


class Held:
    """A lease that stays valid, whose process dies before the commit number `dies_at`."""

    def __init__(self, world: World, dies_at: int = 0) -> None:
        self.world = world
        self.units = 0
        self.dies_at = dies_at

    async def commit(self, transaction: Transaction) -> None:
        self.units += 1
        if self.units == self.dies_at:
            raise ConnectionError
        await self.world.database.write_queue.run(transaction)


class JobRunner:
    """Runs jobs by hand over a catalogue."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.selection = NotificationSelection(world.database, world.clock, low_at=5)
        self.work = NotificationRunHandler(world.database, world.catalogue, self.selection, clock=world.clock)
        self.runs = 0

    async def job(self, kind: str, **changes: Any) -> StoredJob:
        values = {"notification": kind, "number_of_items": -1, "is_active": True, "is_scheduled": True, **changes}
        key = len(await self.world.rows(job_table)) + 1
        policy = {"catch_up": "latest", "overlap": "skip", "jitter_s": 0}
        row: dict[str, Any] = dict.fromkeys((each.name for each in fields(StoredJob)), "") | {
            **policy,
            "tenant_id": 7,
            "id": f"job-{key}",
            "schedule_key": key,
            "version": 1,
            "deleted_at": None,
            "catch_up_window_s": 60,
            "created_at": 0,
            "updated_at": 0,
            "request_hash": b"",
            **values,
        }
        timing = {"timing": None, "next_at": None, "window_s": 60, **policy}
        about = {"key": key, "tenant_id": 7, "kind": "JOB", "subject": row["id"]}

        async def transaction(conn: AsyncConnection) -> None:
            await conn.execute(schedule.insert().values(**about, **timing))
            await jobs.add(conn, StoredJob(**row))

        await self.world.database.write_queue.run(transaction)
        return StoredJob(**row)

    async def run(
        self, job: StoredJob, *, cause: RunCause = RunCause.TIME, again: bool = False, dies_at: int = 0
    ) -> RunOutcome:
        """Handle the next run of a job, or the last one `again`."""
        self.runs += not again
        name = f"run-{self.runs}"
        plain = {"key": 1, "schedule_key": 1, "cause_number": 1, "scheduled_at": 0, "started_at": 0, "attempts": 1}
        run = LeasedRun(
            **plain, id=name, tenant=7, kind=ScheduleKind.JOB, subject=job.id, cause=cause, cause_id=None, hops=0
        )
        return await self.work.handle(run, Held(self.world, dies_at))

    async def mails(self) -> list[EmailRequest]:
        async with self.world.database.read() as conn:
            events = await log.page(conn, after=0, limit=10_000)
        await self.world.follow()
        return [email_of(event) for event in events if event.topic == EMAIL_REQUESTED]

    async def notified(self, job: StoredJob) -> list[tuple[str, list[str]]]:
        """Recipients of the next run of a job, with the items of each mail."""
        before = len(await self.mails())
        done = await self.run(job)
        mails = (await self.mails())[before:]
        assert done.mailed == len(mails)
        return [(each.data["customer_id"], [item["variant_id"] for item in each.data["items"]]) for each in mails]


@pytest.fixture
async def desk(world: World) -> JobRunner:
    await world.customer()
    return JobRunner(world)


ADA = [("ada", ["lamp"])]


async def test_back_in_stock_is_sent_once_for_each_restock_after_the_wish(
    desk: JobRunner, world: World, clock: ManualClock
) -> None:
    job = await desk.job("BACK_IN_STOCK")
    await world.stock(0)
    await world.stock(1)
    await world.wish()
    assert await desk.notified(job) == [], "it had come back before it was wished for"
    await world.stock(0)
    assert await desk.notified(job) == []
    await world.stock(2)
    await world.stock(3)
    assert await desk.notified(job) == ADA
    assert await desk.notified(job) == []
    await world.stock(0)
    await world.stock(1)
    assert await desk.notified(job) == [], "stock that comes and goes is reported once a day"
    clock.advance(timedelta(days=1))
    assert await desk.notified(job) == ADA, "another return is another fact"
    await world.stock(0)
    await world.stock(1)
    await world.stock(0)
    clock.advance(timedelta(days=1))
    assert await desk.notified(job) == [], "what is sold out again is no news"


async def test_low_stock_is_sent_for_items_wished_for_after_the_fall_too(desk: JobRunner, world: World) -> None:
    job = await desk.job("LOW_STOCK")
    await world.stock(10)
    await world.stock(2)
    await world.wish()
    assert await desk.notified(job) == ADA
    await world.send("WISHLIST", "DELETE", customer_id="ada", variant_id="lamp")
    await world.wish()
    assert await desk.notified(job) == [], "it is the same fall"


async def test_low_stock_is_sent_once_for_each_fall(desk: JobRunner, world: World, clock: ManualClock) -> None:
    job = await desk.job("LOW_STOCK")
    await world.stock(10)
    await world.wish()
    await world.stock(6)
    assert await desk.notified(job) == []
    await world.stock(5)
    await world.stock(4)
    assert await desk.notified(job) == ADA
    await world.stock(3)
    assert await desk.notified(job) == []
    await world.stock(9)
    await world.stock(0)
    assert await desk.notified(job) == [], "nothing left is not a few left"
    await world.stock(1)
    clock.advance(timedelta(days=1))
    assert await desk.notified(job) == ADA


async def test_a_price_drop_is_measured_by_the_price_of_the_wish_or_the_last_mail(
    desk: JobRunner, world: World
) -> None:
    job = await desk.job("PRICE_DROP")
    await world.price(10)
    await world.wish()
    await world.price(12)
    await world.price(11)
    assert await desk.notified(job) == [], "it fell, and is dearer than when it was wished for"
    await world.price("9.5")
    assert await desk.notified(job) == ADA
    await world.price("9.8")
    await world.price("9.6")
    assert await desk.notified(job) == [], "the last mail said 9.5"
    await world.price(5, currency="USD")
    assert await desk.notified(job) == [], "other money cannot be compared"
    await world.price("9.4")
    assert await desk.notified(job) == ADA
    [first, second] = await desk.mails()
    assert [first.data["items"][0][name] for name in ("price", "old_price")] == ["9.5", "10"]
    assert [second.data["items"][0][name] for name in ("price", "old_price")] == ["9.4", "9.5"]


async def test_an_item_added_again_starts_with_the_price_at_that_time(desk: JobRunner, world: World) -> None:
    job = await desk.job("PRICE_DROP")
    await world.price(10)
    await world.wish()
    await world.price(5)
    assert await desk.notified(job) == ADA
    await world.price(20)
    await world.send("WISHLIST", "DELETE", customer_id="ada", variant_id="lamp")
    await world.wish()
    await world.price(15)
    assert await desk.notified(job) == ADA


async def test_a_first_price_after_the_wish_is_the_reference_of_drops(desk: JobRunner, world: World) -> None:
    job = await desk.job("PRICE_DROP")
    await world.wish()
    await world.price(10)
    assert await desk.notified(job) == []
    await world.price(9)
    assert await desk.notified(job) == ADA


async def test_prices_of_two_currencies_are_never_compared(desk: JobRunner, world: World) -> None:
    job = await desk.job("PRICE_DROP")
    await world.wish()
    await world.price(100, currency="SEK")
    await world.price(80, currency="SEK")
    assert await desk.notified(job) == ADA
    await world.price(8, currency="EUR")
    assert await desk.notified(job) == [], "8 euros are no drop from 80 crowns, whoever told of those"
    await world.price(7, currency="EUR")
    assert await desk.notified(job) == ADA
    assert [mail.data["items"][0]["old_price"] for mail in await desk.mails()] == ["100", "8"]


async def test_a_wish_in_another_currency_is_measured_by_the_first_price_in_the_new_one(
    desk: JobRunner, world: World
) -> None:
    job = await desk.job("PRICE_DROP")
    await world.price(100, currency="SEK")
    await world.wish()
    await world.price(9, currency="EUR")
    assert await desk.notified(job) == []
    await world.price(10, currency="EUR")
    assert await desk.notified(job) == []
    await world.price(8, currency="EUR")
    assert await desk.notified(job) == ADA


async def test_stock_that_moves_between_places_is_not_back(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK")
    await world.stock(3, location_id="north")
    await world.stock(2, location_id="south")
    await world.wish()
    await world.stock(0, location_id="north")
    await world.stock(3, location_id="north")
    assert await desk.notified(job) == []


async def test_the_first_stock_known_after_a_wish_is_news(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK")
    await world.wish()
    await world.stock(3)
    assert await desk.notified(job) == ADA


async def test_what_is_deleted_is_not_mailed_about(desk: JobRunner, world: World) -> None:
    job = await desk.job("REMINDER")
    await world.send("VARIANT_PRODUCT", of="lamp", product_id="p1")
    await world.wish()
    await world.wish(item="rug")
    await world.send("PRODUCT", "DELETE", of="p1")
    await world.send("VARIANT_PRODUCT", "DELETE", of="rug")
    assert await desk.notified(job) == []


async def test_a_reminder_comes_when_nothing_was_mailed_about_the_item_for_seven_days(
    desk: JobRunner, world: World, clock: ManualClock
) -> None:
    job, other = await desk.job("REMINDER"), await desk.job("BACK_IN_STOCK")
    await world.wish()
    assert await desk.notified(job) == ADA
    clock.advance(timedelta(days=6))
    assert await desk.notified(job) == []
    await world.stock(0)
    await world.stock(1)
    assert await desk.notified(other) == ADA
    clock.advance(timedelta(days=2))
    assert await desk.notified(job) == [], "it was in the other mail two days ago"
    clock.advance(timedelta(days=6))
    assert await desk.notified(job) == ADA


@pytest.mark.parametrize(
    "facts", [{"opt_in": "false"}, {"email": ""}, {"email": "no address"}, {"email": "a@b.example\nX: y"}]
)
async def test_customers_without_consent_or_address_get_no_mail(
    desk: JobRunner, world: World, facts: dict[str, str]
) -> None:
    job = await desk.job("REMINDER")
    await world.wish()
    await world.send("CUSTOMER", "UPDATE", of="ada", **facts)
    assert await desk.notified(job) == []


async def test_other_tenants_are_no_part_of_it(desk: JobRunner, world: World) -> None:
    await world.send("CUSTOMER", of="eve", email="eve@example.com", opt_in="1", tenant=8)
    await world.send("WISHLIST", customer_id="eve", variant_id="lamp", tenant=8)
    assert await desk.notified(await desk.job("REMINDER")) == []


@pytest.mark.parametrize(("number", "lists", "then"), [(-1, 3, []), (2, 2, [1]), (0, 0, [])])
async def test_a_mail_lists_the_jobs_number_of_items_and_the_rest_follow_later(
    desk: JobRunner, world: World, number: int, lists: int, then: list[int]
) -> None:
    job = await desk.job("REMINDER", number_of_items=number)
    for item in ("a", "b", "c"):
        await world.wish(item=item)
    assert [len(items) for _, items in await desk.notified(job)] == [lists]
    [mail] = await desk.mails()
    assert mail.data["item_count"] == 3
    assert [len(items) for _, items in await desk.notified(job)] == then


async def test_a_mail_has_the_data_of_item_and_campaign(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK", template_id="d-1", utm_medium="e mail", campaign_id="c&1")
    await world.send(
        "PRODUCT", of="p1", name="Lamps", url="https://shop.example/p1?a=1#top", image="https://i.example/1"
    )
    await world.send("VARIANT_PRODUCT", of="lamp", product_id="p1")
    await world.price("19.90")
    await world.wish()
    await world.stock(0)
    await world.stock("2.5")
    await desk.run(job)
    [mail] = await desk.mails()
    assert (mail.to, mail.template_id, mail.fallback) == ("ada@example.com", "d-1", "back_in_stock")
    assert mail.data == {
        "notification": "BACK_IN_STOCK",
        "customer_id": "ada",
        "first_name": "Ada",
        "item_count": 1,
        "utm_medium": "e mail",
        "campaign_id": "c&1",
        "items": [
            {
                "variant_id": "lamp",
                "product_id": "p1",
                "name": "Lamps",
                "url": "https://shop.example/p1?a=1&utm_source=tidings&utm_medium=e+mail&utm_campaign=c%261#top",
                "image": "https://i.example/1",
                "price": "19.9",
                "currency": "EUR",
                "old_price": "",
                "quantity": "2.5",
            }
        ],
    }


async def test_a_run_resumed_after_an_interruption_mails_the_remaining_customers_only(
    desk: JobRunner, world: World
) -> None:
    for number in range(500):
        await world.database.write_queue.append(
            [
                world.event("CUSTOMER", of=f"c{number}", email=f"c{number}@example.com", opt_in="true"),
                world.event("WISHLIST", customer_id=f"c{number}", variant_id="lamp"),
            ]
        )
    await world.follow()
    job = await desk.job("REMINDER")
    with pytest.raises(ConnectionError):
        await desk.run(job, dies_at=3)
    before = len(await desk.mails())
    assert 0 < before < 500
    assert (await desk.run(job, again=True)).mailed == 500
    mails = await desk.mails()
    assert len(mails) == len({mail.to for mail in mails}) == 500


async def test_two_jobs_of_one_kind_do_not_send_the_same_notification_twice(desk: JobRunner, world: World) -> None:
    first, second = await desk.job("BACK_IN_STOCK"), await desk.job("BACK_IN_STOCK")
    await world.stock(0)
    await world.wish()
    await world.stock(1)

    class Slow(Held):
        async def commit(self, transaction: Transaction) -> None:
            assert await desk.notified(second) == ADA
            await super().commit(transaction)

    run = LeasedRun(1, "slow", 7, ScheduleKind.JOB, first.id, 1, RunCause.TIME, 1, 0, 0, 1, None, 0)
    assert (await desk.work.handle(run, Slow(world))).mailed == 0
    assert len(await desk.mails()) == 1


@pytest.mark.parametrize(
    ("changes", "cause", "is_skipped"),
    [
        ({"is_active": False}, RunCause.TIME, True),
        ({"is_scheduled": False}, RunCause.TIME, True),
        ({"deleted_at": 1}, RunCause.TIME, True),
        ({"deleted_at": 1}, RunCause.MANUAL, True),
        ({"is_active": False}, RunCause.MANUAL, False),
    ],
)
async def test_an_inactive_or_deleted_job_sends_no_mail(
    desk: JobRunner, world: World, changes: dict[str, Any], cause: RunCause, is_skipped: bool
) -> None:
    await world.wish()
    done = await desk.run(await desk.job("REMINDER", **changes), cause=cause)
    assert (done.state is RunState.SKIPPED, done.mailed) == (is_skipped, int(not is_skipped))


async def test_a_run_of_an_unknown_job_is_skipped(desk: JobRunner, world: World) -> None:
    job = await desk.job("REMINDER")

    async def transaction(conn: AsyncConnection) -> None:
        await conn.execute(delete(job_table))

    await world.database.write_queue.run(transaction)
    assert (await desk.run(job)).state is RunState.SKIPPED


async def test_drops_within_each_of_two_currencies_are_told(desk: JobRunner, world: World) -> None:
    """A wish before any price, 100 SEK, 80 SEK, 8 EUR, 6 EUR, 90 SEK, 70 SEK: three drops, each within a currency."""
    job = await desk.job("PRICE_DROP")
    await world.wish()
    drops: list[tuple[str, str]] = []
    for price, currency in ((100, "SEK"), (80, "SEK"), (8, "EUR"), (6, "EUR"), (90, "SEK"), (70, "SEK")):
        await world.send("PRICE", "UPDATE", of="price-lamp", variant_id="lamp", price=price, currency=currency)
        if await desk.notified(job):
            drops.append((str(price), currency))
    assert drops == [("80", "SEK"), ("6", "EUR"), ("70", "SEK")]


async def test_stock_is_the_sum_over_its_places(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK")
    level = {"variant_id": "lamp"}
    await world.send("INVENTORY_LEVEL", of="l-1", quantity=5, **level)
    await world.send("INVENTORY_LEVEL", of="l-2", quantity=3, location_id="north", **level)
    await world.wish()
    await world.send("INVENTORY_LEVEL", "UPDATE", of="l-1", quantity=0, **level)
    await world.send("INVENTORY_LEVEL", "UPDATE", of="l-1", quantity=4, **level)
    assert await desk.notified(job) == [], "the other place had it all the time"
    await world.send("INVENTORY_LEVEL", "DELETE", of="l-1", **level)
    await world.send("INVENTORY_LEVEL", "UPDATE", of="another", quantity=0, location_id="north", **level)
    assert await desk.notified(job) == []
    await world.send("INVENTORY_LEVEL", of="l-3", quantity=1, **level)
    assert await desk.notified(job) == ADA


async def test_a_wish_on_two_lists_stays_until_it_is_on_none(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK")
    wish = {"customer_id": "ada", "variant_id": "lamp"}
    await world.wish()
    await world.send("WISHLIST", of="list-2", **wish)
    await world.send("WISHLIST", "DELETE", of="list-2", **wish)
    await world.send("WISHLIST_ITEM", "DELETE", of="x", wishlist_id="list-2", **wish)
    await world.stock(1)
    assert await desk.notified(job) == ADA
    await world.send("WISHLIST", "DELETE", of="list-ada", **wish)
    await world.stock(0)
    await world.stock(1)
    assert await desk.notified(job) == []


async def test_what_was_bought_is_wished_for_no_longer(desk: JobRunner, world: World) -> None:
    job = await desk.job("BACK_IN_STOCK")
    await world.wish()
    await world.send("ORDER", of="o-1", customer_id="ada", variant_ids="lamp,desk", status="OPEN")
    await world.stock(1)
    assert await desk.notified(job) == []
