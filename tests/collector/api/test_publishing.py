"""Streaming ingest: an outcome for each event, windows, quotas, ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import grpc
import pytest

from tests.collector.api.publisher import PUBLISH, Publisher, details, order, orders, publishing
from tests.collector.api.world import World
from tests.support.waiting import until
from tidings.collector.v1 import publishing_pb2 as pb
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings_server.collector.publishing import STREAM_EVENTS, TENANT_EVENTS
from tidings_server.identity.store.quotas import Quota
from tidings_server.identity.tenant_quotas import TenantQuotas
from tidings_server.rpc.client_streams import MAX_ITEMS

SMALL = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16 << 10), ("grpc.use_local_subchannel_pool", 1))
"""A connection that takes little before it is read."""
OK, STORED, DUPLICATE, REFUSED = (grpc.StatusCode.OK, ""), "STORED", "DUPLICATE", "REFUSED"


async def test_events_are_acknowledged_in_order_once_they_are_stored(world: World) -> None:
    async with publishing(world) as publisher:
        await publisher.send(orders("e", 3))
        acknowledged = await publisher.settled(3)
        assert [(each.number, each.id) for each in acknowledged] == [(1, "e-0"), (2, "e-1"), (3, "e-2")]
        assert publisher.outcomes == [STORED] * 3
        assert await world.stored() == (3, 0)
        await publisher.send([order("e-3")])
        await publisher.call.done_writing()
        assert await publisher.ended() == OK
    assert publisher.acknowledged[-1].number == 4
    assert (await world.rest("GetEvent", {"id": "e-3"})).json["entity_id"] == "O-1"


async def test_the_same_event_again_is_a_duplicate_and_stored_once(world: World) -> None:
    async with publishing(world) as publisher:
        await publisher.send([order("e"), order("e"), order("f")])
        await publisher.settled(3)
        await publisher.send([order("f")])
        await publisher.settled(4)
    assert publisher.outcomes == [STORED, DUPLICATE, STORED, DUPLICATE]
    assert await world.stored() == (2, 0)


async def test_an_event_of_a_single_call_is_a_duplicate_in_a_stream_and_the_other_way_round(world: World) -> None:
    assert (await world.rest("CreateEvent", {"event": {"id": "e", "event_type": "FAULT"}})).status == 201
    async with publishing(world) as publisher:
        await publisher.send([Event(id="e", event_type=Event.FAULT), Event(id="f", event_type=Event.FAULT)])
        await publisher.settled(2)
    assert publisher.outcomes == [DUPLICATE, STORED]
    assert (await world.rest("CreateEvent", {"event": {"id": "f", "event_type": "FAULT"}})).status == 200


async def test_an_event_without_an_id_gets_one_and_another_tenants_id_is_free(world: World) -> None:
    async with publishing(world) as publisher, publishing(world, "other") as others:
        await publisher.send([order(), order("e")])
        [made, _] = await publisher.settled(2)
        await others.send([order("e", entity_id="another")])
        await others.settled(1)
    assert UUID(made.id).version == 7
    assert (await world.rest("GetEvent", {"id": made.id})).status == 200
    assert others.outcomes == [STORED]


BAD = {
    "entity_name": Event(entity_name="x" * 129, event_type=Event.ORDER),
    "event_type": Event(id="without-a-type"),
    "event_payload.operation": Event(event_type=Event.ORDER, event_payload=EventPayload(operation=99)),  # type: ignore[arg-type]  # unknown
    "event_payload.base64_encoded_payload_json": Event(
        event_type=Event.ORDER, event_payload=EventPayload(base64_encoded_payload_json="s3cret!")
    ),
    "entity_id": Event(entity_id="nul\0", event_type=Event.ORDER),
    "id": Event(id="no id", event_type=Event.ORDER),
}


@pytest.mark.parametrize("field", BAD)
async def test_a_bad_event_is_refused_with_its_field_and_rule_and_hurts_no_other(world: World, field: str) -> None:
    async with publishing(world) as publisher:
        await publisher.send([order("before"), BAD[field], order("after")])
        await publisher.settled(3)
        await publisher.send([order("later")])
        await publisher.settled(4)
    assert publisher.outcomes == [STORED, REFUSED, STORED, STORED]
    refused = publisher.acknowledged[1].error
    reason, fields, retry_s = details(refused)
    assert (refused.code, reason, list(fields), retry_s) == (3, "INVALID_INPUT", [field], None)
    assert fields[field]
    assert "s3cret" not in str(refused)


async def test_a_taken_id_is_refused_as_a_single_call_is(world: World) -> None:
    async with publishing(world) as publisher:
        await publisher.send([order("e"), order("e", entity_id="another"), order("f")])
        await publisher.settled(3)
    assert publisher.outcomes == [STORED, REFUSED, STORED]
    assert publisher.acknowledged[1].error.code == grpc.StatusCode.ALREADY_EXISTS.value[0]
    assert details(publisher.acknowledged[1].error)[0] == "CONFLICT"


async def test_an_event_that_is_too_large_is_refused_alone(world: World) -> None:
    large = Event(id="large", entity_id="x" * 300_000, event_type=Event.ORDER)
    huge = Event(id="huge", entity_id="x" * (2 << 20), event_type=Event.ORDER)
    async with publishing(world) as publisher:
        await publisher.send([order("e"), large, order("f")])
        await publisher.send([huge])
        await publisher.send([order("g")])
        await publisher.settled(5)
    assert publisher.outcomes == [STORED, REFUSED, STORED, REFUSED, STORED]
    assert {details(publisher.acknowledged[at].error)[0] for at in (1, 3)} == {"PAYLOAD_TOO_LARGE"}


async def test_an_event_that_cannot_be_decoded_is_refused_alone(world: World) -> None:
    bad = b"\x0a\x02\xff\xfe"  # entity_id, not UTF-8
    good = order("e").SerializeToString()
    raw = b"".join(b"\x0a" + bytes((len(each),)) + each for each in (good, bad, order("f").SerializeToString()))
    async with raw_publishing(world) as publisher:
        await publisher.call.write(raw)
        await publisher.settled(3)
    assert publisher.outcomes == [STORED, REFUSED, STORED]


@pytest.mark.parametrize(
    "raw", [b"\x0a\xff", b"\xff" * 40, b"\x0b", b"\x0a\x00" * (MAX_ITEMS + 1), b"\x1f\x8b\x08rest"]
)
async def test_what_is_no_message_of_events_ends_the_stream_after_what_came_before(world: World, raw: bytes) -> None:
    async with raw_publishing(world) as publisher:
        await publisher.call.write(pb.PublishEventsRequest(events=orders("e", 2)).SerializeToString())
        await publisher.call.write(raw)
        code, _ = await publisher.ended()
    assert (code, publisher.outcomes) == (grpc.StatusCode.INVALID_ARGUMENT, [STORED] * 2)


async def test_a_message_without_events_changes_nothing(world: World) -> None:
    async with publishing(world) as publisher:
        await publisher.send([])
        await publisher.send([order("e")])
        [acknowledged] = await publisher.settled(1)
    assert acknowledged.number == 1


async def test_a_quota_admits_what_it_has_and_refuses_the_rest_with_a_time(world: World) -> None:
    await TenantQuotas(world.database, world.tenants).put("acme", Quota(events_per_second=2))
    await world.quotas.run_once()
    async with publishing(world) as publisher, publishing(world, "other") as others:
        await publisher.send(orders("e", 30))
        acknowledged = await publisher.settled(30)
        await others.send(orders("e", 30))
        await others.settled(30)
    assert publisher.outcomes == [STORED] * 20 + [REFUSED] * 10
    assert acknowledged[-1].error.code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    assert details(acknowledged[-1].error)[2] == 1.0
    assert others.outcomes == [STORED] * 30
    assert await world.stored() == (50, 0)


async def test_streams_of_a_tenant_share_its_window_and_anothers_has_its_own(world: World) -> None:
    async with publishing(world) as first, publishing(world) as second, publishing(world) as third:
        async with publishing(world, "other") as others:
            assert others.windows[0][0] == STREAM_EVENTS
        assert third.windows[0][0] == TENANT_EVENTS // 3
        await first.send([order("e")])
        await first.settled(1)
        assert first.windows[-1][0] == TENANT_EVENTS // 3
        second.call.cancel()
        third.call.cancel()
        await until(lambda: tried_again(first), lambda window: window == STREAM_EVENTS)


async def tried_again(publisher: Publisher) -> int:
    """The window after one more event."""
    await publisher.send([order()])
    await publisher.settled(len(publisher.acknowledged) + 1)
    return publisher.windows[-1][0]


async def test_of_a_client_that_ignores_its_window_no_more_is_read(world: World) -> None:
    """It reads no acknowledgement, so the connection takes no more after some time; others go on."""
    sent = 0
    async with grpc.aio.insecure_channel(world.target, options=SMALL) as own, publishing(world, channel=own) as greedy:
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(1.0):  # being cut off is what this is about
                    await greedy.send([order(entity_id="x" * 900) for _ in range(1_000)])
                    sent += 1_000
        async with publishing(world) as modest:
            await modest.send([order("modest")])
            await modest.settled(1)
        async with publishing(world, "other") as others:
            await others.send([order("others")])
            await others.settled(1)
        head = world.database.heads[0].seq
    assert head < sent


async def test_a_stream_ends_with_its_tenant_though_nothing_comes(world: World) -> None:
    async with publishing(world) as publisher, publishing(world, "other") as others:
        await publisher.send([order("e")])
        await publisher.settled(1)
        await world.tenants.suspend("acme")
        await world.credentials.run_once()
        code, _ = await publisher.ended()
        await others.send([order("e")])
        await others.settled(1)
    assert (code, others.outcomes) == (grpc.StatusCode.UNAUTHENTICATED, [STORED])


async def test_a_stream_without_the_scope_or_the_tenants_token_is_refused(world: World) -> None:
    for headers in ({"authorization": "Bearer wrong"}, {"x-twc-tenant": "other"}):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            async with publishing(world, headers=headers):
                pass
        assert refused.value.code() in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


async def test_a_stop_acknowledges_what_has_come_and_sends_the_client_elsewhere(world: World) -> None:
    async with publishing(world) as publisher:
        await publisher.send(orders("e", 5))
        await publisher.settled(1)
        await world.publishing.drain(5.0)
        code, _ = await publisher.ended()
        assert (code, publisher.is_draining) == (grpc.StatusCode.UNAVAILABLE, True)
        assert publisher.outcomes == [STORED] * len(publisher.acknowledged)
        assert await world.stored() == (len(publisher.acknowledged), 0)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async with publishing(world):
            pass
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_client_that_leaves_without_reading_takes_no_room_with_it(world: World) -> None:
    for _ in range(5):
        async with publishing(world) as publisher:
            await publisher.send(orders("e", 1_000))
    async with publishing(world) as last:
        await last.send([order("last")])
        await last.settled(1)
        assert last.outcomes == [STORED]


@asynccontextmanager
async def raw_publishing(world: World) -> AsyncIterator[Publisher]:
    """A stream of bytes."""
    call: Any = world.channel.stream_stream(PUBLISH, response_deserializer=pb.PublishEventsResponse.FromString)
    sent = {name: value for name, value in world.of("acme").items() if not name.startswith("x-envoy")}
    publisher = Publisher(call(metadata=tuple(sent.items())))
    await publisher.read()
    yield publisher
    publisher.call.cancel()
