"""Access tokens: ours pass until they expire; whatever was touched does not."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.installation import LIFE_S, Installation
from tidings_server.identity.store import tenants
from tidings_server.identity.tokens import Tokens
from tidings_server.platform.errors import Unauthenticated
from tidings_server.platform.sealing import Sealer

MASTER = Sealer(b"k" * 32)


def _issue(tokens: Tokens) -> str:
    return tokens.issue("acme", credentials=[7, 3], client="app", grants=["events:read", "events:write"])


def _part(token: str, index: int) -> Any:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[index] + "=="))


def _printed(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def test_a_token_has_the_claims_it_was_issued_with(installation: Installation) -> None:
    claims = await installation.tokens.verify(_issue(installation.tokens))
    assert (claims.credentials, claims.grants) == ((7, 3), frozenset({"events:read", "events:write"}))
    assert claims.expires_at_s == installation.clock.now_us() // 1_000_000 + LIFE_S


async def test_a_token_ends_when_its_life_does(installation: Installation) -> None:
    token = _issue(installation.tokens)
    installation.clock.advance(timedelta(seconds=LIFE_S - 1))
    await installation.tokens.verify(token)
    installation.clock.advance(timedelta(seconds=2))
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(token)


def _without_signature(token: str) -> str:
    return f"{_printed({**_part(token, 0), 'alg': 'none'})}.{token.split('.')[1]}."


def _with_alg_none(token: str) -> str:
    return ".".join([_printed({**_part(token, 0), "alg": "none"}), *token.split(".")[1:]])


def _with_other_claims(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_printed({**_part(token, 1), 'cred': [1]})}.{signature}"


def _by_another_key(token: str) -> str:
    return _signed_by_another_key(token, _part(token, 0))


def _by_an_unknown_key(token: str) -> str:
    return _signed_by_another_key(token, {**_part(token, 0), "kid": "nosuch"})


def _by_no_named_key(token: str) -> str:
    return _signed_by_another_key(token, {"alg": "ES256", "typ": "at+jwt"})


def _signed_by_another_key(token: str, header: dict[str, Any]) -> str:
    return jwt.encode(header, _part(token, 1), ECKey.generate_key("P-256"), algorithms=["ES256"])


def _cut(token: str) -> str:
    return token[:-4]


@pytest.mark.parametrize(
    "forge",
    [
        _without_signature,
        _with_alg_none,
        _with_other_claims,
        _by_another_key,
        _by_an_unknown_key,
        _by_no_named_key,
        _cut,
    ],
)
async def test_a_forged_token_is_refused(installation: Installation, forge: Callable[[str], str]) -> None:
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(forge(_issue(installation.tokens)))


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(installation: Installation) -> None:
    token = _issue(installation.tokens)
    async with installation.database.read() as conn:
        [(key_id, sealed, _)] = await tenants.server_keys(conn, "token")
    public = ECKey.import_key(json.loads(MASTER.open(sealed, context=f"server_key/{key_id}"))).as_pem(private=False)
    signed = f"{_printed({**_part(token, 0), 'alg': 'HS256'})}.{token.split('.')[1]}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).decode().rstrip("=")
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(f"{signed}.{mac}")


@pytest.mark.parametrize(
    ("claim", "value"),
    [("iss", "else"), ("aud", "else"), ("aud", None), ("exp", None), ("cred", None), ("cred", "x"), ("scope", None)],
)
async def test_a_token_with_our_signature_but_other_claims_is_refused(
    installation: Installation, claim: str, value: object
) -> None:
    token = _issue(installation.tokens)
    claims = {**_part(token, 1), claim: value}
    changed = {name: value for name, value in claims.items() if value is not None}
    signed = jwt.encode(_part(token, 0), changed, installation.tokens.keys.signing(), algorithms=["ES256"])
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(signed)


async def test_another_kind_of_token_with_our_signature_is_refused(installation: Installation) -> None:
    token = _issue(installation.tokens)
    header = _part(token, 0) | {"typ": "JWT"}
    signed = jwt.encode(header, _part(token, 1), installation.tokens.keys.signing(), algorithms=["ES256"])
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(signed)


async def test_processes_share_their_keys(installation: Installation) -> None:
    other = Tokens(installation.database, sealer=MASTER, clock=installation.clock, ids=installation.ids, life_s=LIFE_S)
    await other.load()
    assert (await installation.tokens.verify(_issue(other))).credentials == (7, 3)


async def test_a_key_that_another_process_has_just_created_is_used(installation: Installation) -> None:
    early = Tokens(installation.database, sealer=MASTER, clock=installation.clock, ids=installation.ids, life_s=60)
    installation.clock.advance(timedelta(seconds=5))
    assert (await early.verify(_issue(installation.tokens))).credentials == (7, 3)


TEXTS = st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
async def test_no_text_makes_verification_fail_in_another_way(installation: Installation, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await installation.tokens.verify(text)
