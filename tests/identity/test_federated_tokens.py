"""Federated tokens: verified by the issuer's public keys alone, for the one tenant that trusts it."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.support.installation import Installation
from tidings_server.delivery.egress import Egress
from tidings_server.identity.authentication import CredentialVerifier
from tidings_server.identity.federated_tokens import AGAIN_AFTER_S, FRESH_S, STALE_S, FederatedTokens, public_keys
from tidings_server.identity.issuers import Issuers
from tidings_server.identity.store.issuers import Issuer
from tidings_server.platform.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable

ISSUER, AUDIENCE, URL = "https://login.example/", "tidings-demo", "https://login.example/keys"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"})


class Published:
    """What stands at the issuer's address."""

    def __init__(self, *keys: Any) -> None:
        self.keys = [key.as_dict(private=False) for key in keys]
        self.asked = 0
        self.is_down = False

    async def fetch(self, url: str) -> Mapping[str, Any]:
        assert url == URL
        self.asked += 1
        if self.is_down:
            raise Unavailable
        return {"keys": self.keys}


@pytest.fixture
def published() -> Published:
    return Published(RSA, EC)


@pytest.fixture
def issuers(installation: Installation) -> Issuers:
    return Issuers(
        installation.database,
        installation.tenants,
        egress=Egress("127.0.0.0/8"),
        clock=installation.clock,
        ids=installation.ids,
    )


async def trust(issuers: Issuers, **other: Any) -> Issuer:
    given = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": URL, "grants": ["events:read"], "retailer_claim": ""}
    return await issuers.create(other.pop("tenant", "demo"), **{**given, **other})


@pytest.fixture
async def credentials(installation: Installation, published: Published, issuers: Issuers) -> CredentialVerifier:
    await trust(issuers)
    federated = FederatedTokens(installation.database, published, installation.clock)
    return CredentialVerifier(
        installation.database, tokens=installation.tokens, clock=installation.clock, federated=federated
    )


def claims(installation: Installation, **other: Any) -> dict[str, Any]:
    now = installation.clock.now_us() // 1_000_000
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "azp": "shop-app", "iat": now, "exp": now + 600}
    return {**said, "scope": "openid events:read events:write", **other}


