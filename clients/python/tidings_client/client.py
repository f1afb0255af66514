"""The client: one session, and the services over it."""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import grpc

from tidings_client.collector import Deliveries, Events, EventSubscriptions
from tidings_client.push import PushSubscriptions
from tidings_client.session import Session
from tidings_client.stubs import authenticated
from tidings_client.tokens import Credentials

TIMEOUT_S = 10.0
Stub = TypeVar("Stub")


class Tidings:
    """A connection to Tidings with one set of credentials; use it in `async with`.

    `target`: host and port of the gRPC server. `tenant`: its name or UUID, which the Collector API asks for; empty for
    the others. `timeout_s`: default deadline of a call. `channel_credentials`: TLS; None: plain text. Tasks of one
    event loop may share it.
    """

    def __init__(
        self,
        target: str,
        *,
        credentials: Credentials,
        tenant: str = "",
        timeout_s: float = TIMEOUT_S,
        channel_credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self.session = Session(
            target, credentials, tenant=tenant, timeout_s=timeout_s, channel_credentials=channel_credentials
        )
        self.events = Events(self.session)
        self.event_subscriptions = EventSubscriptions(self.session)
        self.deliveries = Deliveries(self.session)
        self.push_subscriptions = PushSubscriptions(self.session)

    def stub(self, stub: Callable[[grpc.aio.Channel], Stub]) -> Stub:
        """A generated stub of any API, whose calls have credentials, deadlines, safe retries and typed errors.

        `rules = tidings.stub(RuleServiceStub); await rules.CreateRule(request)`. Unary calls take `timeout_s` and
        `idempotency_key` beside the request; streams take the request alone. A stream of both sides is awaited, for
        gRPC's own call: `call = await tidings.stub(PublishServiceStub).PublishEvents()`.
        """
        return authenticated(self.session, stub)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()
