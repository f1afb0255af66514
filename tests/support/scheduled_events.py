"""Scheduled events of stores, served in this process; tests advance the clock and the consumers."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from sqlalchemy import select

from tests.support.events import record
from tests.support.installation import Installation, failure_of
from tidings.collector.v1 import events_pb2 as collector
from tidings.scheduling.v1 import accounts_pb2, accounts_pb2_grpc, events_pb2_grpc
from tidings.scheduling.v1 import events_pb2 as pb
from tidings_server.composition.payloads import DialectBodies, event_conditions
from tidings_server.composition.scheduling import Scheduling
from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.identity.secret_hashing import hash_secret
from tidings_server.identity.store import tenants
from tidings_server.identity.store.tenants import CredentialKind, NewCredential
from tidings_server.identity.store_login import StoreLogin
from tidings_server.log.consumer_runner import ConsumerRunner
from tidings_server.log.positions import Positions
from tidings_server.log.server_events import facts_of
from tidings_server.mail.rendering import MailRenderer
from tidings_server.mail.requests import EmailRequest, email_of
from tidings_server.settings import Settings
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent
from tidings_server.storage.log.tables import event as event_table

HOURLY: Mapping[str, Any] = {
    "triggerType": "TIME",
    "trigger": {"cron": "0 * * * *"},
    "actionType": "SEND_EMAIL",
    "action": {"to": "ada@example.com", "subject": "Store {{ store }}", "body": "It is {{ scheduledAt }}."},
}
ON_ORDER: Mapping[str, Any] = {
    **HOURLY,
    "triggerType": "EVENT",
    "trigger": {"topic": "order.created"},
    "action": {
        "to": "ada@example.com",
        "subject": "Order {{ event.entityId }}",
        "body": "{{ event.attributes.status }} {{ event.topic }}",
    },
}


@dataclass
class Stores:
    """`by` has what each caller sends: store 1's `key`, its users `user` and `other_user`, and `neighbour`, store 2's.

    Store 3 and its key, `stranger`, are another tenant's.
    """

    installation: Installation
    scheduling: Scheduling
    stub: Any
    accounts: Any
    by: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    async def call(self, name: str, message: Any, *, by: str = "key", **more: str) -> Any:
        return await getattr(self.stub, name)(message, metadata=(*self.by[by], *more.items()))

    async def create(self, event: Mapping[str, Any] = HOURLY, /, *, by: str = "key", **more: str) -> dict[str, Any]:
        request = pb.CreateScheduledEventRequest(event=ParseDict(dict(event), pb.ScheduledEvent()))
        return shown(await self.call("CreateScheduledEvent", request, by=by, **more))

    async def refused(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The error body for an event that must be refused."""
        failure = await failure_of(self.create(event))
        assert failure.status == 400
        return failure.body

    async def listed(self, *, by: str = "key", of_user: bool = False) -> list[dict[str, Any]]:
        name = "ListUserScheduledEvents" if of_user else "ListScheduledEvents"
        request = pb.ListUserScheduledEventsRequest() if of_user else pb.ListScheduledEventsRequest()
        return [shown(event) for event in (await self.call(name, request, by=by)).events]

    async def delete(self, event_id: object, *, by: str = "key") -> None:
        await self.call("DeleteScheduledEvent", pb.DeleteScheduledEventRequest(id=str(event_id)), by=by)

    async def runs(self, event_id: int, **page: Any) -> list[dict[str, Any]]:
        """The runs of a scheduled event, newest first."""
        request = pb.ListScheduledEventRunsRequest(id=str(event_id), **page)
        return [shown(run) for run in (await self.call("ListScheduledEventRuns", request)).runs]

    async def preview(self, event_id: int) -> dict[str, Any]:
        return shown(await self.call("PreviewScheduledEvent", pb.PreviewScheduledEventRequest(id=str(event_id))))

    async def send(self, entity: str, entity_id: str, verb: str = "created", /, **facts: object) -> StoredEvent:
        """Append a collector event about an entity."""
        payload = collector.EventPayload(
            base64_encoded_payload_json=b64encode(json.dumps(facts).encode()).decode(),
            operation=collector.EventPayload.Operation.Value({"created": "CREATE"}.get(verb, "UPDATE")),
        )
        body = collector.Event(entity_id=entity_id, entity_name=entity, event_payload=payload).SerializeToString()
        new = record(
            topic=f"{entity.lower()}.{verb}",
            entity_type=entity,
            entity_id=entity_id,
            body=body,
            occurred_at=self.installation.clock.now_us(),
        )
        [appended] = await self.installation.database.write_queue.append([new])
        async with self.installation.database.read() as conn:
            return (await log.at(conn, [appended.seq]))[0]

    async def settle(self) -> None:
        """Do all that is due."""
        parts = self.scheduling
        for _ in range(20):
            moved = [
                await parts.firer.run_once(),
                await parts.trigger_runners[0].run_once(),
                await caught_up(parts.catalogue_runners[0]),  # after the two, since runs wait for the catalogue
                await parts.executor.run_once(),
            ]
            if not any(moved):
                return
        raise AssertionError("It never ends.")

    async def pass_time(self, delta: timedelta) -> None:
        self.installation.clock.advance(delta)
        await self.settle()

    async def mails(self) -> list[EmailRequest]:
        """Mail requests in the log, in order."""
        return [email_of(event) for event in await self.events(EMAIL_REQUESTED)]

    async def fired(self) -> list[dict[str, str]]:
        """Attributes of the events of runs, in order."""
        return [facts_of(event.body) for event in await self.events("schedule.fired")]

    async def events(self, topic: str) -> list[StoredEvent]:
        async with self.installation.database.read() as conn:
            seqs = (await conn.execute(select(event_table.c.seq).where(event_table.c.topic == topic))).scalars()
            return await log.at(conn, list(seqs))


