"""Answers kept by key: one for each request, sealed, for a day."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.installation import Installation
from tidings_server.platform.errors import Conflict
from tidings_server.platform.sealing import Sealer
from tidings_server.rpc.middleware.idempotency import IdempotencyKeys
from tidings_server.rpc.store.idempotency import IdempotencyKey
from tidings_server.rpc.store.tables import idempotency

SLOT = IdempotencyKey(1, "/tidings.push.v1.SubscriptionService/CreateSubscription", "k-1")
A, B = b"a" * 32, b"b" * 32


def _another_process(installation: Installation) -> IdempotencyKeys:
    return IdempotencyKeys(
        installation.database, sealer=Sealer(b"k" * 32), clock=installation.clock, ids=installation.ids
    )


async def test_the_same_request_gets_the_kept_answer(installation: Installation) -> None:
    first = await installation.idempotency_keys.reserve(SLOT, A)
    assert first.answer is None
    headers = {"x-http-code": "201"}
    await installation.idempotency_keys.keep(SLOT, b"answer \xff", headers)
    again = await _another_process(installation).reserve(SLOT, A)
    assert (again.answer, again.headers, again.resource_id) == (
        b"answer \xff",
        {"x-http-code": "201"},
        first.resource_id,
    )


async def test_another_request_under_the_key_is_a_conflict(installation: Installation) -> None:
    await installation.idempotency_keys.reserve(SLOT, A)
    with pytest.raises(Conflict):
        await installation.idempotency_keys.reserve(SLOT, B)


async def test_after_a_crash_the_retry_has_the_same_id(installation: Installation) -> None:
    before = await installation.idempotency_keys.reserve(SLOT, A)
    after = await _another_process(installation).reserve(SLOT, A)
    assert (after.answer, after.resource_id) == (None, before.resource_id)


async def test_a_refused_request_gives_its_key_free(installation: Installation) -> None:
    await installation.idempotency_keys.reserve(SLOT, A)
    await installation.idempotency_keys.release(SLOT)
    assert (await installation.idempotency_keys.reserve(SLOT, B)).answer is None


@pytest.mark.parametrize("swept", [True, False])
async def test_a_key_is_kept_for_a_day(installation: Installation, swept: bool) -> None:
    first = await installation.idempotency_keys.reserve(SLOT, A)
    installation.clock.advance(timedelta(hours=23))
    assert await installation.idempotency_keys.run_once() == 0
    assert (await installation.idempotency_keys.reserve(SLOT, A)).resource_id == first.resource_id
    installation.clock.advance(timedelta(hours=2))
    if swept:
        assert await installation.idempotency_keys.run_once() == 1
    assert (await installation.idempotency_keys.reserve(SLOT, B)).resource_id != first.resource_id


async def test_keys_of_tenants_and_calls_do_not_meet(installation: Installation) -> None:
    first = await installation.idempotency_keys.reserve(SLOT, A)
    for other in (
        IdempotencyKey(2, SLOT.method, SLOT.key),
        IdempotencyKey(1, "/else", SLOT.key),
        IdempotencyKey(1, SLOT.method, "k-2"),
    ):
        assert (await installation.idempotency_keys.reserve(other, B)).resource_id != first.resource_id


async def test_concurrent_reservations_agree_on_one_id(installation: Installation) -> None:
    processes = [installation.idempotency_keys, _another_process(installation)]
    reserved = await asyncio.gather(*(process.reserve(SLOT, A) for process in processes * 5))
    assert len({one.resource_id for one in reserved}) == 1


async def test_the_second_waits_for_the_firsts_turn(installation: Installation) -> None:
    order: list[str] = []

    async def request(name: str) -> None:
        async with installation.idempotency_keys.turn(SLOT):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(request("a"), request("b"))
    assert order == ["a in", "a out", "b in", "b out"]


async def test_an_answer_is_not_stored_as_it_is(installation: Installation) -> None:
    await installation.idempotency_keys.reserve(SLOT, A)
    await installation.idempotency_keys.keep(SLOT, b"sharedSecret", {})
    async with installation.database.read() as conn:
        sealed = (await conn.execute(select(idempotency.c.answer))).scalar_one()
    assert b"sharedSecret" not in sealed
    assert b"c2hhcmVkU2VjcmV0" not in sealed
