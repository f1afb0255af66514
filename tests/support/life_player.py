"""Plays lives to a real server: a tenant for each playing, and callers of every API over gRPC and over REST."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp
import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from yarl import URL

from tests.isolation.contract import BINDINGS, dialect_of
from tests.support.lives import Life, at_moments, customer_id, request_of
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S, until
from tidings_server.rpc.method import rpc_of

GRPC: Final = "grpc"
REST: Final = "rest"
PUSH: Final = "tidings.push.v1.SubscriptionService/"
ADMIN: Final = "tidings.admin.v1."
JOBS: Final = "tidings.collector.v1.JobService/"
LOYALTY: Final = "tidings.loyalty.v1."
WORKFLOWS: Final = "tidings.orchestration.v1."

_BY_RPC: Final = {each.rpc.path: each for each in reversed(BINDINGS)}
POLL_S: Final = 0.05
THEN: Final = 1_000
"""Number of the first event after those that change places."""


class Refused(Exception):
    """A call that was not answered well; the code of gRPC or the status of REST, and the body."""


@dataclass
class Server:
    """A running server: its gRPC channel, its REST address, an operator's token, and a receiver of webhooks."""

    channel: grpc.aio.Channel
    session: aiohttp.ClientSession
    rest: str
    operator_token: str
    receiver: Receiver

    async def grpc_call(self, path: str, request: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """The answer over gRPC, as JSON."""
        rpc = rpc_of(path)
        make = self.channel.unary_unary(
            path, request_serializer=rpc.request.SerializeToString, response_deserializer=rpc.response.FromString
        )
        try:
            message = ParseDict(dict(request), rpc.request())
            answer = await make(message, metadata=tuple(headers.items()), timeout=PATIENCE_S)
        except grpc.aio.AioRpcError as error:
            raise Refused(f"{path}: {error.code().name} {error.details()}") from None
        return MessageToDict(answer, always_print_fields_with_no_presence=True)

    async def rest_call(self, path: str, request: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """The answer over REST."""
        binding = _BY_RPC[path]
        left = dict(request)
        target = binding.path
        for name in [part.partition("}")[0] for part in binding.path.split("{")[1:]]:
            camel = _camel(name)
            target = target.replace(f"{{{name}}}", quote(str(left.pop(camel, left.pop(name, ""))), safe=""))
        body = None if not binding.body else left if binding.body == "*" else left[binding.body]
        query = f"?{urlencode(left)}" if not binding.body and left else ""
        url = URL(f"{self.rest}{target}{query}", encoded=True)
        async with self.session.request(binding.verb, url, headers=headers, json=body) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise Refused(f"{binding}: {answer.status} {text}")
            return json.loads(text) if text else {}


@dataclass
class Shop:
    """One tenant. `call` asks by the protocol of the playing."""

    server: Server
    name: str
    protocol: str
    callers: dict[str, dict[str, str]] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    mailed: int = 0

    @property
    def hook(self) -> str:
        return f"/{self.name}"

    async def call(self, path: str, request: Mapping[str, Any], *, protocol: str = "") -> Any:
        """The answer to one of the tenant's callers, as JSON."""
        path = f"/{path}"
        ask = self.server.rest_call if (protocol or self.protocol) == REST else self.server.grpc_call
        return await ask(path, request, self.callers[dialect_of(path)])

    async def open(self, life: Life) -> None:
        """Make the tenant, its callers, and what the life's `setup` names."""
        await self._admin("TenantService/CreateTenant", name=self.name)
        client = await self._admin("TenantService/CreateClient", tenantId=self.name)
        key = await self._admin("CredentialService/CreateKey", tenantId=self.name)
        tenant = await self._admin("TenantService/GetTenant", id=self.name)
        token = await self.server.grpc_call(
            "/tidings.identity.v1.TokenService/IssueToken",
            {
                "grantType": "client_credentials",
                "clientId": client["clientId"],
                "clientSecret": client["clientSecret"],
            },
            {},
        )
        bearer = {"authorization": f"Bearer {token['accessToken']}"}
        self.callers = {
            "collector": {**bearer, "x-twc-tenant": self.name},
            "push": bearer,
            "orchestration": bearer,
            "loyalty": {"x-tenant-id": tenant["id"], "x-api-key": key["name"], "x-api-secret": key["secret"]},
        }
        await self._set_up(life.setup)

    async def play(self, event: Mapping[str, Any], event_id: str) -> None:
        """Send one event, as its client would."""
        if "run" in event:
            await self._run(str(event["run"]))
        elif "refused" in event:
            await self._refused(event["refused"], event_id)
        else:
            await self.call(*request_of(event, event_id))

    async def settle(self) -> None:
        """Wait until the catalogue, loyalty and workflows have taken in all that was sent: search is after them."""
        await self.call("tidings.collector.v1.EventService/SearchEvents", {"pageSize": 1}, protocol=GRPC)

    async def _set_up(self, setup: Mapping[str, Any]) -> None:
        for kind, service in (("economy", "EconomyService"), ("rule", "RuleService")):
            for number, draft in enumerate(setup.get(f"{kind}s", ())):
                path = f"{LOYALTY}{service}/"
                made = await self.call(f"{path}Create{kind.title()}", {kind: {"name": f"{kind} {number}", **draft}})
                await self.call(f"{path}Activate{kind.title()}", {f"{kind}Id": made[f"{kind}Id"]})
        for name, draft in setup.get("workflows", {}).items():
            definition = {"name": name, **draft}
            await self.call(f"{WORKFLOWS}WorkflowService/PutWorkflow", {"name": name, "workflow": definition})
        for name, draft in setup.get("jobs", {}).items():
            made = await self.call(f"{JOBS}CreateJob", {"job": {"number_of_items_in_email": -1, **draft}})
            self.jobs[name] = made["id"]
        if topics := setup.get("subscriber"):
            asked = {"endpoint": self.server.receiver.url(self.hook), "topics": topics}
            await self.call(f"{PUSH}CreateSubscription", {"subscription": asked})

    async def _run(self, name: str) -> None:
        """Run a job, and wait for its end."""
        await self.settle()
        made = await self.call(f"{JOBS}RunJob", {"id": self.jobs[name]})

        async def ended() -> Mapping[str, Any] | None:
            runs = (await self.call(f"{JOBS}ListJobRuns", {"id": self.jobs[name]}, protocol=GRPC))["runs"]
            return next((run for run in runs if run["id"] == made["id"] and run.get("ended_at")), None)

        run = await until(ended, lambda found: found is not None)
        assert run is not None
        assert run["state"] == "DONE", run
        self.mailed += int(run.get("mailed", 0))

        async def have_left() -> bool:
            """Whether the mails of the run have left, so that what follows finds none of them waiting."""
            mails = "tidings.collector.v1.MailService/ListMails"
            return len((await self.call(mails, {"pageSize": 200}, protocol=GRPC))["mails"]) >= self.mailed

        await until(have_left, bool)

    async def _refused(self, event: Mapping[str, Any], event_id: str) -> None:
        """Send an event that must be refused."""
        try:
            await self.call(*request_of(event, event_id))
        except Refused:
            return
        raise AssertionError(f"{event} was taken")

    async def _admin(self, method: str, **request: Any) -> Any:
        headers = {"authorization": f"Bearer {self.server.operator_token}"}
        return await self.server.grpc_call(f"/{ADMIN}{method}", request, headers)


async def play(life: Life, server: Server, order: Sequence[int], *, protocol: str = GRPC, times: int = 1) -> None:
    """Play the events of a life in an order, each so many times, and check its end."""
    now = datetime.now(UTC)
    life = replace(
        life, **{name: at_moments(getattr(life, name), now) for name in ("setup", "events", "then", "expect")}
    )
    shop = Shop(server, f"life-{uuid4().hex[:12]}", protocol)
    await shop.open(life)
    for index in order:
        for _ in range(times):
            await shop.play(life.events[index], event_id(index))
    for index, event in enumerate(life.then):
        await shop.play(event, event_id(THEN + index))
    await _check(life, shop)


def event_id(number: int) -> str:
    """The id of an event of a life, the same in each playing."""
    return f"00000000-0000-4000-8000-{number:012d}"


async def _check(life: Life, shop: Shop) -> None:
    """The end of a life: each area of `expect` by what its clients can read."""
    checks = {"customers": _customers, "mails": _mails, "log": _log, "received": _received, "entities": _entities}
    for area, expected in life.expect.items():
        found = await _settled(checks[area], shop, expected)
        assert found == expected, f"{area}: {json.dumps(found)} came, {json.dumps(expected)} should"


async def _settled(read: Callable[[Shop, Any], Awaitable[Any]], shop: Shop, expected: Any) -> Any:
    """What is read, as soon as it is what is expected, or when it has not been for a while."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + SETTLE_S
    found = await read(shop, expected)
    while found != expected and loop.time() < ends_at:
        await asyncio.sleep(POLL_S)
        found = await read(shop, expected)
    return found


SETTLE_S: Final = 5.0
"""Time after which what has not come does not come any more; asked for in full only by a life that fails."""


async def _customers(shop: Shop, expected: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for name, fields in expected.items():
        try:
            known = await shop.call(f"{LOYALTY}CustomerService/GetCustomer", {"customerId": customer_id(name)})
        except Refused:
            found[name] = None
            continue
        found[name] = {each: _plain(known.get(each)) for each in fields} if fields is not None else known
    return found


async def _mails(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Subjects of captured mail by recipient, the oldest first; all of it is listed."""
    listed = await shop.call("tidings.collector.v1.MailService/ListMails", {"pageSize": 200})
    found: dict[str, list[str]] = {name: [] for name in expected}
    for mail in reversed(listed["mails"]):
        found.setdefault(mail["to"], []).append(mail["subject"])
    return found


async def _log(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Number of events in the log by topic."""
    found = {}
    for topic in expected:
        answer = await shop.call("tidings.collector.v1.EventService/SearchEvents", {"topic": topic, "pageSize": 100})
        found[topic] = len(answer["events"])
    return found


async def _received(shop: Shop, expected: Mapping[str, Any]) -> Any:
    """Number of messages that the subscriber got, by topic; a message that is sent twice counts once."""
    ids: dict[str, set[str]] = {topic: set() for topic in expected}
    for body in shop.server.receiver.bodies(shop.hook):
        message = json.loads(body)
        if message["topic"] in ids:
            ids[message["topic"]].add(message["eventId"])
    return {topic: len(each) for topic, each in ids.items()}


async def _entities(shop: Shop, expected: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for name in expected:
        kind, _, ref = name.partition("/")
        try:
            answer = await shop.call(f"{WORKFLOWS}EntityService/GetEntity", {"type": kind, "ref": ref})
        except Refused:
            found[name] = None
            continue
        found[name] = answer["entity"]["status"]
    return found


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))
