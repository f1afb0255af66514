"""Finding a subscription by its id alone, whichever dialect made it."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.errors import NotFound
from tidings_server.scope import Scope
from tidings_server.store import subscriptions as table
from tidings_server.store.records import Api
from tidings_server.store.subscriptions import Subscription

APIS: Final = (Api.COLLECTOR, Api.PUSH)


async def own_subscription(conn: AsyncConnection, scope: Scope, subscription_id: str) -> Subscription:
    """The caller's subscription of that id. Raises NotFound for an unknown, a deleted and another tenant's."""
    for api in APIS:
        stored = await table.get(conn, scope.tenant, api, subscription_id)
        if stored is not None and stored.deleted_at is None:
            return stored
    raise NotFound(f"There is no subscription {subscription_id}.")
