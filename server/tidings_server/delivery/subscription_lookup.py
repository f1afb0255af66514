"""Lookup of a subscription by its id alone, of whichever dialect."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform.errors import NotFound
from tidings_server.platform.scope import Scope


async def find_subscription(conn: AsyncConnection, scope: Scope, subscription_id: str) -> Subscription:
    """The caller's subscription of that id. Raises NotFound for an unknown, a deleted and another's."""
    for api in table.CLIENT_APIS:
        stored = await table.get(conn, scope.tenant, api, subscription_id)
        if stored is not None and stored.deleted_at is None and scope.sees(stored.app_id):
            return stored
    raise NotFound("There is no such subscription.")
