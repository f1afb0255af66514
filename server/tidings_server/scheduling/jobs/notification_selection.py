"""What a notification job tells whom: the mails of one selection, a page of customers at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from tidings_server.catalogue.event_attributes import SCALE, printed
from tidings_server.catalogue.queries import US_PER_DAY
from tidings_server.catalogue.store import wishlists
from tidings_server.catalogue.store.wishlists import DueItem, NotificationQuery, SentNotification
from tidings_server.mail.addresses import known_address
from tidings_server.mail.requests import EmailRequest
from tidings_server.platform.clock import Clock
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.storage.database import Database

ALL_ITEMS: Final = -1
PAGE_WISHES: Final = 500
"""Wishes that are looked at in one read: the read is short, and so is what the event loop does with it."""

REMIND_AFTER_DAYS: Final = 7
MAX_DATA: Final = 100_000
"""Characters of what is said of the items of one mail, so that it fits into an event."""

UTM_SOURCE: Final = "tidings"


@dataclass(frozen=True, slots=True)
class Notification:
    """A mail to one customer, and what it tells: the wishes that are then no news any more."""

    customer_id: str
    request: EmailRequest
    told: Sequence[DueItem]

    def facts(self, search: NotificationQuery, run_id: str, at_us: int) -> list[SentNotification]:
        """What is kept of it, so that nobody is told twice."""
        return [
            SentNotification(
                search.tenant, due.customer_id, due.item_id, search.kind, due.seq, due.price, at_us, run_id
            )
            for due in self.told
        ]


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Mails to some customers. `mailed_before` counts those that the run had written to when it was cut short."""

    notices: list[Notification]
    mailed_before: int = 0
    bad_addresses: int = 0


class NotificationSelection:
    """Selects whom a job would write to."""

    def __init__(self, database: Database, clock: Clock, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._clock = clock
        self._low_at = low_at

    def search(self, job: StoredJob) -> NotificationQuery:
        """What a job looks for now."""
        return NotificationQuery(
            tenant=job.tenant_id,
            kind=job.notification,
            low_at=self._low_at * SCALE,
            mailed_before=self._clock.now_us() - REMIND_AFTER_DAYS * US_PER_DAY,
        )

    async def pages(
        self, job: StoredJob, search: NotificationQuery, *, run_id: str = ""
    ) -> AsyncIterator[NotificationPage]:
        """The mails of a run, by customer; those that the run has written already are left out.

        Each page is read on its own, so a long selection sees changes on its way.
        """
        after = ""
        while True:
            async with self._database.read() as conn:
                upto = await wishlists.page_end(conn, job.tenant_id, after=after, wishes=PAGE_WISHES)
                if upto is None:
                    return
                found = await wishlists.due(conn, search, after=after, upto=upto)
                before = await wishlists.customers_mailed_in_run(conn, job.tenant_id, run_id, after=after, upto=upto)
            yield _page(job, found, before)
            after = upto


def _page(job: StoredJob, found: Sequence[DueItem], mailed_before: set[str]) -> NotificationPage:
    notices, bad = [], 0
    for customer, items in groupby(found, key=lambda due: due.customer_id):
        if customer in mailed_before:
            continue
        notice = _notice(job, customer, list(items))
        if notice is None:
            bad += 1
        else:
            notices.append(notice)
    return NotificationPage(notices, len(mailed_before), bad)


def _notice(job: StoredJob, customer: str, found: Sequence[DueItem]) -> Notification | None:
    """The mail about these wishes; None where the customer's address is none."""
    address = known_address(found[0].email)
    if address is None:
        return None
    listed = _listed(job, found)
    request = EmailRequest(
        to=address,
        template_id=job.template_id,
        fallback=job.notification.lower(),
        data={
            "notification": job.notification,
            "customer_id": customer,
            "first_name": found[0].first_name,
            "items": listed,
            "item_count": len(found),
            "utm_medium": job.utm_medium,
            "campaign_id": job.campaign_id,
        },
    )
    return Notification(customer, request, found[: len(listed)] if job.number_of_items else found)


def _listed(job: StoredJob, found: Sequence[DueItem]) -> list[dict[str, str]]:
    """The items that the mail lists: as many as the job says, and as fit."""
    most = len(found) if job.number_of_items == ALL_ITEMS else job.number_of_items
    listed: list[dict[str, str]] = []
    size = 0
    for due in found[:most]:
        item = _item(job, due)
        size += sum(map(len, item.values()))
        if listed and size > MAX_DATA:
            break
        listed.append(item)
    return listed


def _item(job: StoredJob, due: DueItem) -> dict[str, str]:
    """An item as templates see it; prices and quantities as text in their shortest form."""
    return {
        "variant_id": due.item_id,
        "product_id": due.product_id,
        "name": due.name,
        "url": _tagged(due.url, job),
        "image": due.image,
        "price": printed(due.price),
        "currency": due.currency,
        "old_price": printed(due.old_price),
        "quantity": printed(due.quantity),
    }


def _tagged(url: str, job: StoredJob) -> str:
    """The item's address with the campaign's marks, by which the shop sees where a visit came from."""
    marks = {"utm_medium": job.utm_medium, "utm_campaign": job.campaign_id}
    given = {name: value for name, value in marks.items() if value}
    if not url or not given:
        return url
    address, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode({'utm_source': UTM_SOURCE, **given})}{hash_sign}{fragment}"
