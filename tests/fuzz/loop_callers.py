"""Authenticated callers of a server on a loop of its own, and the holds of it that their calls cause."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

import grpc

from tests.support.served_loop import ServedLoop
from tests.support.waiting import PATIENCE_S
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token
from tidings_server.platform.telemetry.loop_watchdog import BUSY_INTERVAL_S, HELD_S
from tidings_server.rpc.method import rpc_of

ISSUE: Final = "/tidings.identity.v1.TokenService/IssueToken"

FAULTS: Final = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})

Headers = Sequence[tuple[str, str]]


def send(server: ServedLoop, path: str, body: bytes, headers: Headers) -> grpc.StatusCode:
    """The code of the answer to a call, which has one request."""
    [code] = send_at_once(server, path, [body], headers)
    return code


def send_at_once(
    server: ServedLoop, path: str, requests: Sequence[bytes], headers: Headers
) -> Sequence[grpc.StatusCode]:
    """The codes of the answers to calls that are sent together."""
    if rpc_of(path).reads_stream:
        streams: Any = server.channel.stream_stream(path)
        return [
            _ended(each) for each in [streams(iter([one]), metadata=headers, timeout=PATIENCE_S) for one in requests]
        ]
    call: Any = server.channel.unary_unary(path)
    under_way = [call.future(body, metadata=headers, timeout=PATIENCE_S) for body in requests]
    return [cast("grpc.StatusCode", each.code()) for each in under_way]


def _ended(stream: Any) -> grpc.StatusCode:
    with suppress(grpc.RpcError):
        for _ in stream:
            continue
    return cast("grpc.StatusCode", stream.code())


@contextmanager
def not_held(server: ServedLoop, what: str = "") -> Iterator[None]:
    """What is done in here holds the loop for less than HELD_S, counted by what the loop's thread computed."""
    before = len(server.holds)
    yield
    time.sleep(BUSY_INTERVAL_S)  # until the watchdog has its answer
    held = [hold for hold in server.holds[before:] if hold.cpu_s >= HELD_S]
    assert not held, (what, held)


def headers_by_dialect(server: ServedLoop) -> Mapping[str, Headers]:
    """Headers of the demo tenant's callers, and of the operator."""
    assert server.process.demo is not None
    demo: dict[str, Any] = dict(server.process.demo)
    client = {"client_id": demo["client_id"], "client_secret": demo["client_secret"]}
    of_client = _token(server, grant_type="client_credentials", **client)
    of_user = _token(
        server, grant_type="password", scope="api", username=demo["username"], password=demo["password"], **client
    )
    return {
        "collector": [("authorization", of_client), ("x-twc-tenant", demo["tenant"])],
        "push": [("authorization", of_client)],
        "orchestration": [("authorization", of_user)],
        "scheduling": [("store", demo["store"]), ("api_key", demo["store_api_key"])],
        "loyalty": [
            ("x-tenant-id", demo["tenant_id"]),
            ("x-api-key", demo["api_key"]),
            ("x-api-secret", demo["api_secret"]),
        ],
        "operator": [("authorization", f"Bearer {demo['operator_token']}")],
        "tokens": [],
    }


def _token(server: ServedLoop, **fields: str) -> str:
    issue = server.channel.unary_unary(ISSUE, IssueTokenRequest.SerializeToString, Token.FromString)
    return f"Bearer {issue(IssueTokenRequest(**fields)).access_token}"
