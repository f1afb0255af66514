"""Signing keys change while tokens live on; one that is revoked takes its tokens with it."""

from datetime import timedelta
from typing import Any, cast

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.installation import LIFE_S, MASTER_KEY, Installation
from tidings_server.identity.signing_keys import ANNOUNCED_US
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.errors import NotFound, Unauthenticated
from tidings_server.platform.sealing import Sealer

ANNOUNCED = timedelta(microseconds=ANNOUNCED_US)


async def test_a_new_key_is_published_first_and_signs_later(installation: Installation) -> None:
    tokens = installation.tokens
    installation.clock.advance(ANNOUNCED)
    old = tokens.keys.signing().kid
    made = await tokens.keys.rotate()
    assert made.state == "ANNOUNCED"
    assert [key["kid"] for key in tokens.keys.public()["keys"]] == [made.id, old]
    assert tokens.keys.signing().kid == old
    installation.clock.advance(ANNOUNCED)
    assert tokens.keys.signing().kid == made.id
    assert [key.state for key in tokens.keys.listed()] == ["SIGNING", "VERIFYING"]


async def test_a_token_outlives_the_rotation_of_its_key(installation: Installation) -> None:
    token = await installation.token()
    await installation.tokens.keys.rotate()
    installation.clock.advance(ANNOUNCED)
    await installation.tokens.keys.run_once()
    assert (await installation.credentials.bearer(token)).tenant == 1


async def test_an_old_key_goes_when_no_token_of_it_can_live(installation: Installation) -> None:
    installation.clock.advance(ANNOUNCED)
    made = await installation.tokens.keys.rotate()
    installation.clock.advance(timedelta(seconds=LIFE_S))
    await installation.tokens.keys.run_once()
    assert len(installation.tokens.keys.listed()) == 2
    installation.clock.advance(2 * ANNOUNCED + timedelta(seconds=1))
    await installation.tokens.keys.run_once()
    assert [key.id for key in installation.tokens.keys.listed()] == [made.id]


async def test_keys_are_renewed_by_themselves(installation: Installation) -> None:
    tokens = Tokens(
        installation.database,
        sealer=Sealer(MASTER_KEY),
        clock=installation.clock,
        ids=installation.ids,
        life_s=LIFE_S,
        key_days=90,
    )
    await tokens.load()
    await tokens.keys.run_once()
    assert len(tokens.keys.listed()) == 1
    installation.clock.advance(timedelta(days=90))
    await tokens.keys.run_once()
    assert len(tokens.keys.listed()) == 2


async def test_a_revoked_key_takes_its_tokens_with_it_on_every_process(installation: Installation) -> None:
    other = Tokens(
        installation.database,
        sealer=Sealer(MASTER_KEY),
        clock=installation.clock,
        ids=installation.ids,
        life_s=LIFE_S,
    )
    await other.load()
    token = await installation.token()
    await installation.credentials.bearer(token)
    await other.keys.revoke(str(other.keys.signing().kid))
    await installation.credentials.run_once()
    with pytest.raises(Unauthenticated):
        await installation.credentials.bearer(token)
    assert (await installation.credentials.bearer(await installation.token())).tenant == 1


async def test_an_unknown_key_cannot_be_revoked(installation: Installation) -> None:
    with pytest.raises(NotFound):
        await installation.tokens.keys.revoke("nosuch")


async def test_a_token_is_verified_by_the_public_keys_alone(installation: Installation) -> None:
    public = installation.tokens.keys.public()
    assert all("d" not in key for key in public["keys"])
    token = jwt.decode(await installation.token(), KeySet.import_key_set(cast("Any", public)), algorithms=["ES256"])
    assert (token.claims["iss"], token.claims["client_id"]) == ("tidings", "demo-client")
