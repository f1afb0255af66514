"""Loyalty: redemptions of one customer and of many, baskets and orders against 200 rules, and a backtest."""

import asyncio
import sqlite3
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import grpc.aio

from tests.bench.figures import Slices
from tests.bench.loads import Found, in_turn, rates
from tests.bench.loyalty_bodies import GIFT_POINTS, basket_rules, gift, order_rules
from tests.bench.loyalty_prefill import fill_orders
from tests.bench.processes import Answer, ChildFailed, done
from tests.bench.report import Row
from tests.bench.search_lag import Lag
from tests.bench.servers import CALL_S, TENANT, Server, serving
from tests.bench.world import World
from tidings.loyalty.v1.backtests_pb2 import StreamBacktestRequest
from tidings.loyalty.v1.backtests_pb2_grpc import BacktestServiceStub
from tidings.loyalty.v1.rules_pb2 import ActivateRuleRequest, CreateRuleRequest, Rule
from tidings.loyalty.v1.rules_pb2_grpc import RuleServiceStub

IN_FLIGHT = 64
CHANNELS = 4
CUSTOMERS = 1_000
HOT_TO_REACH = 300
MANY_TO_REACH = 1_000
BASKETS_PER_SECOND = 50
BASKET_TO_REACH_MS = 10
ORDERS_TO_REACH = 1_000
ORDERS_IN_FLIGHT = 256
BACKTEST_TO_REACH = 20_000
BACKTESTED = 100_000
AT_MOST = 1_000_000
SPARE_S = 120.0
LOOK_EVERY_S = 0.05
RULES_AT_ONCE = 16


def measure(world: World) -> list[Row]:
    """One server for all but the backtest, which has a past of its own."""
    with world.copy("loyalty") as data:
        with serving(data, world) as server:
            asyncio.run(_activate(server, [gift(), *order_rules(), *basket_rules()]))
            _run(server, world, kind="action", customers=CUSTOMERS, at_most=CUSTOMERS, warm_s=0.0, for_s=60.0)
            _assessed(server, data)
            rows = [
                *_redemption_rows(server, world, data),
                _basket_row(server, world),
                _order_row(server, world, data),
            ]
        fill_orders(data / "tidings.db", tenant=TENANT, orders=BACKTESTED, customers=CUSTOMERS)
        with serving(data, world) as server:
            Lag(data).note()
            rows += asyncio.run(_backtest_rows(server))
    return rows


def _redemption_rows(server: Server, world: World, data: Path) -> list[Row]:
    hot, many = in_turn(
        world.scale.slices,
        partial(_redeem, server, world, customers=1),
        partial(_redeem, server, world, customers=CUSTOMERS),
    )
    _assessed(server, data)
    overdrafts = _one(data, "SELECT count(*) FROM customer WHERE posted < 0 OR held < 0 OR held > posted OR debt <> 0")
    spent = _one(data, "SELECT coalesce(sum(quantity), 0) FROM loyalty_redemption")
    left = _one(data, "SELECT sum(posted - held) FROM customer")
    if overdrafts or spent + left != CUSTOMERS * GIFT_POINTS:
        raise ChildFailed(f"{overdrafts} overdrafts; {spent:,} points spent and {left:,} left of what was given")
    return [
        _rate_row("redemptions, one customer", hot, HOT_TO_REACH),
        _rate_row(f"redemptions, {CUSTOMERS:,} customers", many, MANY_TO_REACH, "no overdraft, and no point lost"),
    ]


def _rate_row(what: str, found: list[Found], to_reach: int, *notes: str) -> Row:
    return Row(
        what=what,
        figure=rates(found).text("/s"),
        to_reach=f"≥ {to_reach:,}",
        ok=rates(found).median >= to_reach,
        notes=(found[-1].text(), *notes),
    )


def _basket_row(server: Server, world: World) -> Row:
    answer = _run(
        server,
        world,
        kind="basket",
        customers=CUSTOMERS,
        per_second=BASKETS_PER_SECOND,
        for_s=float(world.scale.paced_s),
    )
    return Row(
        what=f"baskets of 20, 200 rules, {BASKETS_PER_SECOND}/s",
        figure=f"p50 {answer['p50_ms']:.1f} ms, p99 {answer['p99_ms']:.1f} ms",
        to_reach=f"p99 < {BASKET_TO_REACH_MS} ms",
        ok=answer["p99_ms"] < BASKET_TO_REACH_MS,
        notes=("of the 200, 20 are for the kind and nameSpace; timed by the client, the event stored durably",),
    )