def signed(said: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:
    kept = {name: value for name, value in said.items() if value is not None}
    head = {"typ": "JWT", "alg": alg, "kid": key.kid, **header}
    return jws.serialize_compact(head, json.dumps(kept).encode(), key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
async def test_a_good_token_is_of_the_tenant_that_trusts_its_issuer(
    installation: Installation, credentials: CredentialVerifier, key: Any, alg: str
) -> None:
    scope = await credentials.bearer(signed(claims(installation), key, alg))
    assert (scope.tenant_name, scope.actor, scope.app_id) == ("demo", "ada", "shop-app")
    assert scope.grants == {"events:read"}


async def test_our_own_tokens_are_taken_as_before(installation: Installation, credentials: CredentialVerifier) -> None:
    assert (await credentials.bearer(await installation.token())).actor == "demo-client"


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://else.example/"},
        {"iss": None},
        {"iss": ["https://login.example/"]},
        {"aud": "else"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": 10**15},
        {"nbf": 10**15},
        {"iat": 10**15},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 201},
        {"sub": "\ud800"},
        {"sub": "a\0b"},
        {"azp": "\udfff"},
        {"iss": "\ud800"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 1e400},
        {"scope": 5},
    ],
)
async def test_other_claims_are_refused(
    installation: Installation, credentials: CredentialVerifier, other: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await credentials.bearer(signed(claims(installation, **other)))


async def test_a_clock_may_be_a_minute_off(installation: Installation, credentials: CredentialVerifier) -> None:
    now = installation.clock.now_us() // 1_000_000
    await credentials.bearer(signed(claims(installation, iat=now + 50, nbf=now + 50)))
    await credentials.bearer(signed(claims(installation, exp=now - 50)))


async def test_one_of_several_audiences_is_enough(installation: Installation, credentials: CredentialVerifier) -> None:
    assert (await credentials.bearer(signed(claims(installation, aud=["else", AUDIENCE])))).tenant_name == "demo"


def _hmac_by_the_public_key(said: dict[str, Any]) -> str:
    return _mac(said, RSA.as_pem(private=False))


def _hmac_by_the_published_key(said: dict[str, Any]) -> str:
    return _mac(said, json.dumps(RSA.as_dict(private=False)).encode())


def _mac(said: dict[str, Any], secret: bytes) -> str:
    head, body = (_printed(part) for part in ({"alg": "HS256", "kid": "rsa"}, said))
    mac = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _by_a_key_in_the_header(said: dict[str, Any]) -> str:
    mine = RSAKey.generate_key(2048, {"kid": "rsa"})
    return signed(said, mine, jwk=mine.as_dict(private=False))


def _by_a_key_at_an_address_in_the_header(said: dict[str, Any]) -> str:
    return signed(said, RSAKey.generate_key(2048, {"kid": "mine"}), jku="https://evil.example/keys")


def _without_a_signature(said: dict[str, Any]) -> str:
    return f"{_printed({'alg': 'none', 'kid': 'rsa'})}.{_printed(said)}."


def _by_another_algorithm_than_the_keys(said: dict[str, Any]) -> str:
    return signed(said, ECKey.generate_key("P-384", {"kid": "ec"}), "ES384")


def _by_our_own_type(said: dict[str, Any]) -> str:
    return signed(said, RSA, typ="dpop+jwt")


def _with_a_critical_header(said: dict[str, Any]) -> str:
    head, body, signature = signed(said).split(".")
    return f"{_printed({'alg': 'RS256', 'kid': 'rsa', 'crit': ['x'], 'x': 1})}.{body}.{signature}{head[:0]}"


def _printed(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "forge",
    [
        _hmac_by_the_public_key,
        _hmac_by_the_published_key,
        _by_a_key_in_the_header,
        _by_a_key_at_an_address_in_the_header,
        _without_a_signature,
        _by_another_algorithm_than_the_keys,
        _by_our_own_type,
        _with_a_critical_header,
    ],
)
async def test_the_algorithm_of_a_token_does_not_choose_its_verification(
    installation: Installation, credentials: CredentialVerifier, forge: Callable[[dict[str, Any]], str]
) -> None:
    with pytest.raises(Unauthenticated):
        await credentials.bearer(forge(claims(installation)))


async def test_a_token_with_our_issuer_is_verified_with_our_keys(
    installation: Installation, credentials: CredentialVerifier
) -> None:
    with pytest.raises(Unauthenticated):
        await credentials.bearer(signed(claims(installation, iss="tidings", aud="tidings", cred=[1])))


async def test_a_new_key_of_the_issuer_is_fetched_but_not_for_every_token(
    installation: Installation, credentials: CredentialVerifier, published: Published
) -> None:
    await credentials.bearer(signed(claims(installation)))
    new = RSAKey.generate_key(2048, {"kid": "new"})
    published.keys.append(new.as_dict(private=False))
    for number in range(5):
        with pytest.raises(Unauthenticated):
            await credentials.bearer(signed(claims(installation, jti=str(number)), new))
    assert published.asked == 1
    installation.clock.advance(timedelta(seconds=AGAIN_AFTER_S))
    assert (await credentials.bearer(signed(claims(installation), new))).tenant_name == "demo"
    assert published.asked == 2


async def test_a_key_that_the_issuer_has_withdrawn_is_refused_after_the_next_fetch(
    installation: Installation, credentials: CredentialVerifier, published: Published
) -> None:
    await credentials.bearer(signed(claims(installation)))
    published.keys = [EC.as_dict(private=False)]
    installation.clock.advance(timedelta(seconds=FRESH_S))
    with pytest.raises(Unauthenticated):
        await credentials.bearer(signed(claims(installation)))


async def test_an_issuer_that_is_down_does_not_shut_its_users_out_for_a_day(
    installation: Installation, credentials: CredentialVerifier, published: Published
) -> None:
    await credentials.bearer(signed(claims(installation)))
    published.is_down = True
    installation.clock.advance(timedelta(seconds=STALE_S - 1))
    assert (await credentials.bearer(signed(claims(installation)))).tenant_name == "demo"
    installation.clock.advance(timedelta(seconds=2))
    with pytest.raises(Unauthenticated):
        await credentials.bearer(signed(claims(installation)))


async def test_an_issuer_is_trusted_no_more_once_it_is_deleted(
    installation: Installation, credentials: CredentialVerifier, issuers: Issuers
) -> None:
    token = signed(claims(installation))
    await credentials.run_once()
    await credentials.bearer(token)
    [trusted] = await issuers.list("demo")
    await issuers.delete(trusted.id)
    await credentials.run_once()
    with pytest.raises(Unauthenticated):
        await credentials.bearer(token)
    with pytest.raises(NotFound):
        await issuers.delete(trusted.id)


async def test_tokens_of_a_suspended_tenants_issuer_are_refused(
    installation: Installation, credentials: CredentialVerifier
) -> None:
    await installation.tenants.suspend("demo")
    with pytest.raises(Unauthenticated):
        await credentials.bearer(signed(claims(installation)))


async def test_a_claim_narrows_to_a_retailer_and_must_be_there(
    installation: Installation, credentials: CredentialVerifier, issuers: Issuers
) -> None:
    await trust(issuers, audience="narrow", retailer_claim="shop")
    scope = await credentials.bearer(signed(claims(installation, aud="narrow", shop=7)))
    assert scope.retailer_id == "7"
    for shop in (None, True, "", ["7"], "x" * 129):
        with pytest.raises(Unauthenticated):
            await credentials.bearer(signed(claims(installation, aud="narrow", shop=shop, jti=str(shop))))


async def test_an_issuer_and_audience_are_one_tenants(issuers: Issuers) -> None:
    await trust(issuers)
    with pytest.raises(Conflict):
        await trust(issuers, tenant="other-tenant")
    assert (await trust(issuers, tenant="other-tenant", audience="theirs")).tenant_name == "other-tenant"


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": ""},
        {"issuer": "tidings"},
        {"issuer": "a b"},
        {"audience": ""},
        {"jwks_url": ""},
        {"jwks_url": "ftp://login.example/keys"},
        {"jwks_url": "http://login.example/keys"},
        {"jwks_url": "https://10.0.0.1/keys"},
        {"jwks_url": "https://user:pass@login.example/keys"},
        {"jwks_url": "https://login.example:x/keys"},
        {"jwks_url": "https://login.example:0/keys"},
        {"jwks_url": "https://login .example/keys"},
        {"jwks_url": "https://login.example/k\teys"},
        {"jwks_url": "https://login.example%00/keys"},
        {"jwks_url": f"https://{'a' * 300}/keys"},
        {"grants": ["admin"]},
        {"retailer_claim": "x" * 129},
    ],
)
async def test_a_bad_issuer_is_refused(issuers: Issuers, other: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await trust(issuers, **other)


async def test_keys_in_the_clear_are_for_the_operators_own_networks(issuers: Issuers) -> None:
    assert (await trust(issuers, jwks_url="http://127.0.0.1:8000/keys")).audience == AUDIENCE


@pytest.mark.parametrize(
    "member",
    [
        OctKey.generate_key(256).as_dict(private=True),
        {**RSA.as_dict(private=False), "use": "enc"},
        {**RSA.as_dict(private=False), "alg": "HS256"},
        {**EC.as_dict(private=False), "alg": "RS256"},
        {**EC.as_dict(private=False), "crv": "secp256k1"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": 1, "e": "AQAB"},
        {**RSA.as_dict(private=False), "key_ops": None},
        {**RSA.as_dict(private=False), "key_ops": 5},
        {**RSA.as_dict(private=False), "key_ops": ["sign"]},
        {"kty": "OKP"},
        {},
        "x",
        None,
    ],
)
def test_a_key_of_no_use_is_passed_over(member: Any) -> None:
    assert public_keys({"keys": [member]}) == {}


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}, {"keys": "x"}])
def test_a_document_without_keys_has_none(document: Any) -> None:
    assert public_keys(document) == {}
