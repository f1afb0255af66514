"""The login throttle, by client address."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.support.installation import Installation
from tidings_server.identity.authentication import KEPT_S, CredentialVerifier
from tidings_server.identity.login import Login, TokenRequest
from tidings_server.identity.login_throttle import LoginThrottle
from tidings_server.platform.client_address import current_client, network_of
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import InvalidGrant, LimitExceeded, Unauthenticated


@dataclass
class Call:
    address: str
    is_caller_check: bool = False


@contextmanager
def asking(address: str, *, is_caller_check: bool = False) -> Iterator[None]:
    token = current_client.set(Call(address, is_caller_check))
    yield
    current_client.reset(token)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def throttle(clock: ManualClock) -> LoginThrottle:
    return LoginThrottle(clock, per_minute=3)


def fail(throttle: LoginThrottle, times: int) -> None:
    """Show bad random secrets."""
    for _ in range(times):
        with pytest.raises(Unauthenticated), throttle.counted():
            raise Unauthenticated


def _verify(password: str, right: str) -> None:
    if password != right:
        raise InvalidGrant


async def guess(throttle: LoginThrottle, password: str, *, right: str = "right") -> str:
    try:
        async with throttle.guess("ada", password):
            await asyncio.sleep(0)  # as hashing does
            _verify(password, right)
    except (InvalidGrant, LimitExceeded) as error:
        return error.reason
    return "OK"


async def test_an_address_that_has_used_up_its_guesses_waits(throttle: LoginThrottle, clock: ManualClock) -> None:
    with asking("192.0.2.1"):
        assert [await guess(throttle, f"wrong-{n}") for n in range(3)] == ["INVALID_GRANT"] * 3
        with pytest.raises(LimitExceeded) as refused:
            async with throttle.guess("ada", "right"):
                pass
        assert 0 < (refused.value.retry_after_s or 0) <= 60
        clock.advance(timedelta(seconds=61))
        assert await guess(throttle, "right") == "OK"


async def test_a_question_for_a_caller_counts_with_the_call_that_follows(throttle: LoginThrottle) -> None:
    for _ in range(3):
        with asking("192.0.2.1", is_caller_check=True):
            fail(throttle, 1)
        with asking("192.0.2.1"):
            fail(throttle, 1)
    with asking("192.0.2.1"), pytest.raises(LimitExceeded), throttle.counted():
        raise Unauthenticated


async def test_a_guess_is_taken_when_it_begins(throttle: LoginThrottle) -> None:
    with asking("192.0.2.1"):
        reasons = await asyncio.gather(*(guess(throttle, f"wrong-{n}") for n in range(150)))
    assert Counter(reasons) == {"INVALID_GRANT": 3, "LIMIT_EXCEEDED": 147}


async def test_right_passwords_use_up_nothing(throttle: LoginThrottle) -> None:
    with asking("192.0.2.1"):
        assert [await guess(throttle, "right") for _ in range(20)] == ["OK"] * 20
        assert await guess(throttle, "wrong") == "INVALID_GRANT"


async def test_a_password_that_was_right_before_is_verified_whatever_others_guess(throttle: LoginThrottle) -> None:
    with asking("192.0.2.1"):
        assert await guess(throttle, "right") == "OK"
        fail(throttle, 3)
        assert await guess(throttle, "right") == "OK"
        assert await guess(throttle, "wrong") == "LIMIT_EXCEEDED"
        assert await guess(throttle, "right", right="changed") == "LIMIT_EXCEEDED", "verified, and one failure too many"
        assert await guess(throttle, "right") == "LIMIT_EXCEEDED", "no longer known"


async def test_a_right_secret_and_a_signed_token_are_never_refused(installation: Installation) -> None:
    clock, demo = installation.clock, installation.demo
    throttle = LoginThrottle(clock, per_minute=3)
    credentials = CredentialVerifier(installation.database, tokens=installation.tokens, clock=clock, throttle=throttle)
    login = Login(
        installation.database,
        tokens=installation.tokens,
        passwords=installation.passwords,
        clock=clock,
        throttle=throttle,
    )

    async def show(secret: str) -> None:
        await credentials.api_key(demo["tenant_id"], demo["api_key"], secret)

    with asking("192.0.2.1"):
        for number in range(3):
            with pytest.raises(Unauthenticated):
                await show(f"guess-{number}")
        with pytest.raises(LimitExceeded):
            await show("guess-4")
        await show(demo["api_secret"])
        issued = await login.token(
            TokenRequest("client_credentials", client_id=demo["client_id"], client_secret=demo["client_secret"])
        )
        await credentials.bearer(issued.access_token)
        clock.advance(timedelta(seconds=KEPT_S - 1))
        credentials.forget()
        await show(demo["api_secret"])


def test_others_do_not(throttle: LoginThrottle) -> None:
    with asking("192.0.2.1"):
        fail(throttle, 3)
    with asking("192.0.2.2"):
        fail(throttle, 3)


def test_all_addresses_of_an_ipv6_network_are_one_client(throttle: LoginThrottle) -> None:
    for host in range(3):
        with asking(f"2001:db8::{host:x}"):
            fail(throttle, 1)
    with asking("2001:db8::ffff"), pytest.raises(LimitExceeded), throttle.counted():
        raise Unauthenticated
    with asking("2001:db8:0:1::1"):
        fail(throttle, 1)


def test_a_caller_without_an_address_is_not_counted(throttle: LoginThrottle) -> None:
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
def test_addresses_map_to_clients(address: str, client: str) -> None:
    assert network_of(address) == client
