"""Support of the push API's tests: callers, endpoints with configured answers, REST answers as the edge prints them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import grpc
from google.protobuf.message import Message
from sqlalchemy import insert

from tidings.push.v1 import subscriptions_pb2 as pb
from tidings_server.delivery import message as delivery_message
from tidings_server.delivery.confirmations import Confirmations
from tidings_server.delivery.message import Destination, DestinationSettings, Outcome, OutcomeKind
from tidings_server.delivery.store import subscriptions as table
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.delivery.store.tables import delivery
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.platform.errors import Unauthenticated
from tidings_server.platform.scope import Scope
from tidings_server.rpc.json_values import printed
from tidings_server.rpc.method import rpc_of
from tidings_server.rpc.required_scopes import EVENTS_READ, SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE
from tidings_server.storage.database import Database
from tidings_server.storage.log.records import Api, EventRecord

GRANTS = frozenset({EVENTS_READ, SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE})
ANN = Scope(tenant=1, tenant_id="t-1", tenant_name="acme", actor="ann", app_id="shop", grants=GRANTS)
CALLERS = {
    "ann": ANN,
    "eve": replace(ANN, tenant=2, tenant_id="t-2", tenant_name="other", actor="eve"),
    "reader": replace(ANN, actor="reader", grants=frozenset({SUBSCRIPTIONS_READ})),
}
LEAST: dict[str, Any] = {"endpoint": "https://example.com/hook", "topics": ["order.*"]}


class Known:
    """Credentials: the token is the caller's name."""

    async def bearer(self, token: str) -> Scope:
        if token not in CALLERS:
            raise Unauthenticated
        return CALLERS[token]


class Endpoints:
    """Every endpoint: accepts all requests, and gives the configured answers."""

    max_batch = 1

    def __init__(self) -> None:
        self.answer = Outcome(OutcomeKind.DELIVERED, 200)
        self.taken: list[delivery_message.Message] = []

    def open(self, settings: DestinationSettings) -> Destination:
        assert settings.kind is DestinationKind.WEBHOOK
        return self

    async def send(self, batch: Sequence[delivery_message.Message]) -> list[Outcome]:
        self.taken += batch
        return [self.answer] * len(batch)


@dataclass(frozen=True)
class Reply:
    """An answer as a REST client would see it."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class World:
    channel: grpc.aio.Channel
    database: Database
    projection: ConsumerRunner
    confirmations: Confirmations
    endpoints: Endpoints

    async def call(self, rpc: str, request: Message, *, token: str = "ann", **headers: str) -> Reply:
        """Calls `Service/Method` as the edge does."""
        method: Any = self.channel.unary_unary(
            f"/tidings.push.v1.{rpc}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=_answer_of(rpc).FromString,
        )
        sent = {"authorization": f"Bearer {token}", "x-envoy-original-path": "/asked?for=it"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        call = method(request, metadata=tuple(sent.items()))
        try:
            answer = await call
        except grpc.aio.AioRpcError as error:
            trailers = cast("dict[str, str]", dict(error.trailing_metadata()))
            return Reply(int(trailers["x-http-code"]), json.loads(trailers["x-http-body"]), trailers)
        noted = cast("dict[str, str]", dict(await call.initial_metadata()))
        body = json.loads(answer.data) if hasattr(answer, "data") else printed(answer)
        return Reply(int(noted.get("x-http-code", "200")), body, noted)

    async def create(self, *, token: str = "ann", **other: Any) -> dict[str, Any]:
        """A new subscription as it was answered."""
        reply = await self.call(
            "SubscriptionService/CreateSubscription",
            pb.CreateSubscriptionRequest(subscription=pb.Subscription(**{**LEAST, **other})),
            token=token,
        )
        assert reply.status == 201, reply
        return cast("dict[str, Any]", reply.body)

    async def select(self, path: str, fields: str = "", *, token: str = "ann", **other: Any) -> Reply:
        request = pb.SelectFieldsRequest(path=path, response_fields=fields, **other)
        return await self.call("SelectionService/SelectFields", request, token=token)

    async def event(self, event_id: str, **other: Any) -> int:
        """The position of a new event of the collector; it can be searched for."""
        blank = dict.fromkeys(EventRecord._fields)
        values = {"tenant_id": 1, "api": Api.COLLECTOR, "event_id": event_id, "topic": "order.created", "hops": 0}
        stamp = {"occurred_at": 1, "recorded_at": 0, "body_hash": b"", "body": b""}
        [appended] = await self.database.write_queue.append([EventRecord(**{**blank, **values, **stamp, **other})])
        while await self.projection.run_once():
            pass
        return appended.seq

    async def deliver(self, subscription_id: str, seq: int, **other: Any) -> int:
        """The number of a queued delivery."""
        async with self.database.read() as conn:
            stored = await table.get(conn, 1, Api.PUSH, subscription_id)
        assert stored is not None
        values = {"tenant_id": 1, "subscription_key": stored.key, "seq": seq, "replay_id": "", "state": "PENDING"}
        values |= {"priority": 0, "attempts": 0, "tries": 0, "due_at": 1, "lease_until": 0, "created_at": 1}
        values |= {"updated_at": 1, "reason": "", **other}
        statement = insert(delivery).values(values).returning(delivery.c.id)
        return int((await self.database.write_queue.run(lambda conn: conn.execute(statement))).scalar_one())


def _answer_of(rpc: str) -> Any:
    return rpc_of(f"/tidings.push.v1.{rpc}").response
