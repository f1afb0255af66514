"""Secrets that are only ever compared."""

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
