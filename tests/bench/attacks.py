"""A well-behaved tenant alone, and beside each of twelve attacks: its rate, its p50 and its p99.

Attackers run on the same machine at its lowest priority, and still take what the server leaves of its cores. That is
the machine's doing and not the server's: so the tenant alone is measured right after, beside a process that computes as
much as the attacker did, at the same priority, and sends nothing. The two take turns, since a machine has moods.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import grpc.aio

from tests.bench.attack_load import ATTACKS
from tests.bench.figures import percentile, percentiles
from tests.bench.preparation import let_all_be_read
from tests.bench.processes import done, running
from tests.bench.report import Row
from tests.bench.servers import Server, serving
from tests.bench.world import World
from tidings.admin.v1 import tenants_pb2, tenants_pb2_grpc
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest
from tidings.identity.v1.tokens_pb2_grpc import TokenServiceStub
from tidings.loyalty.v1 import rules_pb2, rules_pb2_grpc

PER_SECOND: Final = 100
ROUNDS: Final = 6
"""Of both, in turn: percentiles are of the answers of all rounds, since one stall of the machine is the p99 of one."""
MIN_FOR_S: Final = 5.0
"""Shortest time of one round: a p99 of fewer answers is one answer's."""
QUOTA: Final = 100
"""Events a second of the attacker in the attack on its quota; it sends ten times as many."""
SETTLE_S: Final = 2.0
"""Time in which an attack comes to its strength, and the server to rest after it."""
TO_REACH: Final = 1.3
NAME: Final = "well-behaved"


@dataclass
class Answers:
    """Answers of the well-behaved tenant's calls: how long each took, and for how long it called."""

    took_ms: list[float] = field(default_factory=list)
    failures: int = 0
    for_s: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.took_ms) / self.for_s

    @property
    def p99_ms(self) -> float:
        return percentile(self.took_ms, 0.99)

    def __str__(self) -> str:
        return f"{self.per_second:.0f}/s, {percentiles(self.took_ms)}"


def measure(world: World) -> list[Row]:
    """One server for all of them, one after another."""
    with world.copy("attacks") as data, serving(data, world, envoy=True) as server:
        tenant, rule = asyncio.run(_prepared(server))
        kinds = world.attacks or ATTACKS
        return [_row(world, server, tenant, kind=kind, rule=rule) for kind in kinds]


def _row(world: World, server: Server, tenant: Mapping[str, str], *, kind: str, rule: str) -> Row:
    job: dict[str, Any] = {
        "kind": kind,
        "http": server.http,
        "grpc": server.grpc,
        "headers": dict(server.headers),
        "rule": rule,
        "demo": dict(server.demo or {}),
    }
    asyncio.run(limit_events(server, QUOTA if "quota" in kind else 0))
    beside, alone, shares = Answers(), Answers(), list[float]()
    for _ in range(ROUNDS):
        with running("tests.bench.attack_load", job, directory=world.directory) as load:
            load.answer(within_s=60)
            time.sleep(SETTLE_S)
            began_at, spent_s = time.monotonic(), load.cpu_s()
            _call(world, server, tenant, beside)
            shares.append((load.cpu_s() - spent_s) / (time.monotonic() - began_at))
            load.check()
        let_all_be_read(server)
        time.sleep(SETTLE_S)
        with running("tests.bench.idle_load", {"share": shares[-1]}, directory=world.directory) as load:
            load.answer(within_s=60)
            _call(world, server, tenant, alone)
    rate, tail = beside.per_second / alone.per_second, beside.p99_ms / alone.p99_ms
    return Row(
        what=f"beside {kind} ({max(shares):.0%} of a core)",
        figure=str(beside),
        against=f"alone {alone}",
        ratio=f"rate {rate:.2f}, p99 {tail:.2f}",
        to_reach=f"p99 ≤ {TO_REACH}",
        ok=tail <= TO_REACH and not beside.failures,
        notes=(f"{beside.failures} of its calls failed",) if beside.failures else (),
    )


def _call(world: World, server: Server, tenant: Mapping[str, str], answers: Answers) -> None:
    """Have the tenant call for a while."""
    for_s = max(world.scale.slice_s, MIN_FOR_S)
    job = {
        "target": server.grpc,
        "metadata": dict(tenant),
        "channels": 4,
        "per_second": PER_SECOND,
        "for_s": for_s,
    }
    report = done("tests.bench.load_paced", job, directory=world.directory, within_s=for_s + 120)
    answers.took_ms += report["answered_ms"]
    answers.failures += len(report["failures"])
    answers.for_s += for_s


async def make_tenant(
    server: Server, channel: grpc.aio.Channel, *, name: str, grants: Sequence[str]
) -> tuple[str, dict[str, str], tuple[str, str]]:
    """A further tenant: its name, the headers of its calls, and its client's id and secret."""
    operator = (("authorization", f"Bearer {(server.demo or {})['operator_token']}"),)
    tenants = tenants_pb2_grpc.TenantServiceStub(channel)
    made = await tenants.CreateTenant(tenants_pb2.CreateTenantRequest(name=name), metadata=operator)
    request = tenants_pb2.CreateClientRequest(tenant_id=made.id, grants=grants)
    client = await tenants.CreateClient(request, metadata=operator)
    asked = IssueTokenRequest(
        grant_type="client_credentials", client_id=client.client_id, client_secret=client.client_secret
    )
    token = (await TokenServiceStub(channel).IssueToken(asked)).access_token
    headers = {"authorization": f"Bearer {token}", "x-twc-tenant": name}
    return name, headers, (client.client_id, client.client_secret)


async def _prepared(server: Server) -> tuple[dict[str, str], str]:
    """The headers of the well-behaved tenant, which is made, and the id of the attacker's costly rule."""
    demo: Mapping[str, Any] = server.demo or {}
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        _, headers, _ = await make_tenant(server, channel, name=NAME, grants=["events:write", "events:read"])
        draft = rules_pb2.Rule(
            name="costly",
            assesses=rules_pb2.Rule.Assesses.ORDER,
            name_space=rules_pb2.NameSpace(begins_with=""),
            condition="counters.nth > 1 && customer.balance >= 0",
            fulfilments=[rules_pb2.Fulfilment(type=rules_pb2.Fulfilment.Type.POINTS_FLAT, points=1)],
        )
        keys = (
            ("x-tenant-id", demo["tenant_id"]),
            ("x-api-key", demo["api_key"]),
            ("x-api-secret", demo["api_secret"]),
        )
        rules = rules_pb2_grpc.RuleServiceStub(channel)
        rule = await rules.CreateRule(rules_pb2.CreateRuleRequest(rule=draft), metadata=keys)
    return headers, rule.rule_id


async def limit_events(server: Server, events_per_second: int) -> None:
    """Set the attacker's quota; 0: none."""
    demo: Mapping[str, Any] = server.demo or {}
    operator = (("authorization", f"Bearer {demo['operator_token']}"),)
    quotas = tenants_pb2.Quotas(events_per_second=events_per_second)
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        request = tenants_pb2.UpdateQuotasRequest(id=demo["tenant_id"], quotas=quotas)
        await tenants_pb2_grpc.TenantServiceStub(channel).UpdateQuotas(request, metadata=operator)
