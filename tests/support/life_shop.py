"""One tenant of a real server in which a life is played: its callers of every API, over gRPC and over REST."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from tests.isolation.contract import dialect_of
from tests.support import rest_calls
from tests.support.lives import Life, customer_id, request_of
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

HTTP_REFUSED: Final = 400
SCHEDULES: Final = "tidings.scheduling.v1.ScheduledEventService/"


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
        status, text = await rest_calls.ask(self.session, self.rest, path, request, headers)
        if status >= HTTP_REFUSED:
            raise Refused(f"{path}: {status} {text}")
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

    @property
    def later_hook(self) -> str:
        """Path of the subscriber that comes last, and asks for all that has been."""
        return f"{self.hook}-later"

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
        if life.setup.get("schedules"):
            store = await self._admin("StoreService/CreateStore", tenantId=self.name)
            store_key = await self._admin("CredentialService/CreateKey", tenantId=self.name, storeId=store["id"])
            self.callers["scheduling"] = {"store": store["id"], "api_key": store_key["secret"]}
        await self._set_up(life.setup)

    async def play(self, event: Mapping[str, Any], event_id: str) -> None:
        """Send one event, as its client would."""
        if "run" in event:
            await self._run(str(event["run"]))
        elif "erase" in event:
            await self._erase(str(event["erase"]))
        elif "replay" in event:
            await self._replay(event["replay"])
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
        for draft in setup.get("schedules", ()):
            await self.call(f"{SCHEDULES}CreateScheduledEvent", {"event": draft})
        if topics := setup.get("subscriber"):
            await self._subscribe(topics, self.hook)

    async def _subscribe(self, topics: Any, hook: str) -> Any:
        asked = {"endpoint": self.server.receiver.url(hook), "topics": topics}
        return await self.call(f"{PUSH}CreateSubscription", {"subscription": asked})

    async def _erase(self, name: str) -> None:
        """Erase a person from everything stored so far, by all ids and the address, and wait for its end."""
        await self.settle()
        ids = [name, customer_id(name)]
        person = {"customerIds": ids, "contacts": [f"{name}@example.com"]}
        begun = await self._admin("PersonService/ErasePerson", tenantId=self.name, person=person)

        async def state() -> Any:
            found = await self._admin("PersonService/GetErasure", tenantId=self.name, id=begun["id"])
            return found["state"]

        await until(state, lambda found: found == "DONE")

    async def _replay(self, topics: Any) -> None:
        """Make another subscriber, which asks for all that has been, and gets it."""
        made = await self._subscribe(topics, self.later_hook)
        path = "tidings.collector.v1.DeliveryService/ReplaySubscription"
        await self.call(path, {"id": made["id"], "from": "2000-01-01T00:00:00Z"})

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
