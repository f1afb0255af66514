"""Headers of authenticated callers of a server on a loop of its own, by dialect."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.support.served_loop import ServedLoop
from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token

ISSUE: Final = "/tidings.identity.v1.TokenService/IssueToken"

Headers = Sequence[tuple[str, str]]


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
