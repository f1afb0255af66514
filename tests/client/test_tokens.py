"""Fetching and renewal of access tokens."""

import asyncio

from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token
from tidings_client.tokens import ClientCredentials, Tokens

LIFE_S = 100


class Issuer:
    """Numbers the tokens that it issues; its time is set by hand."""

    def __init__(self) -> None:
        self.issued = 0
        self.now_s = 0.0
        self.tokens = Tokens(ClientCredentials("id", "secret"), self.issue, monotonic=lambda: self.now_s)

    async def issue(self, request: IssueTokenRequest) -> Token:
        assert (request.grant_type, request.client_id, request.client_secret) == ("client_credentials", "id", "secret")
        self.issued += 1
        await asyncio.sleep(0)
        return Token(access_token=str(self.issued), expires_in=LIFE_S)


async def test_a_token_is_renewed_in_the_last_fifth_of_its_lifetime() -> None:
    issuer = Issuer()
    seen = []
    for issuer.now_s in (0.0, 79.0, 81.0, 160.0, 162.0):
        seen.append(await issuer.tokens.current())
    assert seen == ["1", "1", "2", "2", "3"]


async def test_concurrent_calls_fetch_one_token() -> None:
    issuer = Issuer()
    assert set(await asyncio.gather(*(issuer.tokens.current() for _ in range(10)))) == {"1"}


async def test_a_refused_token_is_replaced_once_for_all_its_callers() -> None:
    issuer = Issuer()
    stale = await issuer.tokens.current()
    assert set(await asyncio.gather(*(issuer.tokens.renewed(stale) for _ in range(10)))) == {"2"}
