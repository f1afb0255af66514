"""Deliveries in retention: finished ones go before their events; pending ones and unfinished replays keep theirs."""

from typing import Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.delivery.store.tables import delivery, delivery_attempt, recovery_item, replay
from tidings_server.log.store.retention import RetentionPort
from tidings_server.storage.array_parameters import as_list, is_listed
from tidings_server.storage.log.shards import end_of, start_of
from tidings_server.storage.log.tables import event

PENDING: Final = "PENDING"


class DeliveryRetention(RetentionPort):
    """Deliveries, their attempts, and replays."""

    needed = exists().where(delivery.c.seq == event.c.seq)

    async def floor(self, conn: AsyncConnection, shard: int) -> int | None:
        is_of_shard = replay.c.position.between(start_of(shard), end_of(shard))
        unfinished = select(func.min(replay.c.position)).where(replay.c.finished_at.is_(None), is_of_shard)
        lowest: int | None = (await conn.execute(unfinished)).scalar_one()
        return lowest

    async def remove_before(self, conn: AsyncConnection, *, after: int, upto: int, limit: int) -> int:
        finished = (delivery.c.seq > after, delivery.c.seq <= upto, delivery.c.state != PENDING)
        ids = list((await conn.execute(select(delivery.c.id).where(*finished).limit(limit))).scalars())
        if ids:
            for column in (recovery_item.c.delivery_id, delivery_attempt.c.delivery_id, delivery.c.id):
                is_one = is_listed(column, conn.dialect.name, "ids")
                await conn.execute(delete(column.table).where(is_one), {"ids": as_list(ids)})
        return len(ids)
