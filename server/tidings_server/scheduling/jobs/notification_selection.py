"""Selection of a notification job: recipients and their mails, a page of customers at a time."""

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
from tidings_server.mail.consent import CATALOGUE, MailConsent
from tidings_server.mail.requests import EmailRequest
from tidings_server.platform.clock import Clock
from tidings_server.scheduling.store.jobs import StoredJob
from tidings_server.storage.database import Database

ALL_ITEMS: Final = -1
PAGE_ITEMS: Final = 500
"""Wishlist items of one read, which bounds the time that a read and its evaluation take."""

REMIND_AFTER_DAYS: Final = 7
QUIET_DAYS: Final = 1
"""News of an item's stock are sent to a customer once in so many days, however often it comes and goes."""
MAX_DATA: Final = 100_000
"""Characters of the items in one mail, so that its request fits into an event."""

UTM_SOURCE: Final = "tidings"


@dataclass(frozen=True, slots=True)
class Notification:
    """A mail to one customer, and the wishlist items that count as notified once it is sent."""

    customer_id: str
    request: EmailRequest
    items: Sequence[DueItem]

    def sent(self, query: NotificationQuery, run_id: str, at_us: int) -> list[SentNotification]:
        """Records of the notification, which keep it from being sent twice."""
        return [
            SentNotification(
                query.tenant,
                due.customer_id,
                due.item_id,
                query.kind,
                due.seq,
                due.price,
                due.currency,
                at_us,
                run_id,
            )
            for due in self.items
        ]


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Notifications of a page of customers. `mailed_before` counts customers mailed before the run was interrupted."""

    notifications: list[Notification]
    mailed_before: int = 0
    bad_addresses: int = 0


class NotificationSelection:
    """Selects the notifications of a job."""

    def __init__(self, database: Database, clock: Clock, *, low_at: int) -> None:
        """`low_at` is the quantity at which stock is low."""
        self._database = database
        self._clock = clock
        self._low_at = low_at

    def query(self, job: StoredJob) -> NotificationQuery:
        """The query of a job's run that starts now."""
        return NotificationQuery(
            tenant=job.tenant_id,
            kind=job.notification,
            low_at=self._low_at * SCALE,
            mailed_before=self._clock.now_us() - REMIND_AFTER_DAYS * US_PER_DAY,
            quiet_since=self._clock.now_us() - QUIET_DAYS * US_PER_DAY,
        )

    async def pages(
        self, job: StoredJob, query: NotificationQuery, *, run_id: str = ""
    ) -> AsyncIterator[NotificationPage]:
        """Notifications of a run, in the order of customers, without those that the run has sent already.

        Each page is a read of its own, so a long selection sees changes that happen meanwhile.
        """
        after = ""
        while True:
            async with self._database.read() as conn:
                upto = await wishlists.page_end(conn, job.tenant_id, after=after, items=PAGE_ITEMS)
                if upto is None:
                    return
                due = await wishlists.due(conn, query, after=after, upto=upto)
                mailed_before = await wishlists.customers_mailed_in_run(
                    conn, job.tenant_id, run_id, after=after, upto=upto
                )
            yield _page(job, due, mailed_before)
            after = upto


def _page(job: StoredJob, due: Sequence[DueItem], mailed_before: set[str]) -> NotificationPage:
    notifications, bad = [], 0
    for customer, items in groupby(due, key=lambda item: item.customer_id):
        if customer in mailed_before:
            continue
        notification = _notification(job, customer, list(items))
        if notification is None:
            bad += 1
        else:
            notifications.append(notification)
    return NotificationPage(notifications, len(mailed_before), bad)


def _notification(job: StoredJob, customer: str, due: Sequence[DueItem]) -> Notification | None:
    """The notification about these items; None where the customer's address is invalid."""
    address = known_address(due[0].email)
    if address is None:
        return None
    listed = _listed(job, due)
    request = EmailRequest(
        to=address,
        template_id=job.template_id,
        fallback=job.notification.lower(),
        consent=MailConsent(CATALOGUE, customer, job.id).packed(),
        data={
            "notification": job.notification,
            "customer_id": customer,
            "first_name": due[0].first_name,
            "items": listed,
            "item_count": len(due),
            "utm_medium": job.utm_medium,
            "campaign_id": job.campaign_id,
        },
    )
    return Notification(customer, request, due[: len(listed)] if job.number_of_items else due)


def _listed(job: StoredJob, due: Sequence[DueItem]) -> list[dict[str, str]]:
    """Template data of the items in the mail: at most the job's `number_of_items`, and at most MAX_DATA characters."""
    most = len(due) if job.number_of_items == ALL_ITEMS else job.number_of_items
    listed: list[dict[str, str]] = []
    size = 0
    for due_item in due[:most]:
        item = _item(job, due_item)
        size += sum(map(len, item.values()))
        if listed and size > MAX_DATA:
            break
        listed.append(item)
    return listed


def _item(job: StoredJob, due: DueItem) -> dict[str, str]:
    """Template data of an item; prices and quantities are decimal texts without trailing zeros."""
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
    """The item's URL with the job's UTM parameters, by which a shop's analytics attribute the visit."""
    parameters = {"utm_medium": job.utm_medium, "utm_campaign": job.campaign_id}
    utm = {name: value for name, value in parameters.items() if value}
    if not url or not utm:
        return url
    address, hash_sign, fragment = url.partition("#")
    separator = "&" if "?" in address else "?"
    return f"{address}{separator}{urlencode({'utm_source': UTM_SOURCE, **utm})}{hash_sign}{fragment}"
