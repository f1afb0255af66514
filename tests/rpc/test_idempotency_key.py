"""`Idempotency-Key` over the wire: one effect, one answer."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from tests.rpc.recording import Events, Subscriptions, Tests
from tests.support.installation import Installation, failure_of, metadata_of
from tidings.admin.v1 import tenants_pb2
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings.collector.v1 import event_subscriptions_pb2 as subscriptions_pb
from tidings.collector.v1 import events_pb2 as pb
from tidings.collector.v1.event_subscriptions_pb2_grpc import EventSubscriptionServiceStub
from tidings.collector.v1.events_pb2_grpc import EventServiceStub
from tidings.push.v1 import subscriptions_pb2 as push_pb
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from tidings_server.identity.api.tenants import TenantService
from tidings_server.identity.portal_links import PortalLinks, PortalRights
from tidings_server.identity.tenant_quotas import TenantQuotas
from tidings_server.platform.errors import InvalidInput, Unavailable
from tidings_server.rpc.middleware.idempotency import KEPT_BYTES
from tidings_server.rpc.store.tables import idempotency

ORDER = pb.CreateEventRequest(event=pb.Event(entity_name="ORDER"))
PRICE = pb.CreateEventRequest(event=pb.Event(entity_name="PRICE"))


async def _headers(installation: Installation, key: str = "k-1") -> dict[str, str]:
    return await installation.headers() | {"idempotency-key": key}


async def test_the_same_request_has_one_effect_and_one_answer(installation: Installation, tmp_path: Path) -> None:
    events = Events()
    headers = metadata_of(await _headers(installation) | {"x-envoy-original-path": "/api/v1/events"})
    async with installation.serving(events, edge=tmp_path / "s") as channel:
        stub = EventServiceStub(channel)
        calls = [stub.CreateEvent(ORDER, metadata=headers) for _ in range(3)]
        answers = [await call for call in calls]
        sent = [dict(await call.initial_metadata()) for call in calls]
    assert len(events.seen) == 1
    assert answers == [answers[0]] * 3
    assert answers[0].id == events.scopes[0].reserved_id
    expected = {"x-http-code": "201", "location": f"/api/v1/events/{answers[0].id}", "etag": '"1"'}
    assert sent == [expected] * 3


async def test_a_quoted_key_is_the_same_key(installation: Installation) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        for key in ("k-1", '"k-1"'):
            await stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation, key)))
    assert len(events.seen) == 1


@pytest.mark.parametrize("key", ['"k-1', 'k-1"', '""', '"', '""k-1""', "'k-1'", "k 1", "k" * 129, "k,1"])
async def test_a_key_of_another_form_is_refused(installation: Installation, key: str) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation, key)))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert events.seen == []


async def test_a_large_answer_is_not_kept_and_made_again_with_the_same_id(installation: Installation) -> None:
    events = Events(padding=KEPT_BYTES)
    async with installation.serving(events) as channel:
        stub: Any = EventServiceStub(channel)
        headers = metadata_of(await _headers(installation))
        answers = [await stub.CreateEvent(ORDER, metadata=headers) for _ in range(2)]
    assert len(events.seen) == 2
    assert answers[0] == answers[1]
    async with installation.database.read() as conn:
        assert (await conn.execute(select(idempotency.c.answer))).scalars().all() == [None]


async def test_another_body_under_the_same_key_is_a_conflict(installation: Installation) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        await stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation)))
        failure = await failure_of(stub.CreateEvent(PRICE, metadata=metadata_of(await _headers(installation))))
    assert (failure.code, failure.status) == (grpc.StatusCode.ALREADY_EXISTS, 409)
    assert len(events.seen) == 1


async def test_another_tenants_key_is_another_key(installation: Installation) -> None:
    events, other = Events(), installation.other
    token = await installation.token_of(other.client_id, other.client_secret)
    theirs = {"authorization": f"Bearer {token}", "x-twc-tenant": "other-tenant", "idempotency-key": "k-1"}
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        first = await stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation)))
        second = await stub.CreateEvent(ORDER, metadata=metadata_of(theirs))
    assert first.id != second.id


async def test_another_applications_key_is_another_key(installation: Installation) -> None:
    links = PortalLinks(
        installation.database,
        installation.tenants,
        tokens=installation.tokens,
        throttle=installation.throttle,
        clock=installation.clock,
        ids=installation.ids,
    )
    answers = []
    async with installation.serving(Subscriptions()) as channel:
        for application in ("shop", "till", "shop"):
            made = await links.create("demo", PortalRights(application))
            opened = await links.exchange(made.address.partition("#")[2])
            headers = await _headers(installation) | {"authorization": f"Bearer {opened.access_token}"}
            answer = await SubscriptionServiceStub(channel).TestSubscription(
                push_pb.TestSubscriptionRequest(id="s-1"), metadata=metadata_of(headers)
            )
            answers.append(answer.delivery_id)
    assert answers == ["1", "2", "1"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, '"', "ä".encode().decode("latin-1").replace("\xa4", "/")[1:]])
async def test_a_malformed_key_is_refused(installation: Installation, key: str) -> None:
    events = Events()
    async with installation.serving(events) as channel:
        call = EventServiceStub(channel).CreateEvent(ORDER, metadata=metadata_of(await _headers(installation, key)))
        failure = await failure_of(call)
    assert (failure.status, failure.body["fieldErrors"][0]["field"]) == (400, "Idempotency-Key")
    assert events.seen == []


async def test_a_request_with_its_own_id_or_without_a_key_needs_none(installation: Installation) -> None:
    events = Events()
    own = pb.CreateEventRequest(event=pb.Event(id="e-1"))
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        for _ in range(2):
            await stub.CreateEvent(own, metadata=metadata_of(await _headers(installation)))
            await stub.CreateEvent(ORDER, metadata=metadata_of(await installation.headers()))
            await stub.GetEvent(pb.GetEventRequest(id="e-1"), metadata=metadata_of(await _headers(installation)))
    assert [scope.reserved_id for scope in events.scopes] == [None] * 6


async def test_a_refused_request_may_be_mended_under_its_key(installation: Installation) -> None:
    events = Events(fails=InvalidInput())
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        await failure_of(stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation))))
        events.fails = None
        assert (await stub.CreateEvent(PRICE, metadata=metadata_of(await _headers(installation)))).id


async def test_a_repeated_call_on_a_resource_is_executed_once(installation: Installation) -> None:
    tests = Tests()
    request = subscriptions_pb.TestEventSubscriptionRequest(id="s-1")
    async with installation.serving(tests) as channel:
        stub = EventSubscriptionServiceStub(channel)
        headers = metadata_of(await _headers(installation))
        answers = [await stub.TestEventSubscription(request, metadata=headers) for _ in range(2)]
        request.id = "s-2"
        failure = await failure_of(stub.TestEventSubscription(request, metadata=headers))
    assert [answer.delivery_id for answer in answers] == ["1", "1"]
    assert (tests.served, failure.status) == (1, 409)


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("fault", [Unavailable(), ValueError()])
async def test_after_a_fault_of_ours_the_retry_has_the_same_id(installation: Installation, fault: Exception) -> None:
    events = Events(fails=fault)
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        await failure_of(stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation))))
        events.fails = None
        answer = await stub.CreateEvent(ORDER, metadata=metadata_of(await _headers(installation)))
    first, second = events.scopes
    assert first.reserved_id == second.reserved_id == answer.id


async def test_a_repeat_that_comes_too_early_waits_for_the_answer(installation: Installation) -> None:
    class Slow(Events):
        entered = asyncio.Event()
        leave = asyncio.Event()

        async def CreateEvent(self, request: pb.CreateEventRequest, context: Any) -> pb.Event:
            self.entered.set()
            await self.leave.wait()
            return await super().CreateEvent(request, context)

    events = Slow()
    async with installation.serving(events) as channel:
        stub = EventServiceStub(channel)
        headers = metadata_of(await _headers(installation))
        first = asyncio.ensure_future(stub.CreateEvent(ORDER, metadata=headers))
        await events.entered.wait()
        second = asyncio.ensure_future(stub.CreateEvent(ORDER, metadata=headers))
        events.leave.set()
        assert await first == await second
    assert len(events.seen) == 1


async def test_a_tenant_and_its_client_are_created_once(installation: Installation) -> None:
    operator = {"authorization": f"Bearer {installation.demo['operator_token']}", "idempotency-key": "k-1"}
    async with installation.serving(
        TenantService(installation.tenants, TenantQuotas(installation.database, installation.tenants))
    ) as channel:
        stub = TenantServiceStub(channel)
        tenant = tenants_pb2.CreateTenantRequest(name="third")
        client = tenants_pb2.CreateClientRequest(tenant_id="third")
        tenants = [await stub.CreateTenant(tenant, metadata=metadata_of(operator)) for _ in range(2)]
        clients = [await stub.CreateClient(client, metadata=metadata_of(operator)) for _ in range(2)]
    assert tenants[0] == tenants[1]
    assert clients[0] == clients[1]
    assert await installation.token_of(clients[0].client_id, clients[0].client_secret)
