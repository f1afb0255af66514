"""One stream of events to the server of a test, and what it answers."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tests.collector.api.world import World
from tests.support.waiting import PATIENCE_S
from tidings.collector.v1 import publishing_pb2 as pb
from tidings.collector.v1.events_pb2 import Event
from tidings.collector.v1.publishing_pb2_grpc import PublishServiceStub

PUBLISH = "/tidings.collector.v1.PublishService/PublishEvents"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
Acknowledgement = pb.EventAcknowledgement


def order(event_id: str = "", *, entity_id: str = "O-1") -> Event:
    return Event(id=event_id, entity_id=entity_id, entity_name="ORDER", event_type=Event.ENTITY_EVENT)


def orders(name: str, count: int) -> list[Event]:
    return [order(f"{name}-{number}") for number in range(count)]


class Publisher:
    """A stream that keeps to nothing by itself: it sends what it is given and keeps what comes."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.acknowledged: list[pb.EventAcknowledgement] = []
        self.windows: list[tuple[int, int]] = []
        self.is_draining = False

    async def send(self, events: Iterable[Event]) -> None:
        await self.call.write(pb.PublishEventsRequest(events=events))

    async def read(self) -> pb.PublishEventsResponse | None:
        """The next message; None at the end."""
        async with asyncio.timeout(PATIENCE_S):
            response = await self.call.read()
        if response is grpc.aio.EOF:
            return None
        assert isinstance(response, pb.PublishEventsResponse)
        self.acknowledged += response.acknowledgements
        if response.HasField("window"):
            self.windows.append((response.window.events, response.window.bytes))
        self.is_draining |= response.is_draining
        return response

    async def settled(self, count: int) -> list[pb.EventAcknowledgement]:
        """The acknowledgements, once there are so many."""
        while len(self.acknowledged) < count:
            assert await self.read() is not None, "the stream has ended"
        return self.acknowledged

    async def ended(self) -> tuple[grpc.StatusCode, str]:
        """The status that the stream ends with, and its message."""
        try:
            while await self.read() is not None:
                continue
        except grpc.aio.AioRpcError:
            pass
        return await self.call.code(), await self.call.details()

    @property
    def outcomes(self) -> list[str]:
        return [Acknowledgement.Outcome.Name(each.outcome) for each in self.acknowledged]


@asynccontextmanager
async def publishing(
    world: World,
    tenant: str = "acme",
    *,
    channel: grpc.aio.Channel | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
) -> AsyncIterator[Publisher]:
    """A stream whose first message, the window, has come."""
    sent = {name: value for name, value in world.of(tenant).items() if not name.startswith("x-envoy")}
    metadata = tuple((sent | dict(headers)).items())
    publisher = Publisher(PublishServiceStub(channel or world.channel).PublishEvents(metadata=metadata))
    await publisher.read()
    try:
        yield publisher
    finally:
        publisher.call.cancel()


def details(status: Status) -> tuple[str, dict[str, str], float | None]:
    """The reason of an error, its bad fields with their rules, and when to try again."""
    info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
    for detail in status.details:
        for message in (info, bad, retry):
            detail.Unpack(message)
    fields = {each.field: each.description for each in bad.field_violations}
    return (
        info.reason,
        fields,
        retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
    )
