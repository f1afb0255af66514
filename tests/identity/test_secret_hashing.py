"""Secrets that are only ever compared."""

import asyncio

import pytest

from tidings_server.identity.secret_hashing import Passwords, hash_secret, is_secret


def test_a_random_secret_is_known_by_its_hash() -> None:
    stored = hash_secret("s3cret")
    assert "s3cret" not in stored
    assert is_secret("s3cret", stored)
    assert not is_secret("s3cret ", stored)


async def test_a_password_is_known_by_its_argon2id_hash() -> None:
    passwords = Passwords()
    stored = await passwords.hash("pässword")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches("pässword", stored)
    assert not await passwords.matches("password", stored)


@pytest.mark.parametrize("password", ["", "x", "pässword"])
async def test_there_is_no_password_where_there_is_no_user(password: str) -> None:
    assert not await Passwords().matches(password, None)


async def test_a_flood_of_one_password_lets_others_pass_between() -> None:
    passwords, order = Passwords(), list[str]()
    mine, theirs = await passwords.hash("mine"), await passwords.hash("theirs")

    async def check(password: str, stored: str) -> None:
        assert await passwords.matches(password, stored)
        order.append(password)

    async with asyncio.TaskGroup() as calls:
        for _ in range(20):
            calls.create_task(check("mine", mine))
        await asyncio.sleep(0)
        calls.create_task(check("theirs", theirs))
    assert order.index("theirs") < 6
