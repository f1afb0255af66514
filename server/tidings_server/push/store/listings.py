"""The listings of the push dialect: subscriptions, filtered, sorted and paged.

Source: WIRE.md 002. Field names are the API's own.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import JSON, ColumnElement, Text, cast, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import COLUMNS, Subscription, from_row
from tidings_server.delivery.store.tables import subscription
from tidings_server.push.store.filters import Comparison, Field, Fields, Kind, Operator, Ordering
from tidings_server.push.store.pages import Page, page
from tidings_server.storage.log.records import Api

SITE: Final = "subscribingTenants.subscribingSites.siteId"

_EXTRA: Final = cast(subscription.c.extra, JSON().with_variant(Text(), "sqlite"))
"""What only the dialect understands; SQLite reads JSON from text."""

SUBSCRIPTION_FIELDS: Final = Fields(
    {
        "apiVersion": Field(literal("1", Text)),
        "appId": Field(subscription.c.app_id),
        "confirmed": Field(subscription.c.is_confirmed, Kind.FLAG),
        "contentType": Field(subscription.c.content_type),
        "createBy": Field(subscription.c.created_by),
        "createDate": Field(subscription.c.created_at, Kind.INSTANT),
        "endpoint": Field(subscription.c.endpoint),
        "id": Field(subscription.c.id, Kind.GUID),
        "isActive": Field(subscription.c.is_active, Kind.FLAG),
        "noCallback": Field(subscription.c.no_callback, Kind.FLAG),
        "notificationDeliveryType": Field(literal("Http", Text)),
        "subscribingTenants.isActive": Field(_EXTRA["isTenantActive"].as_boolean(), Kind.FLAG),
        "subscribingTenants.tenantId": Field(subscription.c.tenant_id, Kind.NUMBER),
        SITE: Field(subscription.c.sites, Kind.NUMBER, is_list=True),
        "topics": Field(subscription.c.topics, is_list=True),
        "updateBy": Field(subscription.c.updated_by),
        "updateDate": Field(subscription.c.updated_at, Kind.INSTANT),
    }
)


async def subscriptions(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    site_id: int | None,
    comparisons: Sequence[Comparison],
    orderings: Sequence[Ordering],
    offset: int,
    limit: int,
) -> Page[Subscription]:
    """The tenant's push subscriptions, the oldest first by default; with a site those that get its events."""
    query = select(*COLUMNS).where(
        subscription.c.tenant_id == tenant_id,
        subscription.c.api == Api.PUSH,
        subscription.c.deleted_at.is_(None),
        *([] if site_id is None else [_gets_site(site_id)]),
        *SUBSCRIPTION_FIELDS.where(comparisons),
    )
    order = [*SUBSCRIPTION_FIELDS.order_by(orderings), subscription.c.key.asc()]
    found = await page(conn, query, order_by=order, offset=offset, limit=limit)
    return Page([from_row(row) for row in found.items], found.total, found.is_lower_bound)


def _gets_site(site_id: int) -> ColumnElement[bool]:
    [named] = SUBSCRIPTION_FIELDS.where([Comparison(SITE, Operator.EQ, str(site_id))])
    return or_(subscription.c.sites == "[]", named)
