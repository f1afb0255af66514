"""A watch outlives its connections and misses nothing."""

from contextlib import aclosing

import grpc
import pytest

from tests.client.scripted import Script
from tidings.collector.v1.events_pb2 import Event, WatchEventsResponse
from tidings_client import InvalidInput, Tidings, Unauthenticated, collector


def at(position: int, *, event: bool = True) -> WatchEventsResponse:
    """The message of a server at a position; without an event it is a heartbeat."""
    watched = WatchEventsResponse(position=str(position))
    if event:
        watched.event.CopyFrom(Event(id=f"e{position}"))
    return watched


async def watched(tidings: Tidings, count: int, *, after: str = "") -> list[str]:
    """The positions of the first events of a watch."""
    positions: list[str] = []
    async with aclosing(tidings.events.watch(after=after)) as events:
        async for answer in events:
            positions.append(answer.position)
            if len(positions) == count:
                break
    return positions


@pytest.mark.parametrize("cut", [[grpc.StatusCode.UNAVAILABLE], []], ids=["broken", "ended"])
async def test_a_watch_resumes_behind_the_last_position(
    tidings: Tidings, script: Script, cut: list[grpc.StatusCode]
) -> None:
    script.watches.append([at(1), at(2), at(5, event=False), *cut])
    script.watches.append([*cut])
    script.watches.append([at(6)])
    assert await watched(tidings, 3, after="0") == ["1", "2", "6"]
    assert [request.after for request in script.requests] == ["0", "5", "5"]


async def test_an_idle_connection_is_closed_and_opened_again(
    tidings: Tidings, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "SILENCE_S", 1.0)
    script.watches.append([at(1), None])
    script.watches.append([at(2)])
    assert await watched(tidings, 2) == ["1", "2"]


async def test_a_watch_whose_token_ends_goes_on_with_another(tidings: Tidings, script: Script) -> None:
    script.watches.append([at(1), grpc.StatusCode.UNAUTHENTICATED])
    script.watches.append([grpc.StatusCode.UNAUTHENTICATED])
    script.watches.append([at(2)])
    assert await watched(tidings, 2) == ["1", "2"]
    assert script.tokens_issued == 2


async def test_a_watch_that_may_not_begin_raises(tidings: Tidings, script: Script) -> None:
    script.watches.extend([[grpc.StatusCode.UNAUTHENTICATED]] * 2)
    with pytest.raises(Unauthenticated):
        await watched(tidings, 1)
    assert script.tokens_issued == 2


async def test_a_position_that_is_not_ours_raises(tidings: Tidings, script: Script) -> None:
    script.watches.append([grpc.StatusCode.INVALID_ARGUMENT])
    with pytest.raises(InvalidInput):
        await watched(tidings, 1, after="foreign")
