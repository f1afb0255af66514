"""Bad credentials by the address that they come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings_server.identity.authentication import KEPT_S, CredentialVerifier
from tidings_server.identity.login_throttle import LoginThrottle
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
def throttle(clock: ManualClock) -> LoginThrottle:
    return LoginThrottle(clock, per_minute=3)


def fail(throttle: LoginThrottle, times: int) -> None:
    for _ in range(times):
        throttle.check()
        throttle.failed()


def test_an_address_that_has_used_up_its_guesses_waits(throttle: LoginThrottle, clock: ManualClock) -> None:
    with asking("192.0.2.1"):
        fail(throttle, 4)
        with pytest.raises(LimitExceeded) as refused:
            throttle.check()
        assert 0 < (refused.value.retry_after_s or 0) <= 60
        clock.advance(timedelta(seconds=61))
        throttle.check()


async def test_who_was_known_before_is_asked_about_again_and_not_kept_out(installation: Installation) -> None:
    clock, demo = installation.clock, installation.demo
    credentials = CredentialVerifier(
        installation.database, tokens=installation.tokens, clock=clock, throttle=LoginThrottle(clock, per_minute=3)
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


def test_others_do_not(throttle: LoginThrottle) -> None:
    with asking("192.0.2.1"):
        fail(throttle, 4)
    with asking("192.0.2.2"):
        fail(throttle, 3)
        throttle.check()


def test_all_addresses_of_an_ipv6_network_are_one_client(throttle: LoginThrottle) -> None:
    for host in range(4):
        with asking(f"2001:db8::{host:x}"):
            fail(throttle, 1)
    with asking("2001:db8::ffff"), pytest.raises(LimitExceeded):
        throttle.check()
    with asking("2001:db8:0:1::1"):
        throttle.check()


def test_who_has_no_address_is_not_counted(throttle: LoginThrottle) -> None:
    fail(throttle, 10)
    with asking(""):
        fail(throttle, 10)


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
