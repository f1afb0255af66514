"""No request of an authenticated caller holds the event loop, whatever its shape and size.

Every RPC gets requests up to its limit that are shaped to be expensive, over gRPC at a whole server in this
process. A hold counts by what the loop's thread computed in it: that is the same however busy the machine is.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from tests.fuzz.expensive_bodies import bodies, of_request
from tests.fuzz.expensive_requests import costly_loyalty_events, costly_rule, expensive
from tests.fuzz.good_requests import GOOD
from tests.fuzz.loop_callers import FAULTS, Headers, not_held, send, send_at_once
from tests.support.served_loop import ServedLoop
from tests.support.waiting import PATIENCE_S
from tidings.loyalty.v1.rules_pb2 import ActivateRuleRequest, CreateRuleRequest, Rule
from tidings_server.platform.turns import INLINE_BYTES
from tidings_server.rpc.dialects import BY_SERVICE, DIALECTS
from tidings_server.rpc.method import rpc_of

RULES: Final = "/tidings.loyalty.v1.RuleService"
CONSUMED_S: Final = 5.0
"""Time in which the consumer assesses some of the events; more of them would show nothing else."""
SETTLE_S: Final = 0.3
"""Time in which all that follow the log have read what was stored, so that the next request is measured alone."""
CROWD: Final = 16
BODIES: Final = 8
"""Requests of each RPC for one `--fuzz-examples`, spread over all that there are."""


def methods() -> Iterator[MethodDescriptor]:
    """Every RPC but those that answer one request with a stream."""
    pool = descriptor_pool.Default()
    for service in (service for dialect in DIALECTS for service in dialect.services):
        yield from (
            method
            for method in pool.FindServiceByName(service).methods
            if method.client_streaming or not method.server_streaming
        )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", list(methods()), ids=lambda method: f"{method.full_name}")
def test_no_request_holds_the_loop(
    server: ServedLoop, headers: dict[str, Headers], method: MethodDescriptor, pytestconfig: pytest.Config
) -> None:
    service = method.containing_service.full_name
    rpc = rpc_of(f"/{service}/{method.name}")
    good = of_request(GOOD.get(rpc.path, {}), rpc.request)
    every = spread(list(bodies(rpc.request, good, rpc.max_bytes)), pytestconfig)
    for name, body in (*every, *expensive(rpc)):
        with not_held(server, name):
            code = send(server, rpc.path, body, headers[BY_SERVICE[service].name])
        assert code not in FAULTS, name
        if code is grpc.StatusCode.OK:
            time.sleep(SETTLE_S)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", list(methods()), ids=lambda method: f"{method.full_name}")
def test_no_crowd_of_small_requests_holds_the_loop(
    server: ServedLoop, headers: dict[str, Headers], method: MethodDescriptor, pytestconfig: pytest.Config
) -> None:
    """So many at once of what is small enough to be looked at on the loop, all of one tenant."""
    service = method.containing_service.full_name
    rpc = rpc_of(f"/{service}/{method.name}")
    good = of_request(GOOD.get(rpc.path, {}), rpc.request)
    every = spread(list(bodies(rpc.request, good, min(rpc.max_bytes, INLINE_BYTES))), pytestconfig)
    for name, body in every:
        with not_held(server, name):
            codes = send_at_once(server, rpc.path, [body] * CROWD, headers[BY_SERVICE[service].name])
        assert not FAULTS & set(codes), name


def test_many_costly_rules_do_not_hold_the_loop(server: ServedLoop, headers: dict[str, Headers]) -> None:
    """200 rules that go over the lines of a basket of thousands, for the caller and for the consumer."""
    caller = headers["loyalty"]
    for number in range(200):
        rule = of_request({"rule": costly_rule(number)}, CreateRuleRequest)
        call: Any = server.channel.unary_unary(f"{RULES}/CreateRule", response_deserializer=Rule.FromString)
        rule_id = call(rule, metadata=caller, timeout=PATIENCE_S).rule_id
        activate = ActivateRuleRequest(rule_id=rule_id).SerializeToString()
        assert send(server, f"{RULES}/ActivateRule", activate, caller) is grpc.StatusCode.OK
    with not_held(server):
        for path, request in costly_loyalty_events():
            assert send(server, path, request, caller) is grpc.StatusCode.OK
        time.sleep(CONSUMED_S)


def spread(every: Sequence[tuple[str, bytes]], pytestconfig: pytest.Config) -> Sequence[tuple[str, bytes]]:
    """So many of them as are asked for, from the first to the last; garbage of the tests before is left out."""
    gc.collect()
    gc.freeze()
    most = BODIES * int(pytestconfig.getoption("--fuzz-examples"))
    return every[:: max(1, -(-len(every) // most))]