def _order_row(server: Server, world: World, data: Path) -> Row:
    drained = [_drained(server, world, data) for _ in range(world.scale.slices)]
    rate = Slices(tuple(per_second for per_second, _ in drained))
    cores = Slices(tuple(taken for _, taken in drained))
    return Row(
        what="orders assessed, 200 rules",
        figure=rate.text("/s"),
        to_reach=f"≥ {ORDERS_TO_REACH:,}",
        ok=rate.median >= ORDERS_TO_REACH,
        notes=(f"from the first append to the last effect; cores taken by the server {cores.median:.2f}",),
    )


def _drained(server: Server, world: World, data: Path) -> tuple[float, float]:
    """Orders a second from the first append to the last effect, and the cores that the server took meanwhile."""
    cpu_s, started = server.child.cpu_s(), time.monotonic()
    answer = _run(
        server,
        world,
        kind="order",
        customers=CUSTOMERS,
        in_flight=ORDERS_IN_FLIGHT,
        for_s=world.scale.slice_s,
        warm_s=0.0,
    )
    _assessed(server, data)
    seconds = time.monotonic() - started
    return float(answer["count"]) / seconds, (server.child.cpu_s() - cpu_s) / seconds


async def _backtest_rows(server: Server) -> list[Row]:
    conditions = {"its event": "event.order.total > 100.0", "counters": "counters.nth % 5 == 0"}
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        return [await _backtest_row(channel, server, what, text) for what, text in conditions.items()]


async def _backtest_row(channel: grpc.aio.Channel, server: Server, what: str, condition: str) -> Row:
    rule = next(order_rules())
    rule.condition = condition
    made: Any = await RuleServiceStub(channel).CreateRule(
        CreateRuleRequest(rule=rule), metadata=_metadata(server), timeout=CALL_S
    )
    started = time.monotonic()
    request = StreamBacktestRequest(rule_id=made.rule_id)
    stream: Any = BacktestServiceStub(channel).StreamBacktest(request, metadata=_metadata(server), timeout=SPARE_S)
    *_, last = [response async for response in stream]
    found = last.backtest
    per_second = found.events_assessed / (time.monotonic() - started)
    return Row(
        what=f"backtest of a rule on {what}",
        figure=f"{per_second:,.0f} events/s",
        to_reach=f"≥ {BACKTEST_TO_REACH:,}",
        ok=per_second >= BACKTEST_TO_REACH,
        notes=(f"{found.events_assessed:,} orders of {CUSTOMERS:,} customers, {found.events_matched:,} matched",),
    )


async def _activate(server: Server, rules: Iterable[Rule]) -> None:
    """Make and activate rules, in no particular order."""
    turn = asyncio.Semaphore(RULES_AT_ONCE)
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        stub = RuleServiceStub(channel)

        async def activate(rule: Rule) -> None:
            async with turn:
                how: dict[str, Any] = {"metadata": _metadata(server), "timeout": CALL_S}
                made: Any = await stub.CreateRule(CreateRuleRequest(rule=rule), **how)
                await stub.ActivateRule(ActivateRuleRequest(rule_id=made.rule_id), **how)

        async with asyncio.TaskGroup() as group:
            for rule in rules:
                group.create_task(activate(rule))


def _redeem(server: Server, world: World, *, customers: int) -> Found:
    """One slice of redemptions of a point each."""
    answer = _run(server, world, kind="redemption", customers=customers, in_flight=IN_FLIGHT, for_s=world.scale.slice_s)
    return Found(answer)


def _run(
    server: Server,
    world: World,
    *,
    kind: str,
    customers: int,
    for_s: float,
    in_flight: int = IN_FLIGHT,
    per_second: int = 0,
    at_most: int = AT_MOST,
    warm_s: float | None = None,
) -> Answer:
    warm_s = world.scale.warm_s if warm_s is None else warm_s
    job = {
        "target": server.grpc,
        "metadata": dict(_metadata(server)),
        "channels": CHANNELS,
        "kind": kind,
        "customers": customers,
        "per_second": per_second,
        "in_flight": in_flight,
        "warm_s": warm_s,
        "for_s": for_s,
        "at_most": at_most,
        "server_pid": server.child.pid,
    }
    answer = done("tests.bench.loyalty_load", job, directory=world.directory, within_s=for_s + warm_s + SPARE_S)
    if answer.get("failed"):
        raise ChildFailed(f"{answer['failed']} calls failed; the first: {answer['failure']}")
    return answer


def _metadata(server: Server) -> tuple[tuple[str, str], ...]:
    return (("authorization", server.headers["authorization"]),)


def _assessed(server: Server, data: Path) -> None:
    """Wait until the consumer has taken in every event."""
    while _one(data, "SELECT (SELECT seq FROM log_head) - position FROM consumer_cursor WHERE consumer = 'loyalty'"):
        time.sleep(LOOK_EVERY_S)
        server.child.check()


def _one(data: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{data / 'tidings.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
