"""Two tenants in a running server, and callers of every dialect: owners, and strangers to what they own."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from tests.isolation.contract import Binding, dialect_of
from tests.isolation.entry import ANOTHER_RETAILER, ANOTHER_STORE, ANOTHER_TENANT, Fields, filled
from tests.support.waiting import PATIENCE_S, blocking_until
from tidings_server.rpc.method import rpc_of

OWNER = "owner"
OPERATOR = "operator"
READER = "reader"
PORTAL = "portal"
NARROW_PORTAL = "narrow portal"
OWN_APPLICATION = "an-application"
"""The only application of `NARROW_PORTAL`; it has no subscriptions."""
MEMBERS = 3

Headers = Mapping[str, str]


BEHIND = "FAILED_PRECONDITION"
"""Status of a call that needs what a consumer has still to make of an event, such as points."""


@dataclass(frozen=True)
class Answer:
    """Answer to a call: its status, and the body as text."""

    status: str
    text: str

    @property
    def is_good(self) -> bool:
        return self.status in {"OK", "200", "201", "202", "204"}


@dataclass
class World:
    """A server reached at `grpc` and, where there is an edge, at `rest` (host and port)."""

    grpc: str
    rest: str
    demo: Mapping[str, Any]
    callers: dict[str, dict[str, Headers]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """RPCs that the owner has called."""

    def __post_init__(self) -> None:
        self.channel = grpc.insecure_channel(self.grpc)
        self.callers[OPERATOR] = {"operator": {"authorization": f"Bearer {self.demo['operator_token']}"}}
        self.callers[OWNER] = self._owner()
        for name in (ANOTHER_TENANT, ANOTHER_RETAILER, ANOTHER_STORE):
            self.callers[name] = self._stranger(name)
        self.callers[READER] = self._reader()
        self.callers[PORTAL] = self._portal()
        self.callers[NARROW_PORTAL] = self._portal(application=OWN_APPLICATION)

    def move(self, grpc_address: str, rest: str) -> None:
        """Go on at a server of the same data that listens elsewhere."""
        self.channel.close()
        self.grpc, self.rest = grpc_address, rest
        self.channel = grpc.insecure_channel(grpc_address)

    def call(self, caller: str, path: str, request: Fields, headers: Headers | None = None) -> Answer:
        """A call over gRPC; of a stream the first message, where the caller sends one too the last."""
        rpc = rpc_of(path)
        message = ParseDict(dict(request), rpc.request())
        make: Any = self.channel.unary_stream if rpc.is_stream else self.channel.unary_unary
        ask = make(
            path, request_serializer=rpc.request.SerializeToString, response_deserializer=rpc.response.FromString
        )
        shown = self.callers[caller][dialect_of(path)] if headers is None else headers
        try:
            answer = ask(message, metadata=tuple(shown.items()), timeout=PATIENCE_S)
            if rpc.reads_stream:
                [*_, found] = answer
            else:
                found = next(iter(answer)) if rpc.is_stream else answer
        except grpc.RpcError as error:
            return Answer(error.code().name, error.details() or "")
        if rpc.is_stream:
            answer.cancel()
        return Answer("OK", json.dumps(MessageToDict(found, always_print_fields_with_no_presence=True)))

    def own(self, path: str, request: Fields) -> Any:
        """The answer to the owner's call, which must be good."""
        self.used.add(path)
        return self._good(OWNER, path, request)

    def ask(self, caller: str, binding: Binding, request: Fields, headers: Headers | None = None) -> Answer:
        """The same over REST, by one of its paths."""
        rpc = binding.rpc
        left = dict(MessageToDict(ParseDict(dict(request), rpc.request()), preserving_proto_field_name=True))
        path = binding.path
        for name in [part.partition("}")[0] for part in binding.path.split("{")[1:]]:
            path = path.replace(f"{{{name}}}", quote(str(left.pop(name, "none")), safe=""))
        sent = ParseDict(left, rpc.request())
        body = _json(getattr(sent, binding.body)) if binding.body not in {"", "*"} else _json(sent)
        query = "" if binding.body else urlencode(_flat(_json(sent)))
        shown = self.callers[caller][dialect_of(rpc.path)] if headers is None else headers
        return self._http(binding.verb, f"{path}?{query}" if query else path, shown, body if binding.body else None)

    def _http(self, verb: str, target: str, headers: Headers, body: Any) -> Answer:
        connection = http.client.HTTPConnection(self.rest, timeout=PATIENCE_S)
        try:
            content = {} if body is None else {"content-type": "application/json"}
            connection.request(verb, target, None if body is None else json.dumps(body), {**headers, **content})
            answer = connection.getresponse()
            is_stream = "event-stream" in (answer.headers["content-type"] or "")
            return Answer(str(answer.status), (answer.readline() if is_stream else answer.read()).decode())
        finally:
            connection.close()

    def _good(self, caller: str, path: str, request: Fields) -> Any:
        answer = blocking_until(lambda: self.call(caller, path, request), lambda found: found.status != BEHIND)
        assert answer.is_good, (path, answer)
        return json.loads(answer.text)

    def _admin(self, method: str, request: Fields) -> Any:
        return self._good(OPERATOR, f"/tidings.admin.v1.{method}", request)

    def _owner(self) -> dict[str, Headers]:
        demo = self.demo
        client = (demo["client_id"], demo["client_secret"])
        return _callers(
            tenant=demo["tenant"],
            bearer=self._token(*client),
            user=self._token(*client, demo["account_username"], demo["account_password"]),
            key={"x-tenant-id": demo["tenant_id"], "x-api-key": demo["api_key"], "x-api-secret": demo["api_secret"]},
            store={"store": demo["store"], "api_key": demo["store_api_key"]},
        )

    def _stranger(self, name: str) -> dict[str, Headers]:
        """All that a caller needs: of a tenant of its own, or of another retailer and store of the owner's."""
        is_apart = name == ANOTHER_TENANT
        tenant = name.replace(" ", "-") if is_apart else self.demo["tenant"]
        retailer = f"of-{name.replace(' ', '-')}"
        if is_apart:
            self._admin("TenantService/CreateTenant", {"name": tenant})
        made = self._admin("RetailerService/CreateRetailer", {"tenant_id": tenant, "id": retailer})
        shop = self._admin("StoreService/CreateStore", {"tenant_id": tenant})["id"]
        client = self._admin("TenantService/CreateClient", {"tenant_id": tenant})
        proof = (client["clientId"], client["clientSecret"])
        who = {"tenant_id": tenant, "username": f"user-{retailer}", "retailer_id": "" if is_apart else retailer}
        user = self._admin("CredentialService/CreateUser", who)
        key = self._admin("CredentialService/CreateKey", {"tenant_id": tenant})
        store_key = self._admin("CredentialService/CreateKey", {"tenant_id": tenant, "store_id": shop})
        return _callers(
            tenant=tenant,
            bearer=self._token(*proof),
            user=self._token(*proof, user["name"], user["secret"]),
            key={"x-tenant-id": made["tenantId"], "x-api-key": key["name"], "x-api-secret": key["secret"]},
            store={"store": shop, "api_key": store_key["secret"]},
        )

    def _reader(self) -> dict[str, Headers]:
        """Callers of the owner's tenant and store with the role `read-only`, each by a credential of its own."""
        demo = self.demo
        granted = {"tenant_id": demo["tenant"], "grants": ["read-only"]}
        client = self._admin("TenantService/CreateClient", granted)
        proof = (client["clientId"], client["clientSecret"])
        user = self._admin("CredentialService/CreateUser", {**granted, "username": "reader"})
        key = self._admin("CredentialService/CreateKey", granted)
        member = {**granted, "username": "member", "store_id": demo["store"]}
        secret = self._admin("CredentialService/CreateUser", member)["secret"]
        log_in = "/tidings.scheduling.v1.AccountService/LogIn"
        shown = {"credentials": {"username": "member", "password": secret}}
        user_of_store = json.loads(self.call(OPERATOR, log_in, shown, headers={"store": demo["store"]}).text)
        return _callers(
            tenant=demo["tenant"],
            bearer=self._token(*proof),
            user=self._token(demo["client_id"], demo["client_secret"], user["name"], user["secret"]),
            key={"x-tenant-id": demo["tenant_id"], "x-api-key": key["name"], "x-api-secret": key["secret"]},
            store={
                "store": demo["store"],
                "user_id": str(user_of_store["user_id"]),
                "user_token": user_of_store["user_token"],
            },
        )

    def _portal(self, **rights: str) -> dict[str, Headers]:
        """The holder of a portal link of the owner's tenant: no retailer's, no store's, no key's."""
        link = self._admin("PortalLinkService/CreatePortalLink", {"tenant_id": self.demo["tenant"], **rights})
        exchange = "/tidings.identity.v1.PortalService/ExchangePortalToken"
        answer = self.call(OPERATOR, exchange, {"token": link["url"].partition("#")[2]}, headers={})
        bearer = json.loads(answer.text)["accessToken"]
        shown = {"authorization": f"Bearer {bearer}"}
        return _callers(tenant=self.demo["tenant"], bearer=bearer, user=bearer, key=shown, store=shown)

    def _token(self, client: str, secret: str, username: str = "", password: str = "") -> str:
        grant = "password" if username else "client_credentials"
        given = {"client_id": client, "client_secret": secret, "username": username, "password": password}
        answer = self.call(
            OPERATOR, "/tidings.identity.v1.TokenService/IssueToken", {"grant_type": grant, **given}, headers={}
        )
        assert answer.is_good, answer
        return str(json.loads(answer.text)["accessToken"])


def _callers(*, tenant: str, bearer: str, user: str, key: Headers, store: Headers) -> dict[str, Headers]:
    """The headers of one caller in every dialect. Source: WIRE.md, the table of contracts."""
    shown = {"authorization": f"Bearer {bearer}"}
    return {
        "collector": {**shown, "x-twc-tenant": tenant},
        "push": shown,
        "orchestration": {"authorization": f"Bearer {user}"},
        "loyalty": key,
        "scheduling": store,
    }


def refilled(request: Fields, ids: Mapping[str, str]) -> Fields:
    """The request with these ids."""
    found: Fields = filled(request, ids)
    return found


def _json(message: Any) -> Any:
    return MessageToDict(message)


def _flat(sent: Any, above: str = "") -> list[tuple[str, str]]:
    """Query parameters of a message."""
    pairs: list[tuple[str, str]] = []
    for name, value in sent.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{above}{name}.")
        else:
            pairs += [(f"{above}{name}", str(each)) for each in (value if isinstance(value, list) else [value])]
    return pairs


class _Receiving(BaseHTTPRequestHandler):
    """Says yes to everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return


@contextmanager
def receiver() -> Iterator[str]:
    """The URL of an endpoint that takes what it is sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiving)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
