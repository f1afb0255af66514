"""Bad credentials by the address that they come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings_server.identity.authentication import KEPT_S, Credentials
from tidings_server.identity.login_throttle import Guesses
from tidings_server.platform.client_address import current_client, network_of
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import LimitExceeded, Unauthenticated


@dataclass
class Call:
    address: str


@contextmanager
def asking(address: str) -> Iterator[None]:
    token = current_client.set(Call(address))
    yield
    current_client.reset(token)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def guesses(clock: ManualClock) -> Guesses:
    return Guesses(clock, per_minute=3)


def fail(guesses: Guesses, times: int) -> None:
    for _ in range(times):
        guesses.check()
        guesses.failed()


def test_an_address_that_has_used_up_its_guesses_waits(guesses: Guesses, clock: ManualClock) -> None:
    with asking("192.0.2.1"):
        fail(guesses, 4)
        with pytest.raises(LimitExceeded) as refused:
            guesses.check()
        assert 0 < (refused.value.retry_after_s or 0) <= 60
        clock.advance(timedelta(seconds=61))
        guesses.check()


async def test_who_was_known_before_is_asked_about_again_and_not_kept_out(installation: Installation) -> None:
    clock, demo = installation.clock, installation.demo
    credentials = Credentials(
        installation.database, tokens=installation.tokens, clock=clock, guesses=Guesses(clock, per_minute=3)
    )

    async def show(secret: str) -> None:
        await credentials.api_key(demo["tenant_id"], demo["api_key"], secret)

    with asking("192.0.2.1"):
        await show(demo["api_secret"])
        clock.advance(timedelta(seconds=KEPT_S + 1))
        for number in range(4):
            with pytest.raises(Unauthenticated):
                await show(f"guess-{number}")
        await show(demo["api_secret"])
        credentials.forget()
        await show(demo["api_secret"])
        with pytest.raises(LimitExceeded):
            await show("guess-5")


def test_others_do_not(guesses: Guesses) -> None:
    with asking("192.0.2.1"):
        fail(guesses, 4)
    with asking("192.0.2.2"):
        fail(guesses, 3)
        guesses.check()


def test_all_addresses_of_an_ipv6_network_are_one_client(guesses: Guesses) -> None:
    for host in range(4):
        with asking(f"2001:db8::{host:x}"):
            fail(guesses, 1)
    with asking("2001:db8::ffff"), pytest.raises(LimitExceeded):
        guesses.check()
    with asking("2001:db8:0:1::1"):
        guesses.check()


def test_who_has_no_address_is_not_counted(guesses: Guesses) -> None:
    fail(guesses, 10)
    with asking(""):
        fail(guesses, 10)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", ""),
        ("", ""),
    ],
)
def test_what_counts_as_one_client(address: str, client: str) -> None:
    assert network_of(address) == client
