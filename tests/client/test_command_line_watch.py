"""The watch of the command line over lost connections, from a server whose faults are scripted."""

import asyncio
from itertools import islice

import grpc
import pytest

from tests.client.scripted import Script
from tests.client.test_watch import at
from tidings_cli.connection import Connection
from tidings_cli.failures import CommandFailed
from tidings_cli.profiles import Profile
from tidings_cli.watching import watched_or_idle

Cut = list[grpc.StatusCode | None]


async def watched(target: str, count: int, *, secret: str = "secret", silence_s: float = 30.0) -> list[str]:
    """The positions of the first events of a watch from "0" on."""
    profile = Profile(target, tenant="acme", client_id="id", client_secret=secret)

    def read() -> list[str]:
        found = watched_or_idle(
            Connection(profile, "the test"), topic="", after="0", note=print, tick_s=None, silence_s=silence_s
        )
        return [one.position for one in islice((one for one in found if one is not None), count)]

    return await asyncio.to_thread(read)


@pytest.mark.parametrize(
    "cut",
    [
        [grpc.StatusCode.UNAVAILABLE],
        [grpc.StatusCode.UNAUTHENTICATED],
        [grpc.StatusCode.INTERNAL],
        [grpc.StatusCode.CANCELLED],
        [],
    ],
    ids=["lost", "token ended", "cut by a proxy", "reset", "ended"],
)
async def test_a_cut_watch_resumes_behind_the_last_position(target: str, script: Script, cut: Cut) -> None:
    script.watches.append([at(1), at(2), at(5, event=False), *cut])
    script.watches.append([at(6)])
    assert await watched(target, 3) == ["1", "2", "6"]
    assert [request.after for request in script.requests] == ["0", "5"]


async def test_a_silent_connection_counts_as_lost(target: str, script: Script) -> None:
    script.watches.append([at(1), None])
    script.watches.append([at(2)])
    assert await watched(target, 2, silence_s=0.5) == ["1", "2"]


@pytest.mark.parametrize(
    ("refusal", "code"), [(grpc.StatusCode.INVALID_ARGUMENT, 8), (grpc.StatusCode.PERMISSION_DENIED, 4)]
)
async def test_a_refused_watch_ends(target: str, script: Script, refusal: grpc.StatusCode, code: int) -> None:
    script.watches.append([refusal])
    with pytest.raises(CommandFailed) as raised:
        await watched(target, 1)
    assert raised.value.code == code


async def test_a_wrong_secret_ends_it(target: str) -> None:
    with pytest.raises(CommandFailed) as raised:
        await watched(target, 1, secret="wrong")
    assert raised.value.code == 4
