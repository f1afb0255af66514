"""Reading many subscriptions of a tenant in pages, each with a connection of its own, and with turns between them."""

from typing import Final

from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.platform.turns import Turn
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api

PAGE: Final = 100


async def all_of(
    database: Database,
    tenant: int,
    *,
    api: Api | None = None,
    after_key: int = 0,
    upto_key: int | None = None,
    has_inactive: bool = True,
) -> list[Subscription]:
    """All of the tenant's subscriptions that `table.page` would give, oldest first."""
    found, turn = list[Subscription](), Turn()
    while True:
        async with database.read() as conn:
            page = await table.page(
                conn,
                tenant,
                api=api,
                after_key=found[-1].key if found else after_key,
                upto_key=upto_key,
                has_inactive=has_inactive,
                limit=PAGE,
            )
        found += page
        if len(page) < PAGE:
            return found
        await turn.give()
