"""Access tokens: issued when first needed, renewed before they expire, shared by all calls of a client."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tidings.identity.v1.tokens_pb2 import IssueTokenRequest, Token

# The part of a token's life after which it is renewed.
RENEWED_AFTER = 0.8


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth client of a tenant. `scope`: scopes separated by blanks; empty: all that the client has."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def request(self) -> IssueTokenRequest:
        """The request for a token."""
        return IssueTokenRequest(
            grant_type="client_credentials",
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
        )


class Tokens:
    """The current token of one set of credentials; concurrent callers share one request for it."""

    def __init__(
        self,
        credentials: ClientCredentials,
        issue: Callable[[IssueTokenRequest], Awaitable[Token]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = credentials.request()
        self._issue = issue
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def current(self) -> str:
        """A token that is not about to expire. Raises the identity service's errors, such as Unauthenticated."""
        if self._token and self._monotonic() < self._renew_at:
            return self._token
        return await self.renewed(self._token)

    async def renewed(self, stale: str) -> str:
        """A new token in place of `stale`, unless another caller has renewed it already."""
        async with self._lock:
            if self._token == stale:
                issued = await self._issue(self._request)
                self._token = issued.access_token
                self._renew_at = self._monotonic() + issued.expires_in * RENEWED_AFTER
            return self._token