async def caught_up(runner: ConsumerRunner) -> bool:
    """Read to the end of the log; whether there was anything to read."""
    has_read = False
    while await runner.run_once():
        has_read = True
    return has_read


def shown(message: Any) -> dict[str, Any]:
    """The message as JSON."""
    return MessageToDict(message)


@asynccontextmanager
async def serving(installation: Installation, *, edge: Path | None = None) -> AsyncIterator[Stores]:
    """The services of document 004 over an installation; by the socket `edge`, as Envoy comes, where it is given."""
    database, clock, ids = installation.database, installation.clock, installation.ids
    renderer = MailRenderer()
    scheduling = Scheduling(
        Settings(),
        database,
        conditions=event_conditions(),
        bodies=DialectBodies(renderer),
        renderer=renderer,
        clock=clock,
        ids=ids,
    )
    login = StoreLogin(
        database,
        tokens=installation.tokens,
        passwords=installation.passwords,
        clock=clock,
        throttle=installation.throttle,
    )
    async with installation.serving(*scheduling.servicers(login, Positions(b"k")), edge=edge) as channel:
        stub = events_pb2_grpc.ScheduledEventServiceStub(channel)
        stores = Stores(installation, scheduling, stub, accounts_pb2_grpc.AccountServiceStub(channel))
        stores.by = await _callers(installation)
        yield stores


async def log_in(stores: Stores, *, store: str = "1", username: str = "", password: str = "") -> Any:
    """The answer to a log-in, of demo's user unless another is named."""
    demo = stores.installation.demo
    credentials = accounts_pb2.UserCredentials(
        username=username or demo["store_username"], password=password or demo["store_password"]
    )
    return await stores.accounts.LogIn(accounts_pb2.LogInRequest(credentials=credentials), metadata=(("store", store),))


async def _callers(installation: Installation) -> dict[str, tuple[tuple[str, str], ...]]:
    demo = installation.demo
    await installation.database.write_queue.run(lambda conn: _add_stores(conn, installation))
    return {
        "key": (("store", "1"), ("api_key", demo["store_api_key"])),
        "user": (("store", "1"), ("user_id", "1"), ("user_token", demo["user_token"])),
        "other_user": (("store", "1"), ("user_id", "2"), ("user_token", "token-2")),
        "neighbour": (("store", "2"), ("api_key", "key-2")),
        "stranger": (("store", "3"), ("api_key", "key-3")),
    }


async def _add_stores(conn: Any, installation: Installation) -> None:
    demo, other = 1, installation.other.tenant.number
    grants = ["rules:read", "rules:write"]
    await tenants.bump(conn)
    for store, tenant in ((2, demo), (3, other)):
        await tenants.add_store(conn, tenant, store, name=f"Store {store}")
        key = NewCredential(
            CredentialKind.STORE_KEY, str(store), hash_secret(f"key-{store}"), tenant, grants, store_id=store
        )
        await tenants.add_credential(conn, key)
    user = NewCredential(CredentialKind.USER_TOKEN, "1/2", hash_secret("token-2"), demo, grants, store_id=1, user_id=2)
    await tenants.add_credential(conn, user)
