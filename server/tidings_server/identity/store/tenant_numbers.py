"""Numbers of new tenants, which begin with the shard that all of their events are in."""

from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.identity.store.tables import tenant
from tidings_server.storage.log.shards import TENANT_BITS, in_shard
from tidings_server.storage.log.tables import shard_head
from tidings_server.storage.tables import config_version

NUMBERS_KIND: Final = "tenant_numbers"
"""Kind of `config_version` that holds the last number given to a tenant; one for each shard."""


async def next_number(conn: AsyncConnection) -> int:
    """A number that no tenant has had, so that no row left of a deleted tenant is another's."""
    shard = await _emptiest_shard(conn)
    first, kind = shard << TENANT_BITS, in_shard(NUMBERS_KIND, shard)
    last = select(func.max(tenant.c.number)).where(tenant.c.number < first + (1 << TENANT_BITS)).scalar_subquery()
    used = select(config_version.c.version).where(config_version.c.kind == kind).scalar_subquery()
    row = (await conn.execute(select(last, used))).one()
    number = 1 + max(first, *(each or 0 for each in row))
    counted = update(config_version).where(config_version.c.kind == kind).values(version=number)
    if (await conn.execute(counted)).rowcount == 0:
        await conn.execute(insert(config_version).values(kind=kind, version=number))
    return number


async def _emptiest_shard(conn: AsyncConnection) -> int:
    """The shard with the fewest tenants, the first of several."""
    shards: list[int] = [0, *(await conn.execute(select(shard_head.c.shard).order_by(shard_head.c.shard))).scalars()]
    if len(shards) == 1:
        return 0
    shard = tenant.c.number.op(">>")(TENANT_BITS).label("shard")
    rows = await conn.execute(select(shard, func.count()).group_by(shard))
    counts = {int(number): count for number, count in rows}
    return min(shards, key=lambda each: (counts.get(each, 0), each))
