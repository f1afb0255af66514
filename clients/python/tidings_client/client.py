"""The client: one session, and the services over it."""

from types import TracebackType
from typing import Self

import grpc

from tidings_client.collector import Deliveries, Events, EventSubscriptions
from tidings_client.push import PushSubscriptions
from tidings_client.session import Session
from tidings_client.tokens import ClientCredentials

TIMEOUT_S = 10.0


class Tidings:
    """A connection to Tidings on behalf of one tenant; use it in `async with`.

    `target`: host and port of the gRPC server. `tenant`: its name or UUID. `timeout_s`: default deadline of a
    call. `channel_credentials`: TLS; None: plain text. Tasks of one event loop may share it.
    """

    def __init__(
        self,
        target: str,
        *,
        tenant: str,
        credentials: ClientCredentials,
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()
