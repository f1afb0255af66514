"""Loyalty served in this process, with all its workers, and gRPC callers of two tenants."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from tests.support.installation import Installation
from tests.support.waiting import PATIENCE_S
from tidings.loyalty.v1 import (
    backtests_pb2_grpc,
    customers_pb2,
    customers_pb2_grpc,
    economies_pb2_grpc,
    events_pb2,
    events_pb2_grpc,
    failures_pb2_grpc,
    ledger_pb2_grpc,
    rules_pb2,
    rules_pb2_grpc,
)
from tidings_server.composition.loyalty import LoyaltyComponents
from tidings_server.log.events import EventLog
from tidings_server.log.positions import Positions

Metadata = tuple[tuple[str, str], ...]
CALLS = {
    "action": "CreateAction",
    "basket": "AssessBasket",
    "order": "CreateOrder",
    "transaction": "CreateTransaction",
    "redemption": "CreateRedemption",
}
FLAT = [{"type": "POINTS_FLAT", "points": 10}]


@dataclass
class World:
    """One stub for each service; `metadata` has what each caller sends: `shop` (by key), `reader` and `stranger`."""

    channel: grpc.aio.Channel
    metadata: Mapping[str, Metadata]

    def __post_init__(self) -> None:
        self.events: Any = events_pb2_grpc.EventServiceStub(self.channel)
        self.customers: Any = customers_pb2_grpc.CustomerServiceStub(self.channel)
        self.ledger: Any = ledger_pb2_grpc.LedgerServiceStub(self.channel)
        self.rules: Any = rules_pb2_grpc.RuleServiceStub(self.channel)
        self.economies: Any = economies_pb2_grpc.EconomyServiceStub(self.channel)
        self.backtests: Any = backtests_pb2_grpc.BacktestServiceStub(self.channel)
        self.failures: Any = failures_pb2_grpc.FailureServiceStub(self.channel)

    def call(self, rpc: Any, message: Message, *, by: str = "shop", **headers: str) -> Any:
        more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return rpc(message, metadata=self.metadata[by] + more, timeout=PATIENCE_S)

    def send(self, block: str, fields: dict[str, Any], customer_id: str, *, by: str = "shop", **envelope: Any) -> Any:
        sent = {block: fields, "eventId": str(uuid4()), "customerId": customer_id, "nameSpace": "Shop", **envelope}
        name = CALLS[block]
        message = ParseDict({"event": sent}, getattr(events_pb2, f"{name}Request")())
        return self.call(getattr(self.events, name), message, by=by)

    async def customer(self, customer_id: str, *, by: str = "shop") -> Any:
        return await self.call(
            self.customers.GetCustomer, customers_pb2.GetCustomerRequest(customer_id=customer_id), by=by
        )

    def patch(self, customer_id: str, *, by: str = "shop", if_match: str = "*", **fields: Any) -> Any:
        message = ParseDict({"customerId": customer_id, "customer": fields}, customers_pb2.UpdateCustomerRequest())
        return self.call(self.customers.UpdateCustomer, message, by=by, if_match=if_match)

    def make_rule(self, *, by: str = "shop", headers: Mapping[str, str] | None = None, **fields: Any) -> Any:
        rule = {"name": "r", "assesses": "ORDER", "fulfilments": FLAT, **fields}
        message = ParseDict({"rule": rule}, rules_pb2.CreateRuleRequest())
        return self.call(self.rules.CreateRule, message, by=by, **(headers or {}))

    async def rule(self, **fields: Any) -> str:
        """The id of an active rule."""
        created = await self.make_rule(**fields)
        await self.call(self.rules.ActivateRule, rules_pb2.ActivateRuleRequest(rule_id=created.rule_id))
        return str(created.rule_id)


@asynccontextmanager
async def serving(installation: Installation) -> AsyncIterator[World]:
    """The services over an installation, and everything that works in the background."""
    database = installation.database
    earning = LoyaltyComponents(
        database,
        EventLog(database),
        Positions(b"k" * 32),
        clock=installation.clock,
        ids=installation.ids,
    )
    metadata = await _log_in(installation)
    async with installation.serving(*earning.servicers()) as channel, asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for work in earning.workers.values()]
        yield World(channel, metadata)
        for worker in workers:
            worker.cancel()


async def _log_in(installation: Installation) -> dict[str, Metadata]:
    demo, other = installation.demo, installation.other
    key = (("x-tenant-id", demo["tenant_id"]), ("x-api-key", demo["api_key"]), ("x-api-secret", demo["api_secret"]))
    reader = await installation.token_of(demo["client_id"], demo["client_secret"], "events:read rules:read")
    stranger = await installation.token_of(other.client_id, other.client_secret)
    return {
        "shop": key,
        "reader": (("authorization", f"Bearer {reader}"),),
        "stranger": (("authorization", f"Bearer {stranger}"),),
    }
