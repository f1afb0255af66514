"""Statements of the listing of push subscriptions, filtered, sorted and paged.

Source: WIRE.md 002. Field names are the API's own.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import JSON, ColumnElement, Text, cast, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.subscriptions import COLUMNS, Subscription, from_row
from tidings_server.delivery.store.tables import subscription
from tidings_server.push.store.filters import Comparison, FieldType, FilterField, FilterFields, Operator, Ordering
from tidings_server.push.store.pages import OffsetPage, fetch_page
from tidings_server.storage.log.records import Api

SITE: Final = "subscribingTenants.subscribingSites.siteId"

_EXTRA: Final = cast(subscription.c.extra, JSON().with_variant(Text(), "sqlite"))
"""The fields that only this API has; SQLite reads JSON from text."""

SUBSCRIPTION_FIELDS: Final = FilterFields(
    {
        "apiVersion": FilterField(literal("1", Text)),
        "appId": FilterField(subscription.c.app_id),
        "confirmed": FilterField(subscription.c.is_confirmed, FieldType.FLAG),
        "contentType": FilterField(subscription.c.content_type),
        "createBy": FilterField(subscription.c.created_by),
        "createDate": FilterField(subscription.c.created_at, FieldType.INSTANT),
        "endpoint": FilterField(subscription.c.endpoint),
        "id": FilterField(subscription.c.id, FieldType.GUID),
        "isActive": FilterField(subscription.c.is_active, FieldType.FLAG),
        "noCallback": FilterField(subscription.c.no_callback, FieldType.FLAG),
        "notificationDeliveryType": FilterField(literal("Http", Text)),
        "subscribingTenants.isActive": FilterField(_EXTRA["isTenantActive"].as_boolean(), FieldType.FLAG),
        "subscribingTenants.tenantId": FilterField(subscription.c.tenant_id, FieldType.NUMBER),
        SITE: FilterField(subscription.c.sites, FieldType.NUMBER, is_list=True),
        "topics": FilterField(subscription.c.topics, is_list=True),
        "updateBy": FilterField(subscription.c.updated_by),
        "updateDate": FilterField(subscription.c.updated_at, FieldType.INSTANT),
    }
)


async def subscriptions(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    site_id: int | None,
    application: str | None = None,
    comparisons: Sequence[Comparison],
    orderings: Sequence[Ordering],
    offset: int,
    limit: int,
) -> OffsetPage[Subscription]:
    """The tenant's push subscriptions, the oldest first by default; with a site those that get its events."""
    query = select(*COLUMNS).where(
        subscription.c.tenant_id == tenant_id,
        subscription.c.api == Api.PUSH,
        subscription.c.deleted_at.is_(None),
        *([] if site_id is None else [_gets_site(site_id)]),
        *([] if application is None else [subscription.c.app_id == application]),
        *SUBSCRIPTION_FIELDS.where(comparisons),
    )
    order = [*SUBSCRIPTION_FIELDS.order_by(orderings), subscription.c.key.asc()]
    page = await fetch_page(conn, query, order_by=order, offset=offset, limit=limit)
    return OffsetPage([from_row(row) for row in page.items], page.total, page.is_lower_bound)


def _gets_site(site_id: int) -> ColumnElement[bool]:
    [named] = SUBSCRIPTION_FIELDS.where([Comparison(SITE, Operator.EQ, str(site_id))])
    return or_(subscription.c.sites == "[]", named)
